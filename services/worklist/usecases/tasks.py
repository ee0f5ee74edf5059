"""From facts to tasks: wanted, waiting, answered, settled. Each told twice is done once, and told
in another order comes to the same."""

from collections.abc import Iterable

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from contracts.worklist.events import (
    TaskAnswered,
    TaskFact,
    TaskSettled,
    TaskWaiting,
    TaskWanted,
)
from kit.db import Transaction
from services.worklist.models import Lane, Line, Passage, Task
from services.worklist.queries.logs import SETTLED, logs_of
from services.worklist.queries.terms import Terms
from services.worklist.rules.pauses import Kind
from services.worklist.usecases import clocks

NO_TENANT = 0
"""Rows of the service itself: no person's data."""


async def want(tx: Transaction, wanted: Iterable[TaskWanted]) -> None:
    """Opens the tasks of one batch, each with its term; one that exists is left as it is."""
    facts = list(wanted)
    terms = Terms(tx)
    rows = [await _row(tx, fact, terms) for fact in facts]
    await tx.session.execute(insert(Task).on_conflict_do_nothing(), rows)
    lines = {(fact.queue, fact.skill) for fact in facts}
    named = [{"tenant_id": tx.tenant_id, "queue": q, "skill": s} for q, s in sorted(lines)]
    await tx.session.execute(insert(Line).on_conflict_do_nothing(), named)
    await _open_lane(tx)
    await _catch_up(tx, [fact.task_id for fact in facts], terms)


async def wait(tx: Transaction, fact: TaskWaiting) -> None:
    """The other party is waited for, and owes something where it was asked."""
    await _hear(tx, fact, (Kind.ASKED if fact.asked else Kind.PAUSED).value)


async def answer(tx: Transaction, fact: TaskAnswered) -> None:
    """The other party did its part: the clock runs, and a task put away until then is back."""
    await _hear(tx, fact, Kind.ANSWERED.value)


async def settle(tx: Transaction, fact: TaskSettled) -> None:
    """Done or dropped, whoever held it."""
    await _hear(tx, fact, SETTLED, fact.outcome)


async def _row(tx: Transaction, fact: TaskWanted, terms: Terms) -> dict[str, object]:
    queue = await terms.of(fact.queue)
    task = Task(
        tenant_id=tx.tenant_id,
        id=fact.task_id,
        subject_id=fact.subject_id,
        person_id=fact.person_id,
        reference=fact.reference,
        queue=fact.queue,
        queue_version=queue.version,
        form=fact.form,
        skill=fact.skill,
        priority=fact.priority,
        barred=list(fact.barred),
        opened_at=fact.occurred_at,
        due_at=fact.due_at or fact.occurred_at,
        given_due=fact.due_at is not None,
        changed_at=fact.occurred_at,
    )
    clocks.wind(task, queue, [])
    # The database says itself when the row moved.
    return task.model_dump(exclude={"moved_at"})


async def _hear(tx: Transaction, fact: TaskFact, kind: str, outcome: str | None = None) -> None:
    row = {
        "tenant_id": tx.tenant_id,
        "task_id": fact.task_id,
        "at": fact.occurred_at,
        "kind": kind,
        "by": fact.actor,
        "outcome": outcome,
    }
    kept = insert(Passage).values(row).on_conflict_do_nothing().returning(col(Passage.task_id))
    if (await tx.session.execute(kept)).first() is None:
        return
    task = await tx.session.get(Task, (tx.tenant_id, fact.task_id), with_for_update=True)
    if task is not None:
        log = (await logs_of(tx, [task.id]))[task.id]
        await _apply(task, log, Terms(tx), heard=1)


async def _catch_up(tx: Transaction, task_ids: list[str], terms: Terms) -> None:
    """What was told of these tasks before they were wanted."""
    early = await logs_of(tx, task_ids)
    query = select(Task).where(
        Task.tenant_id == tx.tenant_id, col(Task.id).in_(early), Task.version == 1
    )
    for task in await tx.session.scalars(query.with_for_update()):
        await _apply(task, early[task.id], terms, heard=len(early[task.id]))


async def _apply(task: Task, log: list[Passage], terms: Terms, *, heard: int) -> None:
    """Everything that was told so far, whatever came first; `heard` lines of it are new."""
    for line in log:
        if line.kind == SETTLED:
            task.settled_at, task.outcome = line.at, line.outcome
    if task.settled_at is not None:
        task.snoozed_until = None
    clocks.wind(task, await terms.of(task.queue, task.queue_version), log)
    task.version += heard
    if log[-1].at >= task.changed_at:
        task.changed_by, task.changed_at = log[-1].by, log[-1].at


async def _open_lane(tx: Transaction) -> None:
    tenant_id = tx.tenant_id
    await tx.enter(NO_TENANT)
    row = insert(Lane).values(tenant_id=NO_TENANT, number=tenant_id).on_conflict_do_nothing()
    await tx.session.execute(row)
    await tx.enter(tenant_id)
