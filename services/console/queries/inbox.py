"""The inbox: a page of tasks in the order of their terms, and how many each view holds."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contracts.worklist.api import TaskPage, TaskView
from kit.errors import Problem
from services.console.queries.looking import Lane, Look, lane, names
from services.console.rules.deadlines import Chip, Term, chip
from services.console.rules.views import VIEWS, Place, View

_LIMIT = 50


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
    found: Lane[TaskPage] = await lane(
        look.worklist.get("/tasks", TaskPage, **_asked(look, place), limit=_LIMIT)
    )
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


async def counts(look: Look) -> dict[str, int | None]:
    """How many tasks each view holds; None of one that cannot be had."""

    async def one(view: View) -> tuple[str, int | None]:
        asked = look.worklist.get("/tasks", TaskPage, **_asked(look, Place(view)), limit=1)
        found = await lane(asked)
        return view.slug, found.shown.total if found.shown else None

    return dict(await asyncio.gather(*map(one, VIEWS)))


def _asked(look: Look, place: Place) -> dict[str, Any]:
    view = place.view
    bound = (look.now + view.within).isoformat() if view.within else None
    return {
        "whose": view.whose,
        "state": view.state,
        "order": "due",
        "queue": place.queue,
        "person_id": place.person_id,
        "reference": place.reference,
        "due_before": bound,
        "cursor": place.cursor,
    }
