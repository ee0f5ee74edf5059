"""Identifiers that really exist, gathered from what the services answer."""

import random
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

KEPT = 200
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NAMED_LIKE_IDS = ("_id", "_ref", "_hash", "version", "revision", "name", "provider", "cursor")


class Pool:
    """Values seen under a field's name; the newest `KEPT` of each are kept."""

    def __init__(self) -> None:
        self._seen: dict[str, dict[Any, None]] = defaultdict(dict)

    def harvest(self, body: Any) -> None:
        """Remember every identifier of a reply."""
        for name, value in _fields(body):
            if name.endswith(_NAMED_LIKE_IDS) and isinstance(value, str | int) and value != "":
                self._remember(name, value)

    def _remember(self, name: str, value: Any) -> None:
        values = self._seen[name]
        values.pop(value, None)
        values[value] = None
        if len(values) > KEPT:
            del values[next(iter(values))]

    def drawn(self) -> frozenset[str]:
        """Identifiers that nobody could have made up."""
        values = (value for seen in self._seen.values() for value in seen)
        return frozenset(one for one in values if isinstance(one, str) and UUID.fullmatch(one))

    def some(self, name: str, like: Any, chance: random.Random) -> Any:
        """One of the values of that type seen under the name; None where there is none."""
        values = [value for value in self._seen.get(name, ()) if type(value) is type(like)]
        return chance.choice(values) if values else None

    def filled(self, given: Any, chance: random.Random, odds: float) -> Any:
        """The same structure in which fields with a known name often hold a value that exists."""
        if isinstance(given, list):
            return [self.filled(item, chance, odds) for item in given]
        if not isinstance(given, dict):
            return given
        return {name: self._filled(name, value, chance, odds) for name, value in given.items()}

    def _filled(self, name: str, value: Any, chance: random.Random, odds: float) -> Any:
        if isinstance(value, dict | list):
            return self.filled(value, chance, odds)
        known = self.some(name, value, chance)
        return known if known is not None and chance.random() < odds else value


def _fields(body: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(body, dict):
        for name, value in body.items():
            yield name, value
            yield from _fields(value)
    elif isinstance(body, list):
        for item in body:
            yield from _fields(item)
