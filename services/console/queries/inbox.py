"""The inbox: a page of tasks in the order of their terms."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from contracts.worklist.api import TaskFilter, TaskPage, TaskView
from kit.errors import Problem, Refused
from services.console.queries.looking import Lane, Look, lane, names
from services.console.rules.asked import asked_by_address, filter_of
from services.console.rules.deadlines import Chip, Term, chip
from services.console.rules.views import Place

LIMIT = 50


@dataclass(frozen=True)
class Line:
    """One task of the list."""

    task: TaskView
    chip: Chip
    name: str


@dataclass(frozen=True)
class Listing:
    """A page of the list, or why there is none."""

    place: Place
    lines: tuple[Line, ...] = ()
    total: int = 0
    capped: bool = False
    """There are more than were counted."""
    next_cursor: str | None = None
    trouble: Problem | None = None


async def listing(look: Look, place: Place) -> Listing:
    """The page of tasks at a place; trouble of the worklist is told in its stead."""
    found: Lane[TaskPage] = await lane(page(look, place))
    if found.shown is None:
        return Listing(place, trouble=found.trouble)
    told = found.shown
    called = await names(look, (task.person_id for task in told.items))
    lines = tuple(line(look, task, called) for task in told.items)
    return Listing(place, lines, told.total, told.total_capped, told.next_cursor)


def line(look: Look, task: TaskView, called: Mapping[str, str]) -> Line:
    """A task as the list shows it."""
    return Line(task, chip(term_of(task), look.now), called.get(task.person_id or "", ""))


def term_of(task: TaskView) -> Term:
    """What the chip is made from."""
    dropped = task.outcome == "dropped"
    return Term(task.due_at, task.waiting_since, task.settled_at, dropped)


def question(look: Look, place: Place) -> TaskFilter:
    """What a place asks; refused where an address holds what no filter can be."""
    try:
        return filter_of(place, look.now.tzinfo)
    except ValidationError:
        raise Refused(
            "Filtro inválido", "bad-filter", "Limpe os filtros e escolha de novo."
        ) from None


async def page(look: Look, place: Place, limit: int = LIMIT) -> TaskPage:
    """One page of a place, as the worklist tells it."""
    asked = asked_by_address(question(look, place))
    return await look.worklist.get("/tasks", TaskPage, **asked, cursor=place.cursor, limit=limit)
