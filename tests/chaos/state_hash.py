"""All that a service holds, whatever ids and moments it drew for itself, as lines to hash.

An id that no fact told was drawn here: another run draws another one. It is known by the rows in
which it stands, so that two runs agree where the same rows hang together in the same way. A moment
that no fact told is compared by its day.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
ROUNDS = 4
"""How far apart two rows may hang together: a person, their case, its offer, its CPT."""

Tables = Mapping[str, Sequence[Mapping[str, str]]]
"""Table → rows → column → its value as text."""


@dataclass(frozen=True)
class Told:
    """Ids and moments that came with the facts: these must be found again to the letter."""

    ids: frozenset[str] = frozenset()
    moments: frozenset[datetime] = frozenset()


@dataclass
class _Drawn:
    """Ids drawn here, each with what is known of it so far."""

    known: dict[str, str] = field(default_factory=dict)

    def text(self, line: str, mine: str = "") -> str:
        return ID.sub(lambda found: self._named(found[0], mine), line)

    def _named(self, one: str, mine: str) -> str:
        return "<this>" if one == mine else self.known.get(one, one)


def told_by(texts: Iterable[str]) -> Told:
    """What the facts say, from their texts."""
    ids: set[str] = set()
    moments: set[datetime] = set()
    for text in texts:
        ids |= set(ID.findall(text))
        moments |= {_moment(found) for found in MOMENT.findall(text)}
    return Told(frozenset(ids), frozenset(moments))


def state_lines(tables: Tables, told: Told, left_out: Iterable[str] = ()) -> dict[str, list[str]]:
    """Table → a line per row; a `left_out` is `table.column` or, of every table, `*.column`."""
    without = frozenset(left_out)
    lines = {
        table: [_line(table, row, told, without) for row in rows] for table, rows in tables.items()
    }
    drawn = _known(lines, told)
    return {table: sorted(map(drawn.text, ours)) for table, ours in sorted(lines.items())}


def _line(table: str, row: Mapping[str, str], told: Told, without: frozenset[str]) -> str:
    kept = (
        f"{name}={_by_day(value, told)}"
        for name, value in sorted(row.items())
        if f"{table}.{name}" not in without and f"*.{name}" not in without
    )
    return f"{table}: " + "; ".join(kept)


def _known(lines: Mapping[str, list[str]], told: Told) -> _Drawn:
    places: defaultdict[str, list[str]] = defaultdict(list)
    for line in (line for ours in lines.values() for line in ours):
        for one in set(ID.findall(line)) - told.ids:
            places[one].append(line)
    drawn = _Drawn(dict.fromkeys(places, "<drawn>"))
    for _ in range(ROUNDS):
        drawn = _Drawn(
            {
                one: hash_of(sorted(drawn.text(line, one) for line in found))
                for one, found in places.items()
            }
        )
    return drawn


def _by_day(value: str, told: Told) -> str:
    def day(found: re.Match[str]) -> str:
        moment = _moment(found[0])
        return moment.isoformat() if moment in told.moments else moment.date().isoformat()

    return MOMENT.sub(day, value)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def hash_of(lines: Iterable[str]) -> str:
    """One hash of all lines."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
