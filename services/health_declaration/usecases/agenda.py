"""Interviews and slots as rows: which one a case waits for, which times are free."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import col, select

from kit.db import Transaction
from kit.errors import NotFound
from services.health_declaration.models import Declaration, Interview, Slot
from services.health_declaration.queries import rulebook

OPEN = ("open", "scheduled")


async def waiting(tx: Transaction, case: Declaration, *, locked: bool = True) -> Interview | None:
    """The interview the case waits for, locked unless only read; None when it waits for none."""
    query = (
        select(Interview)
        .where(
            Interview.tenant_id == tx.tenant_id,
            Interview.declaration_id == case.declaration_id,
            col(Interview.status).in_(OPEN),
        )
        .order_by(col(Interview.requested_at).desc())
        .limit(1)
    )
    if locked:
        query = query.with_for_update()
    return (await tx.session.execute(query)).scalar_one_or_none()


async def waited(tx: Transaction, case: Declaration, *, locked: bool = True) -> Interview:
    """The same, or 404."""
    interview = await waiting(tx, case, locked=locked)
    if interview is None:
        raise NotFound()
    return interview


async def of_case(tx: Transaction, declaration_id: str) -> Sequence[Interview]:
    """Every interview of a case, oldest first."""
    query = (
        select(Interview)
        .where(Interview.tenant_id == tx.tenant_id, Interview.declaration_id == declaration_id)
        .order_by(col(Interview.requested_at))
    )
    return (await tx.session.execute(query)).scalars().all()


async def first_bookable(tx: Transaction, case: Declaration) -> datetime:
    """The earliest start that may be offered or chosen now."""
    book = await rulebook.pinned(tx, case.rules_version)
    return tx.now + timedelta(hours=book.rules.interview_terms.lead_hours)


async def free(tx: Transaction, case: Declaration) -> list[Slot]:
    """The next free times, as many as are offered at once. Nothing is held."""
    book = await rulebook.pinned(tx, case.rules_version)
    query = (
        select(Slot)
        .where(
            Slot.tenant_id == tx.tenant_id,
            col(Slot.interview_id).is_(None),
            col(Slot.starts_at) >= await first_bookable(tx, case),
        )
        .order_by(col(Slot.starts_at), col(Slot.slot_id))
        .limit(book.rules.interview_terms.slots_offered)
    )
    return list((await tx.session.execute(query)).scalars())


async def look(tx: Transaction, slot_id: str) -> Slot:
    """A slot as it stands, nobody kept waiting; 404 when there is none."""
    slot = await tx.session.get(Slot, (tx.tenant_id, slot_id))
    if slot is None:
        raise NotFound()
    return slot


async def take(tx: Transaction, slot_id: str, interview_id: str) -> Slot | None:
    """The slot, if nobody had it: the row decides between those who ask at once."""
    taking = (
        update(Slot)
        .where(
            col(Slot.tenant_id) == tx.tenant_id,
            col(Slot.slot_id) == slot_id,
            col(Slot.interview_id).is_(None),
        )
        .values(interview_id=interview_id)
        .returning(Slot)
    )
    fresh = taking.execution_options(populate_existing=True)
    return (await tx.session.execute(fresh)).scalar_one_or_none()


async def give_back(tx: Transaction, interview: Interview) -> None:
    """Frees the time of an interview that will not take place then."""
    await tx.session.execute(
        update(Slot)
        .where(
            col(Slot.tenant_id) == tx.tenant_id,
            col(Slot.interview_id) == interview.interview_id,
            col(Slot.slot_id) == interview.slot_id,
        )
        .values(interview_id=None)
    )


async def unoffered(tx: Transaction) -> Sequence[tuple[str, str]]:
    """Cases that wait for a time while there was none, with their interviews."""
    query = (
        select(Interview.declaration_id, Interview.interview_id)
        .where(
            Interview.tenant_id == tx.tenant_id,
            Interview.status == "open",
            col(Interview.slots_since).is_(None),
        )
        .order_by(Interview.declaration_id)
    )
    return [(case, interview) for case, interview in (await tx.session.execute(query)).all()]


def clear(interview: Interview, status: str) -> None:
    """Forgets the booking, and a draft of a result with it: another doctor may come."""
    interview.status = status
    interview.slot_id = interview.starts_at = interview.minutes = interview.doctor = None
    interview.room_url = interview.host_url = interview.by_phone_since = None
    interview.recording_consent = None
    interview.slots_since, interview.step, interview.in_person = None, 0, False
    interview.result_sealed = None
    interview.version += 1
