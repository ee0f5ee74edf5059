"""What falls due around a booked interview: its reminder, and a result that does not come."""

from datetime import datetime

from contracts.health_declaration.events import DeadlineMissed
from kit.db import Transaction
from services.health_declaration.models import Declaration, Interview
from services.health_declaration.queries import rulebook
from services.health_declaration.rules.stages import Action, Due, interview_schedule
from services.health_declaration.usecases import agenda, cases, links, words


async def act_on_due(tx: Transaction, case: Declaration) -> None:
    """Does each thing once, when its moment has come."""
    interview = await agenda.waiting(tx, case)
    if interview is None:
        return
    for due in await _coming(tx, case, interview):
        if due.at <= tx.now:
            await _act(tx, case, interview, due)


async def next_due(tx: Transaction, case: Declaration) -> datetime | None:
    """The next of those moments; None when nothing is booked."""
    interview = await agenda.waiting(tx, case)
    coming = await _coming(tx, case, interview) if interview is not None else []
    return min((due.at for due in coming), default=None)


async def refresh(tx: Transaction, case: Declaration) -> None:
    """Writes down on the case what falls due next, booked interview included."""
    await cases.set_due(tx, case)
    booked = await next_due(tx, case)
    known = [moment for moment in (case.due_at, booked) if moment is not None]
    case.due_at = min(known, default=None)


async def _coming(tx: Transaction, case: Declaration, interview: Interview) -> list[Due]:
    if interview.starts_at is None:
        return []
    book = await rulebook.pinned(tx, case.rules_version)
    done = {Action.REMIND: interview.reminded, Action.ESCALATE: interview.escalated}
    moments = interview_schedule(interview.starts_at, book.terms(tx.zone))
    return [due for due in moments if not done[due.action]]


async def _act(tx: Transaction, case: Declaration, interview: Interview, due: Due) -> None:
    if due.action is Action.REMIND:
        await remind(tx, case, interview)
        return
    interview.escalated = True
    await tx.record(
        DeadlineMissed(
            tenant_id=tx.tenant_id,
            declaration_id=case.declaration_id,
            person_id=case.person_id,
            stage="interview_scheduled",
            level=1,
        )
    )


async def remind(tx: Transaction, case: Declaration, interview: Interview) -> None:
    """Tells the person once when it is, with a fresh link that leads to the room."""
    interview.reminded = True
    if interview.starts_at is None or interview.starts_at <= tx.now:
        return
    when = words.hour(interview.starts_at, tx.zone)
    await links.issue(tx, case, "ds.interview_reminder", {"starts_at": when})


async def booked(tx: Transaction, case: Declaration, interview: Interview) -> None:
    """A booking inside the reminder's own lead needs no reminder: the confirmation just went."""
    reminder = next(
        (d for d in await _coming(tx, case, interview) if d.action is Action.REMIND), None
    )
    interview.reminded = reminder is None or reminder.at <= tx.now
