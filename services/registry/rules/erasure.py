"""When a person's data must stay although they asked for its erasure, in words owed to them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

_MARCH = 3


@dataclass(frozen=True, slots=True)
class Ties:
    """What still needs the person's data."""

    active_enrolments: int = 0
    represented: int = 0
    """Active enrolments of others for which the person answers."""
    cpts_in_force: int = 0
    signed_on: tuple[date, ...] = ()
    """Days on which declarations that were not withdrawn were signed."""


def refusals(ties: Ties, retention_years: int, today: date) -> tuple[str, ...]:
    """Why erasure is refused; empty when it may be done.

    Source: LGPD art. 16, I (legal obligation keeps data), LG-003 (retention in years, as data).
    """
    return tuple(_refusals(ties, retention_years, today))


def kept_until(signed_on: date, years: int) -> date:
    """First day on which a declaration signed then no longer keeps the data.

    29 February ends on 1 March of a year without it (Civil Code art. 132 § 3).
    """
    try:
        return signed_on.replace(year=signed_on.year + years)
    except ValueError:
        return date(signed_on.year + years, _MARCH, 1)


def _refusals(ties: Ties, retention_years: int, today: date) -> Iterator[str]:
    if ties.active_enrolments:
        yield "Há inscrição ativa em contrato: os dados são necessários para executá-lo."
    if ties.represented:
        yield "A pessoa é representante legal em inscrição ativa de outra pessoa."
    if ties.cpts_in_force:
        yield "Há cobertura parcial temporária em vigor: os dados provam o que foi acordado."
    until = max((kept_until(day, retention_years) for day in ties.signed_on), default=today)
    if until > today:
        yield (
            "Há declaração de saúde assinada: a guarda é obrigatória até "
            f"{until.strftime('%d/%m/%Y')}."
        )
