"""The clock of a task: its term and the next step of its ladder, from its log and who has it."""

from collections.abc import Sequence

from kit.db import Transaction
from services.worklist.models import Passage, Task
from services.worklist.queries.logs import entries_of, logs_of
from services.worklist.queries.terms import QueueTerms, Terms
from services.worklist.rules.escalation import Anchor, Fallen, moments
from services.worklist.rules.task_clock import earned, waiting_since


async def rearm(tx: Transaction, task: Task, *moved: Anchor) -> None:
    """Sets both anew; steps that count from an anchor that moved may be climbed again."""
    terms = await Terms(tx).of(task.queue, task.queue_version)
    _again(task, terms, *moved)
    wind(task, terms, (await logs_of(tx, [task.id])).get(task.id, []))


def retime(tx: Transaction, task: Task, terms: QueueTerms, log: Sequence[Passage]) -> None:
    """By hours that changed: a term that lies ahead once more falls due once more."""
    before = task.due_at
    wind(task, terms, log)
    if task.due_at > max(before, tx.now):
        _again(task, terms, Anchor.DUE)
        wind(task, terms, log)


def wind(task: Task, terms: QueueTerms, log: Sequence[Passage]) -> None:
    """A term in the queue's minutes moves by what was earned; one that was given stays."""
    entries = entries_of(log)
    pauses = earned(entries)
    if not task.given_due:
        task.due_at = terms.hours.due_at(task.opened_at, terms.minutes, pauses)
    task.waiting_since = None if task.settled_at else waiting_since(entries)
    task.until_answered = task.until_answered and task.waiting_since is not None
    coming = pending(task, terms, log)
    task.rung_at = coming[0].at if coming else None


def pending(task: Task, terms: QueueTerms, log: Sequence[Passage]) -> list[Fallen]:
    """Steps that are still to be climbed, in order; none while nobody here is awaited."""
    if task.settled_at is not None or task.waiting_since is not None:
        return []
    anchors = {Anchor.OPENED: task.opened_at, Anchor.DUE: task.due_at}
    if task.claimed_at is not None:
        # Whoever put it away until a date does not let it lie before that.
        anchors[Anchor.CLAIMED] = max(task.claimed_at, task.snoozed_until or task.claimed_at)
    steps = moments(terms.ladder, anchors, terms.hours, earned(entries_of(log)))
    return [step for step in steps if step.number not in task.rungs]


def _again(task: Task, terms: QueueTerms, *moved: Anchor) -> None:
    kept = [number for number in task.rungs if terms.ladder[number].anchor not in moved]
    if kept != task.rungs:
        task.rungs = kept


def touch(tx: Transaction, task: Task) -> None:
    """Counts a change, with who and when."""
    task.version += 1
    task.changed_by = tx.actor
    task.changed_at = tx.now
