"""Is this the same person, written in another way?

Linking wrongly joins two histories, so it asks for a document and something that agrees with it;
what only looks alike is possible, and a person decides.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from contracts.values import Council
from services.registry.rules.names import compatible, same_name


class Likeness(StrEnum):
    """How sure we are that two records are one person."""

    LINK = "link"
    POSSIBLE = "possible"
    NEW = "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What tells a person apart; documents in their normal form, None when unknown."""

    name: str
    birth_on: date
    cpf: str | None = None
    cns: str | None = None
    mother: str | None = None
    councils: tuple[Council, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """The likeness of two records and the Portuguese reasons for it."""

    likeness: Likeness
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Agreement:
    cpf: bool | None
    """None when one of the records lacks it."""
    cns: bool
    council: str | None
    """The register both have, to the state."""
    number: str | None
    """The register both have as far as told: one of them lacks its state."""
    name: bool
    birth: bool
    mother: bool


def compare(known: Identity, incoming: Identity) -> Comparison:
    """Link, possible or new, with the reasons."""
    agreement = _agreement(known, incoming)
    return Comparison(_likeness(agreement, known, incoming), _reasons(agreement))


def _agreement(known: Identity, incoming: Identity) -> _Agreement:
    both_cpf = known.cpf is not None and incoming.cpf is not None
    shared = _shared(known.councils, incoming.councils)
    return _Agreement(
        cpf=known.cpf == incoming.cpf if both_cpf else None,
        cns=known.cns is not None and known.cns == incoming.cns,
        council=next((one.council for one in shared if one.uf), None),
        number=next((one.council for one in shared if not one.uf), None),
        name=compatible(known.name, incoming.name),
        birth=known.birth_on == incoming.birth_on,
        mother=_same_mother(known.mother, incoming.mother),
    )


def _same_mother(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and compatible(one, other)


def joined(known: tuple[Council, ...], incoming: tuple[Council, ...]) -> tuple[Council, ...]:
    """All registers, each once; one that came without its state is the one that has it."""
    every = list(dict.fromkeys((*known, *incoming)))
    placed = {(one.council, one.number) for one in every if one.uf}
    return tuple(one for one in every if one.uf or (one.council, one.number) not in placed)


def _shared(known: tuple[Council, ...], incoming: tuple[Council, ...]) -> list[Council]:
    """Registers of both; without state where one of the two lacks it."""
    return [
        mine if mine.uf == theirs.uf else mine._replace(uf=None)
        for mine in known
        for theirs in incoming
        if mine[:2] == theirs[:2] and (mine.uf == theirs.uf or None in (mine.uf, theirs.uf))
    ]


def _likeness(found: _Agreement, known: Identity, incoming: Identity) -> Likeness:
    document = found.cpf is True or (found.cns and found.cpf is None)
    if document:
        return Likeness.LINK if found.name or found.birth else Likeness.POSSIBLE
    if found.council or found.number:
        return _of_register(found)
    if not (found.birth and found.name):
        return Likeness.NEW
    if found.cpf is None and found.mother and same_name(known.name, incoming.name):
        return Likeness.LINK
    alike = found.cns or found.mother or found.cpf is None
    return Likeness.POSSIBLE if alike else Likeness.NEW


def _of_register(found: _Agreement) -> Likeness:
    """A register is its holder's, but a CPF that differs always tells two people apart.

    Without a state the same number is another person's in every other state: all must agree.
    """
    sure = found.name if found.council else found.name and found.birth
    if sure:
        return Likeness.LINK if found.cpf is None else Likeness.POSSIBLE
    some = found.council is not None or (found.cpf is None and (found.name or found.birth))
    return Likeness.POSSIBLE if some else Likeness.NEW


def _reasons(found: _Agreement) -> tuple[str, ...]:
    told = [
        (found.cpf is True, "mesmo CPF"),
        (found.cpf is False, "CPF diferente"),
        (found.cns, "mesmo CNS"),
        (found.council is not None, f"mesmo {found.council}"),
        (found.number is not None, f"mesmo número de {found.number}, um deles sem a UF"),
        (found.name, "mesmo nome, escrito igual ou de outra forma"),
        (not found.name, "nome diferente"),
        (found.birth, "mesma data de nascimento"),
        (not found.birth, "data de nascimento diferente"),
        (found.mother, "mesma mãe"),
    ]
    return tuple(text for holds, text in told if holds)
