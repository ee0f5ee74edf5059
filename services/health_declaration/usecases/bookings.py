"""The proponent's side of an interview: times offered, one chosen, given up again."""

from typing import NoReturn

from contracts.health_declaration import public
from contracts.health_declaration.events import InterviewPurpose, InterviewScheduled
from kit.db import Transaction
from kit.errors import Conflict, NotFound
from services.health_declaration.models import Declaration, Interview, Slot
from services.health_declaration.usecases import (
    agenda,
    cases,
    history,
    interview_due,
    links,
    words,
)

PURPOSES: tuple[InterviewPurpose, ...] = ("guidance", "clarification")


async def offer(tx: Transaction, case: Declaration) -> public.SlotOffer:
    """Up to three free times; whoever chooses first has one. Reading keeps nobody waiting."""
    interview = await agenda.waited(tx, case, locked=False)
    return public.SlotOffer(
        interview_id=interview.interview_id,
        purpose=purpose_of(interview),
        slots=tuple(_slot(slot) for slot in await agenda.free(tx, case)),
    )


async def choose(tx: Transaction, case: Declaration, body: public.SlotChoice) -> public.Booking:
    """Books a time. Taken meanwhile: 409 with the next free ones; the same again: same answer."""
    slot_id = body.slot_id
    interview = await agenda.waited(tx, case)
    if interview.slot_id == slot_id:
        return _booking(interview)
    if interview.status != "open":
        detail = "Para outro horário, peça antes para remarcar."
        raise Conflict("A entrevista já está marcada", "already-scheduled", detail)
    # Looked at before it is asked for: whoever comes too late waits for nobody's commit.
    seen = await agenda.look(tx, slot_id)
    earliest = await agenda.first_bookable(tx, case)
    if seen.interview_id is not None:
        await _refuse(tx, case)
    if seen.starts_at < earliest:
        await _refuse_late(tx, case)
    slot = await agenda.take(tx, slot_id, interview.interview_id)
    if slot is None:
        await _refuse(tx, case)
    interview.in_person = body.in_person
    await _book(tx, case, interview, slot)
    return _booking(interview)


async def _refuse(tx: Transaction, case: Declaration) -> NoReturn:
    raise await _next_ones(tx, case, "Este horário já foi escolhido", "slot-taken")


async def _refuse_late(tx: Transaction, case: Declaration) -> NoReturn:
    title = "Este horário já está próximo demais para ser marcado"
    raise await _next_ones(tx, case, title, "slot-too-soon")


async def _next_ones(tx: Transaction, case: Declaration, title: str, code: str) -> Conflict:
    following = [_slot(slot).model_dump(mode="json") for slot in await agenda.free(tx, case)]
    return Conflict(title, code, "Escolha um dos próximos horários livres.", next=following)


async def _book(tx: Transaction, case: Declaration, interview: Interview, slot: Slot) -> None:
    interview.status = "scheduled"
    interview.slot_id, interview.doctor = slot.slot_id, slot.doctor
    interview.starts_at, interview.minutes = slot.starts_at, slot.minutes
    interview.version += 1
    # From now on the doctor reads the case; giving the time up forgets only whom it was with.
    await history.add(tx, case, "interview.scheduled", by=slot.doctor)
    await interview_due.booked(tx, case, interview)
    if interview.purpose == "clarification":
        await cases.move(tx, case, "interview_scheduled")
    await interview_due.refresh(tx, case)
    await tx.record(
        InterviewScheduled(
            tenant_id=tx.tenant_id,
            declaration_id=case.declaration_id,
            person_id=case.person_id,
            interview_id=interview.interview_id,
            starts_at=slot.starts_at,
        )
    )
    when = {"starts_at": words.hour(slot.starts_at, tx.zone)}
    # No reminder comes when the hour is near: the way into the room goes with this message.
    await links.issue(tx, case, "ds.interview_booked", when)
    how = "in_person" if interview.in_person else "video"
    details = {"interview": interview.interview_id, "slot": slot.slot_id, "how": how}
    await tx.audit("interview.scheduled", case.declaration_id, details=details)


async def reschedule(tx: Transaction, case: Declaration) -> public.SlotOffer:
    """Gives the time back and offers others; after the hour only a doctor tells what happened."""
    interview = await agenda.waited(tx, case)
    if interview.starts_at is not None:
        if interview.starts_at <= tx.now:
            raise Conflict("A hora da entrevista já chegou", "interview-started")
        await agenda.give_back(tx, interview)
        agenda.clear(interview, "open")
        if interview.purpose == "clarification":
            await cases.move(tx, case, "interview_to_schedule", "rescheduling")
        await interview_due.opened(tx, case, interview)
        details = {"interview": interview.interview_id}
        await tx.audit("interview.given_up", case.declaration_id, details=details)
    return await offer(tx, case)


def purpose_of(interview: Interview) -> InterviewPurpose:
    """The purpose as the contract names it."""
    return next(purpose for purpose in PURPOSES if purpose == interview.purpose)


def _slot(slot: Slot) -> public.Slot:
    return public.Slot(slot_id=slot.slot_id, starts_at=slot.starts_at, minutes=slot.minutes)


def _booking(interview: Interview) -> public.Booking:
    if interview.starts_at is None or interview.minutes is None:
        raise NotFound()
    return public.Booking(
        interview_id=interview.interview_id,
        starts_at=interview.starts_at,
        minutes=interview.minutes,
        status=interview.status,
        in_person=interview.in_person,
    )
