"""When nobody acts, the ladder does: each step once, however often and by whomever it is run."""

from datetime import datetime

from sqlmodel import col, func, select

from contracts.worklist.events import TaskEscalated
from kit.db import Transaction
from services.worklist.models import Passage, Task
from services.worklist.queries.logs import logs_of
from services.worklist.queries.terms import QueueTerms, Terms
from services.worklist.rules.escalation import Act, Anchor, Fallen
from services.worklist.usecases import claims, clocks

BATCH = 200


async def climb(tx: Transaction, limit: int = BATCH) -> int:
    """Climbs what fell due, the longest due first; how many tasks that were.

    A task that somebody is changing right now is left for the next time.
    """
    query = (
        select(Task)
        .where(Task.tenant_id == tx.tenant_id, col(Task.rung_at) <= tx.now)
        .order_by(col(Task.rung_at))
        .limit(limit)
    )
    due = list(await tx.session.scalars(query.with_for_update(skip_locked=True)))
    terms, logs = Terms(tx), await logs_of(tx, [task.id for task in due])
    for task in due:
        await _climb(tx, task, await terms.of(task.queue, task.queue_version), logs)
    return len(due)


async def next_due(tx: Transaction) -> datetime | None:
    """When the next step of any ladder falls due."""
    query = select(func.min(Task.rung_at)).where(Task.tenant_id == tx.tenant_id)
    return await tx.session.scalar(query)


async def _climb(
    tx: Transaction, task: Task, terms: QueueTerms, logs: dict[str, list[Passage]]
) -> None:
    """One step after the other, for one may take away what the next one counts from.

    Its clock is set first: hours may have changed since, and nobody is late by those of before.
    """
    log, before = logs.get(task.id, []), task.escalated
    clocks.wind(task, terms, log)
    while (steps := clocks.pending(task, terms, log)) and steps[0].at <= tx.now:
        await _do(tx, task, terms, steps[0])
    if task.escalated > before:
        clocks.wind(task, terms, log)
        clocks.touch(tx, task)


async def _do(tx: Transaction, task: Task, terms: QueueTerms, step: Fallen) -> None:
    had = task.owner
    task.escalated += 1
    task.rungs = [*task.rungs, step.number]
    if Act.RAISE in step.acts:
        task.priority = max(0, task.priority - 1)
    if Act.RELEASE in step.acts and had is not None:
        await claims.put_back(tx, task)
        task.rungs = [n for n in task.rungs if terms.ladder[n].anchor is not Anchor.CLAIMED]
    await tx.record(
        TaskEscalated(
            tenant_id=tx.tenant_id,
            task_id=task.id,
            subject_id=task.subject_id,
            person_id=task.person_id,
            step=step.number + 1,
            owner=had,
            told=_told(step, had, terms),
        )
    )
    await tx.audit("task.escalated", task.id, details={"step": step.number + 1, "owner": had})


def _told(step: Fallen, owner: str | None, terms: QueueTerms) -> tuple[str, ...]:
    told: list[str] = []
    if Act.TELL_OWNER in step.acts and owner is not None:
        told.append(owner)
    if Act.TELL_SUPERVISOR in step.acts:
        told += [one for one in terms.supervisors if one not in told]
    return tuple(told)
