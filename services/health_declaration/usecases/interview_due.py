"""What falls due around an interview: times to be offered, one to be chosen, a result to be signed.

While no time could be offered the operator is late, not the person: the person's term to choose
begins with the first time that is free.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from contracts.health_declaration.events import DeadlineMissed, DeclarationReferred
from kit.db import Transaction
from services.health_declaration.models import Declaration, Interview
from services.health_declaration.queries import rulebook
from services.health_declaration.rules.stages import (
    Action,
    Due,
    choice_schedule,
    interview_schedule,
    offering_schedule,
    overtaken,
)
from services.health_declaration.usecases import agenda, cases, links, words

LATE = "interview_to_schedule_late"


async def act_on_due(tx: Transaction, case: Declaration) -> None:
    """Does each thing once, when its moment has come."""
    interview = await agenda.waiting(tx, case)
    if interview is not None and _unoffered(interview) and await agenda.free(tx, case):
        await offer(tx, case, interview)
    while interview is not None and interview.status in agenda.OPEN:
        due = await _next(tx, case, interview)
        if due is None or due.at > tx.now:
            return
        await _ACTIONS[due.action](tx, case, interview)


async def next_due(tx: Transaction, case: Declaration) -> datetime | None:
    """The next of those moments; None when no interview is waited for."""
    interview = await agenda.waiting(tx, case)
    due = await _next(tx, case, interview) if interview is not None else None
    return due.at if due else None


async def refresh(tx: Transaction, case: Declaration) -> None:
    """Writes down on the case what falls due next, the interview included."""
    await cases.set_due(tx, case)
    coming = await next_due(tx, case)
    known = [moment for moment in (case.due_at, coming) if moment is not None]
    case.due_at = min(known, default=None)


async def _next(tx: Transaction, case: Declaration, interview: Interview) -> Due | None:
    coming = (await _moments(tx, case, interview))[interview.step :]
    skipped = overtaken(coming, tx.now)
    interview.step += skipped
    return coming[skipped] if coming else None


async def _moments(tx: Transaction, case: Declaration, interview: Interview) -> tuple[Due, ...]:
    terms = (await rulebook.pinned(tx, case.rules_version)).terms(tx.zone)
    if interview.starts_at is not None:
        return interview_schedule(interview.starts_at, terms)
    if interview.slots_since is None:
        return offering_schedule(interview.open_since or interview.requested_at, terms)
    choice = choice_schedule(interview.slots_since, terms)
    if interview.purpose == "clarification":
        return choice
    # Who waits to be guided has the term of the form itself.
    return tuple(due for due in choice if due.action is Action.REMIND)


def _unoffered(interview: Interview) -> bool:
    return interview.status == "open" and interview.slots_since is None


async def opened(tx: Transaction, case: Declaration, interview: Interview) -> None:
    """A time is to be chosen, the first one or another; without a free one, one is to be given."""
    resume(tx, case, interview)
    found = await agenda.free(tx, case)
    interview.open_since, interview.step = tx.now, 0
    interview.slots_since = tx.now if found else None
    interview.paused_at = None if found else tx.now
    await refresh(tx, case)


async def offer(tx: Transaction, case: Declaration, interview: Interview) -> None:
    """There is a free time now: the person is told, and the term to choose begins."""
    await opened(tx, case, interview)
    await links.issue(tx, case, "ds.interview_offer")


async def booked(tx: Transaction, case: Declaration, interview: Interview) -> None:
    """A booking inside the reminder's own lead needs no reminder: the confirmation just went."""
    resume(tx, case, interview)
    interview.paused_at, interview.step = tx.now, 0
    reminder = next(d for d in await _moments(tx, case, interview) if d.action is Action.REMIND)
    interview.step = int(reminder.at <= tx.now)


def resume(tx: Transaction, case: Declaration, interview: Interview) -> None:
    """Days in which the guidance lay with the operator are given back to the person's term."""
    if interview.paused_at is not None and interview.purpose == "guidance":
        case.paused_seconds += int((tx.now - interview.paused_at) / timedelta(seconds=1))
    interview.paused_at = None


async def operator_owes(tx: Transaction, case: Declaration) -> bool:
    """Whether a talk that comes before the signature waits for the operator, not for the person."""
    interview = await agenda.waiting(tx, case)
    return interview is not None and interview.paused_at is not None


async def remind(tx: Transaction, case: Declaration, interview: Interview) -> None:
    """Tells once that a time is to be chosen, or when it is, with a fresh link to do so."""
    interview.step += 1
    if interview.starts_at is None:
        await links.issue(tx, case, "ds.interview_offer")
    elif interview.starts_at > tx.now:
        when = words.hour(interview.starts_at, tx.zone)
        await links.issue(tx, case, "ds.interview_reminder", {"starts_at": when})


async def _escalate(tx: Transaction, case: Declaration, interview: Interview) -> None:
    interview.step += 1
    booked = interview.starts_at is not None
    stage = "interview_scheduled" if booked else "interview_to_schedule"
    # The reminder of a booked interview comes before its escalations.
    await _missed(tx, case, stage, interview.step - booked)


async def _missed(tx: Transaction, case: Declaration, stage: str, level: int) -> None:
    await tx.record(
        DeadlineMissed(
            tenant_id=tx.tenant_id,
            declaration_id=case.declaration_id,
            person_id=case.person_id,
            stage=stage,
            level=level,
        )
    )


async def _refer(tx: Transaction, case: Declaration, interview: Interview) -> None:
    """The term to choose passed. Where no time is left to choose, the lateness is ours."""
    if not await agenda.free(tx, case):
        await opened(tx, case, interview)
        await _missed(tx, case, "interview_to_schedule", 1)
        return
    agenda.clear(interview, "cancelled")
    await cases.move(tx, case, "analysis", LATE)
    await tx.record(
        DeclarationReferred(
            tenant_id=tx.tenant_id,
            declaration_id=case.declaration_id,
            person_id=case.person_id,
            cause=LATE,
            rules_version=case.rules_version,
        )
    )


_ACTIONS: dict[Action, Callable[[Transaction, Declaration, Interview], Awaitable[None]]] = {
    Action.REMIND: remind,
    Action.ESCALATE: _escalate,
    Action.REFER: _refer,
}
