"""Hours that changed measure the open tasks anew: a batch of them at once, each in the rounds."""

from collections.abc import Sequence
from itertools import takewhile

from sqlalchemy import and_
from sqlmodel import col, select

from kit.db import Transaction
from services.worklist.models import Hours, Queue, Task
from services.worklist.queries.logs import logs_of
from services.worklist.queries.terms import Terms
from services.worklist.usecases import clocks

BATCH = 200
"""Whoever writes hours waits for no more than these; the rounds go on by as many."""


async def begin(tx: Transaction, name: str) -> None:
    """The first tasks measured by these hours, for whoever looks right after they were written.

    The rounds pass over these too: a task that opened meanwhile was not to be seen here.
    """
    await _time(tx, await _next(tx, name, ""))


async def go_on(tx: Transaction) -> bool:
    """The next tasks of hours that changed; whether there may be more to do at once."""
    changed = select(Hours).where(Hours.tenant_id == tx.tenant_id, col(Hours.timed_to).is_not(None))
    first = changed.order_by(Hours.name).limit(1).with_for_update(skip_locked=True)
    hours = (await tx.session.scalars(first)).first()
    if hours is None:
        return False
    found = await _next(tx, hours.name, hours.timed_to or "")
    timed = await _time(tx, found)
    # What somebody is changing right now is waited for: they may have read the hours of before.
    reached = list(takewhile(timed.__contains__, found))
    if len(reached) == len(found) < BATCH:
        hours.timed_to = None
        return True
    hours.timed_to = reached[-1] if reached else hours.timed_to
    return bool(reached)


async def _next(tx: Transaction, name: str, after: str) -> Sequence[str]:
    version = and_(
        col(Queue.tenant_id) == Task.tenant_id,
        col(Queue.name) == Task.queue,
        col(Queue.version) == Task.queue_version,
    )
    measured = (
        select(Task.id)
        .join(Queue, version)
        .where(
            Task.tenant_id == tx.tenant_id,
            col(Task.settled_at).is_(None),
            col(Task.id) > after,
            Queue.hours == name,
        )
    )
    return list(await tx.session.scalars(measured.order_by(Task.id).limit(BATCH)))


async def _time(tx: Transaction, task_ids: Sequence[str]) -> set[str]:
    """Those of them that nobody is changing right now."""
    query = select(Task).where(Task.tenant_id == tx.tenant_id, col(Task.id).in_(task_ids))
    tasks = list(await tx.session.scalars(query.with_for_update(skip_locked=True)))
    terms, logs = Terms(tx), await logs_of(tx, [task.id for task in tasks])
    for task in tasks:
        if task.settled_at is None:
            known = await terms.of(task.queue, task.queue_version)
            clocks.retime(tx, task, known, logs.get(task.id, []))
    return {task.id for task in tasks}
