"""Pauses that took nothing off a term, because the other party owed nothing."""

from collections.abc import Iterator

from sqlmodel import col, select

from contracts.worklist.api import UnearnedPause, UnearnedPauses
from kit.db import Transaction
from services.worklist.models import Passage, Task
from services.worklist.queries.logs import entries_of, logs_of
from services.worklist.rules.pauses import Kind
from services.worklist.rules.task_clock import judged

NEWEST = 200


async def unearned(tx: Transaction) -> UnearnedPauses:
    """Of the tasks that somebody paused last, the newest first."""
    paused = select(Passage.task_id).where(
        Passage.tenant_id == tx.tenant_id, Passage.kind == Kind.PAUSED.value
    )
    newest = paused.order_by(col(Passage.at).desc()).limit(NEWEST)
    logs = await logs_of(tx, set(await tx.session.scalars(newest)))
    tasks = select(Task).where(Task.tenant_id == tx.tenant_id, col(Task.id).in_(logs))
    found = [
        pause
        for task in await tx.session.scalars(tasks)
        for pause in _unearned(tx, task, logs[task.id])
    ]
    return UnearnedPauses(items=tuple(sorted(found, key=lambda one: one.since, reverse=True)))


def _unearned(tx: Transaction, task: Task, log: list[Passage]) -> Iterator[UnearnedPause]:
    ends = task.settled_at or tx.now
    by = {line.at: line.by for line in log}
    for since, until in judged(entries_of(log), ends).unearned:
        lasts = until == ends and task.settled_at is None
        yield UnearnedPause(
            task_id=task.id,
            queue=task.queue,
            since=since,
            until=None if lasts else until,
            by=by.get(since),
        )
