"""Reads: the inbox and its counts, from this service's own tables alone."""

from collections.abc import Iterable
from typing import Any

from pydantic import Field
from sqlalchemy import (
    ColumnElement,
    String,
    and_,
    column,
    func,
    literal,
    true,
    union_all,
    values,
)
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from contracts.worklist import api
from kit.db import Transaction
from kit.errors import NotFound
from services.worklist.models import Line, Task
from services.worklist.queries import filters, people, undoing

COUNTED = 1_000
"""More than this is told as more than this: an exact count of a million tells nobody more, and
would take as long as there are tasks."""


class Wanted(api.TaskFilter):
    """What `GET /tasks` may ask for."""

    cursor: str | None = Field(default=None, max_length=500)
    limit: int = Field(default=50, ge=1, le=200)


async def one(tx: Transaction, task_id: str) -> Task:
    """A task; 404 where there is none that the caller may see."""
    task = await tx.session.get(Task, (tx.tenant_id, task_id))
    if task is None or not await people.sees(tx, task):
        raise NotFound("Tarefa não encontrada", "task-not-found")
    return task


async def page(tx: Transaction, wanted: Wanted) -> api.TaskPage:
    """In the order asked for, with how many there are in all."""
    found, seen = await filters.conditions(tx, wanted), await _lines(tx, wanted)
    if not seen:
        return api.TaskPage(items=(), total=0, total_capped=False, next_cursor=None)
    place = filters.place(wanted)
    after = [] if wanted.cursor is None else [place.beyond(wanted.cursor)]
    find = _among_few if filters.narrow(wanted) else _in_order
    query = find(seen, [*found, *after], place, wanted.limit + 1)
    rows = list(await tx.session.scalars(query))
    shown = rows[: wanted.limit]
    more = len(rows) > wanted.limit
    total = await tx.session.scalar(_counting(seen, found, COUNTED + 1)) or 0
    return api.TaskPage(
        items=tuple(view_of(tx, task) for task in shown),
        total=min(total, COUNTED),
        total_capped=total > COUNTED,
        next_cursor=place.cursor(shown[-1]) if more else None,
    )


async def matching(tx: Transaction, wanted: api.TaskFilter, limit: int) -> list[Task]:
    """The first of all that a list would show."""
    seen = await _lines(tx, wanted)
    if not seen:
        return []
    found = await filters.conditions(tx, wanted)
    return list(await tx.session.scalars(_in_order(seen, found, filters.place(wanted), limit)))


async def lengths(tx: Transaction, wanted: Iterable[api.TaskFilter]) -> api.Counts:
    """How many each list holds, asked of the database at once and without making any of them."""
    lines, each = await people.lines(tx), list[Any]()
    for number, one in enumerate(wanted):
        seen, found = _within(tx, lines, one), await filters.conditions(tx, one)
        much = _counting(seen, found, COUNTED + 1).scalar_subquery() if seen else literal(0)
        each.append(select(literal(number), much))
    rows = await tx.session.execute(union_all(*each))
    told = sorted((number, total) for number, total in rows)
    return api.Counts(items=tuple(_counted(total) for _, total in told))


def _counted(total: int) -> api.Counted:
    return api.Counted(total=min(total, COUNTED), total_capped=total > COUNTED)


def view_of(tx: Transaction, task: Task) -> api.TaskView:
    """The task as a list shows it; whose it is only to who may do it."""
    shown: dict[str, Any] = task.model_dump(include=set(api.TaskView.model_fields))
    if not people.holds(tx, task.skill):
        shown |= dict.fromkeys(("subject_id", "person_id", "reference"))
    return api.TaskView(**shown, task_id=task.id, undoable=undoing.left_to(tx, task))


async def _lines(tx: Transaction, wanted: api.TaskFilter) -> list[Line]:
    return _within(tx, await people.lines(tx), wanted)


def _within(tx: Transaction, lines: list[Line], wanted: api.TaskFilter) -> list[Line]:
    """Where to look; a filter by whose a task is would tell as much as the field."""
    asked = [line for line in lines if wanted.queue in (None, line.queue)]
    named = filters.names(wanted)
    return [line for line in asked if people.holds(tx, line.skill) or not named]


def _in_order(
    seen: list[Line], found: list[ColumnElement[bool]], place: filters.Place, limit: int
) -> SelectOfScalar[Task]:
    """The first of each queue, each by its index, and of those the first: as quick among a million
    tasks as among a few."""
    line = _table(seen)
    of_each = select(Task).where(*_of(line), *found).order_by(*place.order(filters.TASK))
    first = of_each.limit(limit).lateral("first")
    joined = select(aliased(Task, first)).select_from(line.join(first, true()))
    return joined.order_by(*place.order(first.c)).limit(limit)


def _among_few(
    seen: list[Line], found: list[ColumnElement[bool]], place: filters.Place, limit: int
) -> SelectOfScalar[Task]:
    """What is narrowed to a person or a case is found by that, and put in order afterwards."""
    line = _table(seen)
    joined = select(Task).join(line, and_(*_of(line))).where(*found)
    return joined.order_by(*place.order(filters.TASK)).limit(limit)


def _counting(seen: list[Line], found: list[ColumnElement[bool]], most: int) -> SelectOfScalar[int]:
    """Queue by queue, so that the index of each is used however many tasks others have."""
    line = _table(seen)
    of_each = select(literal(1)).where(*_of(line), *found).limit(most).lateral("one")
    each = select(literal(1)).select_from(line.join(of_each, true()))
    return select(func.count()).select_from(each.limit(most).subquery())


def _of(line: Any) -> tuple[ColumnElement[bool], ...]:
    return (col(Task.queue) == line.c.queue, col(Task.skill) == line.c.skill)


def _table(seen: list[Line]) -> Any:
    named = values(column("queue", String), column("skill", String), name="line")
    return named.data([(line.queue, line.skill) for line in seen])
