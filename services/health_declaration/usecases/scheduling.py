"""The scheduler's side of an interview: booked, or given up, for somebody who called."""

from contracts.health_declaration.desk import BookingIn, InterviewSummary, RescheduleIn
from contracts.health_declaration.public import SlotChoice
from kit.db import Transaction
from kit.errors import Conflict, NotFound
from services.health_declaration.models import Declaration, Interview
from services.health_declaration.queries.views import interview_summary
from services.health_declaration.usecases import agenda, bookings, cases


async def book(tx: Transaction, interview_id: str, body: BookingIn) -> InterviewSummary:
    """Books as the person would; a time taken meanwhile is refused with the next free ones."""
    case, interview = await _waited(tx, interview_id, body.version)
    choice = SlotChoice(slot_id=body.slot_id, in_person=body.in_person)
    await bookings.choose(tx, case, choice)
    await tx.audit("interview.booked_for", case.declaration_id, details={"id": interview_id})
    return interview_summary(tx, interview)


async def reschedule(tx: Transaction, interview_id: str, body: RescheduleIn) -> InterviewSummary:
    """Gives the time back; other times are offered, and the person hears of it."""
    case, interview = await _waited(tx, interview_id, body.version)
    if interview.starts_at is None:
        raise Conflict("A entrevista não está marcada", "not-scheduled")
    await bookings.reschedule(tx, case)
    details = {"id": interview_id}
    await tx.audit(
        "interview.given_up_for", case.declaration_id, body.reason, details, case.person_id
    )
    return interview_summary(tx, interview)


async def _waited(
    tx: Transaction, interview_id: str, version: int
) -> tuple[Declaration, Interview]:
    """Case and interview, locked in this order, as the scheduler saw them."""
    found = await tx.session.get(Interview, (tx.tenant_id, interview_id))
    if found is None:
        raise NotFound()
    case = await cases.load(tx, found.declaration_id)
    interview = await agenda.waiting(tx, case)
    if interview is None or interview.interview_id != interview_id:
        raise Conflict("Esta entrevista não espera mais por um horário", "not-waited-for")
    await tx.session.refresh(interview)
    if interview.version != version:
        raise Conflict(
            "A entrevista mudou desde que foi aberta",
            "stale-version",
            "Confira como ela está agora.",
            version=interview.version,
        )
    return case, interview
