"""What a line of a partner's feed must say beyond its types, and in which order lines apply."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from contracts.registry.api import EnrolmentIn, EnrolmentLine, FieldError

BEFORE_BIRTH = "ingresso antes do nascimento"
Order = Literal["apply", "duplicate", "stale", "conflict", "ended"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What an enrolment is measured by beyond the law: the operator's policy, as settings."""

    full_age: int
    joining_years_back: int
    joining_months_ahead: int


@dataclass(frozen=True, slots=True)
class Applied:
    """The last line applied to an enrolment: its sequence, its digest, and whether it ended it."""

    sequence: int
    digest: str
    ended: bool = False


def order_line(last: Applied | None, sequence: int, digest: str) -> Order:
    """What to do with a line, given the last one applied to the same enrolment.

    An older sequence is stale; the same one is a duplicate, or a conflict when it says something
    else; nothing follows the end of an enrolment. An end that comes before its beginning applies.
    """
    if last is None:
        return "apply"
    if sequence < last.sequence:
        return "stale"
    if sequence == last.sequence:
        return "duplicate" if digest == last.digest else "conflict"
    return "ended" if last.ended else "apply"


def check_line(line: EnrolmentLine) -> tuple[FieldError, ...]:
    """Every field of a line that cannot be accepted, with the reason; empty when it may apply."""
    if line.kind in ("cancelled", "deceased"):
        if line.ended_on is None:
            return (FieldError(field="ended_on", reason="informe a data do encerramento"),)
        return ()
    if line.enrolment is None:
        return (FieldError(field="enrolment", reason="informe a inscrição completa"),)
    if line.enrolment.enrolment_ref != line.enrolment_ref:
        reason = "a referência da inscrição difere da referência da linha"
        return (FieldError(field="enrolment.enrolment_ref", reason=reason),)
    return tuple(
        FieldError(field=f"enrolment.{name}", reason=reason)
        for name, reason in check_enrolment(line.enrolment)
    )


def check_enrolment(enrolment: EnrolmentIn) -> tuple[tuple[str, str], ...]:
    """Pairs of field and reason that keep an enrolment from being accepted."""
    return (*_bonds(enrolment), *_dates(enrolment))


def lacks_representative(enrolment: EnrolmentIn, full_age: int) -> bool:
    """Whether a minor joins for whom nobody answers (DS-12: the legal representative declares)."""
    born, on = enrolment.person.birth_on, enrolment.requested_on
    age = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    return enrolment.representative is None and age < full_age


def may_join_without_declaring(enrolment: EnrolmentIn) -> bool:
    """Whether the enrolment names what usually waives the declaration: then nobody answers it."""
    return bool(enrolment.newborn_on or enrolment.adopted_on or enrolment.portability)


def joining_fault(joining_on: date, today: date, limits: Limits) -> str | None:
    """Why nobody plausibly joins on that day, seen from today; None when they may."""
    if _months(joining_on) > _later(today, limits.joining_months_ahead):
        return f"ingresso mais de {limits.joining_months_ahead} meses depois de hoje"
    if _months(joining_on) < _later(today, -12 * limits.joining_years_back):
        return f"ingresso mais de {limits.joining_years_back} anos antes de hoje"
    return None


def _months(day: date) -> tuple[int, int]:
    return day.year * 12 + day.month, day.day


def _later(day: date, months: int) -> tuple[int, int]:
    month, number = _months(day)
    return month + months, number


def _bonds(enrolment: EnrolmentIn) -> Iterator[tuple[str, str]]:
    if enrolment.role == "dependant" and enrolment.holder_ref is None:
        yield "holder_ref", "dependente precisa da referência do titular"
    if enrolment.role == "holder" and enrolment.holder_ref is not None:
        yield "holder_ref", "titular não tem outro titular"
    if enrolment.holder_ref == enrolment.enrolment_ref:
        yield "holder_ref", "a inscrição não pode ser titular de si mesma"
    if enrolment.contract.kind in ("company", "sole_trader") and enrolment.contract.company is None:
        yield "contract.company", "contrato empresarial precisa da empresa"


def _dates(enrolment: EnrolmentIn) -> Iterator[tuple[str, str]]:
    birth, asked = enrolment.person.birth_on, enrolment.requested_on
    if birth > asked:
        yield "person.birth_on", "nascimento depois do pedido de inscrição"
    if enrolment.joining_on < birth:
        yield "joining_on", BEFORE_BIRTH
    if enrolment.newborn_on is not None and enrolment.newborn_on != birth:
        yield "newborn_on", "difere da data de nascimento"
    if enrolment.adopted_on is not None and enrolment.adopted_on < birth:
        yield "adopted_on", "adoção antes do nascimento"
    if enrolment.adopted_on is not None and enrolment.adopted_on > asked:
        yield "adopted_on", "adoção depois do pedido de inscrição"
