"""Earlier declarations of the same person beside the new one: shown to the analyst, no more."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class DivergenceKind(StrEnum):
    """How two declarations differ on one question."""

    YES_TO_NO = "yes_to_no"
    NO_TO_YES = "no_to_yes"
    CIDS_DIFFER = "cids_differ"


@dataclass(frozen=True, slots=True)
class Declared:
    """What was said of one question; CIDs as confirmed then, if any."""

    yes: bool
    cids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A signed declaration, by question."""

    declaration_id: str
    signed_on: date
    answers: Mapping[str, Declared]


@dataclass(frozen=True, slots=True)
class Divergence:
    """One difference, with the earlier declaration it was found in."""

    question: str
    kind: DivergenceKind
    declaration_id: str
    signed_on: date
    text: str


_WORDS = {
    DivergenceKind.YES_TO_NO: "antes declarada, agora não",
    DivergenceKind.NO_TO_YES: "antes não declarada, agora sim",
    DivergenceKind.CIDS_DIFFER: "declarada com outros CIDs",
}


def divergences(
    current: Mapping[str, Declared], earlier: Iterable[Snapshot]
) -> tuple[Divergence, ...]:
    """Differences by question, each told once, from the latest declaration that shows it."""
    latest_first = sorted(earlier, key=lambda snapshot: snapshot.signed_on, reverse=True)
    found: dict[tuple[str, DivergenceKind], Divergence] = {}
    for snapshot in latest_first:
        for divergence in _against(current, snapshot):
            found.setdefault((divergence.question, divergence.kind), divergence)
    return tuple(sorted(found.values(), key=lambda one: (one.question, one.kind)))


def _against(current: Mapping[str, Declared], snapshot: Snapshot) -> Iterator[Divergence]:
    for question, now in current.items():
        then = snapshot.answers.get(question)
        kind = None if then is None else _kind(then, now)
        if kind is not None:
            when = snapshot.signed_on.strftime("%d/%m/%Y")
            text = f"Divergência com a declaração de {when}: {_WORDS[kind]}."
            yield Divergence(question, kind, snapshot.declaration_id, snapshot.signed_on, text)


def _kind(then: Declared, now: Declared) -> DivergenceKind | None:
    if then.yes != now.yes:
        return DivergenceKind.YES_TO_NO if then.yes else DivergenceKind.NO_TO_YES
    if then.cids and now.cids and then.cids != now.cids:
        return DivergenceKind.CIDS_DIFFER
    return None
