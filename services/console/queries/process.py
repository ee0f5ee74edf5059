"""The process of one case, each part apart: its course, what runs, the case once asked for."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from contracts.health_declaration.cpt import Cpt, CptPage
from contracts.health_declaration.desk import Case, Course
from contracts.health_declaration.process import Process
from kit.errors import Forbidden
from services.console.queries.looking import Lane, Look, lane, names

READ, RUNS, ORDERS, RESTRICTIONS = "ds.read", "desk.read", "desk.write", "cpt.read"


@dataclass(frozen=True)
class Shown:
    """What the page shows of a case."""

    declaration_id: str
    name: str
    course: Lane[Course] | None
    process: Lane[Process] | None
    """None of what the reader has no part in."""
    case: Lane[Case] | None = None
    erp: Lane[tuple[Cpt, ...]] | None = None


async def shown(look: Look, declaration_id: str, reading: str = "") -> Shown:
    """The page; `reading` names the part that was asked for knowing that it is noted."""
    may = look.caller.may
    if not may(READ) and not may(RUNS):
        raise Forbidden(detail=f"Falta a permissão {READ}.")
    course, process, case = await asyncio.gather(
        _where(may(READ), course_of, look, declaration_id),
        _where(may(RUNS), process_of, look, declaration_id),
        _where(may(READ) and reading == "caso", _case, look, declaration_id),
    )
    told = course.shown if course else None
    called = await names(look, [told.person_id] if told else [])
    erp = _erp(look, told) if told and reading == "erp" and may(RESTRICTIONS) else None
    return Shown(
        declaration_id=declaration_id,
        name=called.get(told.person_id, "") if told else "",
        course=course,
        process=process,
        case=case,
        erp=await lane(erp) if erp else None,
    )


async def course_of(look: Look, declaration_id: str) -> Course:
    """How far the case has come."""
    return await look.health_declaration.get(f"/declarations/{declaration_id}/course", Course)


async def process_of(look: Look, declaration_id: str) -> Process:
    """What runs for it."""
    return await look.desk.get(f"/processes/declarations/{declaration_id}", Process)


async def _case(look: Look, declaration_id: str) -> Case:
    return await look.health_declaration.get(f"/declarations/{declaration_id}", Case)


async def _erp(look: Look, course: Course) -> tuple[Cpt, ...]:
    told = await look.health_declaration.get("/cpts", CptPage, person_id=course.person_id)
    return tuple(one for one in told.items if one.declaration_id == course.declaration_id)


async def _where[Part](
    permitted: object, asking: Callable[[Look, str], Awaitable[Part]], look: Look, one: str
) -> Lane[Part] | None:
    """The part, for whoever has one in it."""
    return await lane(asking(look, one)) if permitted else None
