"""Who falls: every kind of process in turn, drawn from a seed, so that a run can be repeated."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import cycle
from random import Random

KINDS = (
    ("postgres", r"postgres"),
    ("broker", r"kafka(\.\d+)?"),
    ("temporal", r"temporal"),
    ("issuer", r"keycloak"),
    ("console", r"console\.(app|public)"),
    ("listener", r"workflows\.listener"),
    ("workflow worker", r"workflows\.\w+"),
    ("api", r"desk|\w+\.app(\.\d+)?"),
    ("worker and its relay", r"\w+\.worker"),
)
"""The first that fits names the kind."""


def kind_of(name: str) -> str:
    """The kind of a process by its name; LookupError where no kind was thought of."""
    for kind, pattern in KINDS:
        if re.fullmatch(pattern, name):
            return kind
    raise LookupError(f"no kind of process for {name}: chaos would spare it")


def plan(names: Iterable[str], kills: int, seed: int) -> list[str]:
    """So many victims: each round hits every kind once, and no process twice before its likes."""
    source = Random(seed)  # noqa: S311 - a plan to repeat, not a secret
    by_kind: dict[str, list[str]] = defaultdict(list)
    for name in sorted(names):
        by_kind[kind_of(name)].append(name)
    turns = {kind: cycle(_shuffled(ours, source)) for kind, ours in sorted(by_kind.items())}
    drawn = _rounds(list(turns), source)
    return [next(turns[next(drawn)]) for _ in range(kills)]


def _rounds(kinds: list[str], source: Random) -> Iterator[str]:
    while True:
        yield from _shuffled(kinds, source)


def _shuffled(names: list[str], source: Random) -> list[str]:
    return source.sample(names, len(names))
