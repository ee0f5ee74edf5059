"""Declarations as a list, and the very same as a file."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from itertools import batched
from typing import Any
from zoneinfo import ZoneInfo

from contracts.health_declaration.desk import CasePage, CaseSummary
from kit.errors import Problem, Refused
from services.console.queries.looking import KNOW_PEOPLE, Lane, Look, called, lane, names
from services.console.rules.declarations import CONTRACTS, WAITING_ON, Wanted, asked
from services.console.rules.formats import Formats
from services.console.rules.tables import table
from services.console.rules.words import STAGES
from services.console.rules.words import called as word

_LIMIT, _AT_ONCE = 50, 200
COLUMNS = (
    "Pessoa",
    "Etapa",
    "Nesta etapa desde",
    "Quem age",
    "Próximo prazo",
    "Contrato",
    "Protocolo",
)


@dataclass(frozen=True)
class Line:
    """One declaration of the list."""

    case: CaseSummary
    name: str

    def cells(self, formats: Formats) -> tuple[str, ...]:
        """What stands in its columns."""
        case = self.case
        return (
            self.name,
            word(STAGES, case.stage),
            formats.moment(case.stage_since),
            word(WAITING_ON, case.waiting_on),
            formats.deadline(case.due_at) if case.due_at else "",
            word(CONTRACTS, case.contract_kind),
            case.protocol or "",
        )


@dataclass(frozen=True)
class Listing:
    """A page of the list, or why there is none."""

    wanted: Wanted
    lines: tuple[Line, ...] = ()
    total: int = 0
    capped: bool = False
    next_cursor: str | None = None
    trouble: Problem | None = None


async def listing(look: Look, wanted: Wanted, zone: ZoneInfo) -> Listing:
    """The page of declarations that is wanted."""
    found: Lane[CasePage] = await lane(_page(look, wanted, zone, limit=_LIMIT))
    if found.shown is None:
        return Listing(wanted, trouble=found.trouble)
    told = found.shown
    known = await names(look, (case.person_id for case in told.items))
    lines = _lines(told.items, known)
    return Listing(wanted, lines, told.total, told.total_capped, told.next_cursor)


async def exported(look: Look, wanted: Wanted, formats: Formats) -> bytes:
    """Every line of the list in the columns of the screen; nothing where not all can be had."""
    rows: list[tuple[str, ...]] = []
    found = [case async for case in matching(look, wanted, formats.zone, export=True)]
    may = look.caller.may(KNOW_PEOPLE)
    for part in batched(found, _AT_ONCE):
        people = tuple(dict.fromkeys(case.person_id for case in part))
        known = await called(look, people) if may else {}
        rows += [line.cells(formats) for line in _lines(part, known)]
    return table(COLUMNS, rows)


async def matching(
    look: Look, wanted: Wanted, zone: ZoneInfo, **more: Any
) -> AsyncIterator[CaseSummary]:
    """All of the list, page by page; 422 where it is longer than anybody counts."""
    place: Wanted | None = wanted.first
    while place is not None:
        told = await _page(look, place, zone, limit=_AT_ONCE, **more)
        if told.total_capped:
            raise Refused(
                "Declarações demais de uma vez",
                "too-many",
                f"São mais de {told.total}: filtre antes.",
            )
        for case in told.items:
            yield case
        place = place.on(told.next_cursor) if told.next_cursor else None


async def _page(look: Look, wanted: Wanted, zone: ZoneInfo, **more: Any) -> CasePage:
    given = asked(wanted, look.now, zone) | {"cursor": wanted.cursor} | more
    return await look.health_declaration.get("/declarations", CasePage, **given)


def _lines(cases: tuple[CaseSummary, ...], known: Mapping[str, str]) -> tuple[Line, ...]:
    return tuple(Line(case, known.get(case.person_id, "")) for case in cases)
