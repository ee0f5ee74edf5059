"""Times that doctors give to interviews."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import uuid4

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from contracts.health_declaration.desk import SlotIn, SlotPage, SlotsIn
from kit.db import Transaction
from kit.errors import Refused
from services.health_declaration.models import Slot
from services.health_declaration.queries.interviews import slot_view
from services.health_declaration.usecases import interviews, words

LONGEST = timedelta(hours=2)
"""No slot is longer (contracts.health_declaration.desk.SlotIn)."""


async def give(tx: Transaction, body: SlotsIn) -> SlotPage:
    """Adds the times; one that exists already is left as it is. 422 where two would overlap."""
    fresh = {(one.doctor, one.starts_at): one for one in body.slots}
    _refuse_past(tx, body.slots)
    existing = await _around(tx, body.slots)
    known = {(slot.doctor, slot.starts_at) for slot in existing}
    _refuse_overlaps(tx, [one for key, one in fresh.items() if key not in known], existing)
    rows = [
        {
            "tenant_id": tx.tenant_id,
            "slot_id": str(uuid4()),
            "doctor": one.doctor,
            "starts_at": one.starts_at,
            "minutes": one.minutes,
        }
        for one in fresh.values()
    ]
    await tx.session.execute(insert(Slot).on_conflict_do_nothing(), rows)
    await tx.audit("slots.given", "slots", details={"asked": len(rows)})
    await interviews.offer_to_waiting(tx)
    given = [
        slot for slot in await _around(tx, body.slots) if (slot.doctor, slot.starts_at) in fresh
    ]
    return SlotPage(items=tuple(slot_view(slot) for slot in given), next_cursor=None)


def _refuse_past(tx: Transaction, slots: Sequence[SlotIn]) -> None:
    errors = [
        {"field": f"slots.{at}.starts_at", "reason": "O horário já passou."}
        for at, one in enumerate(slots)
        if one.starts_at <= tx.now
    ]
    if errors:
        raise Refused(code="slot-in-the-past", errors=errors)


def _refuse_overlaps(tx: Transaction, fresh: Sequence[SlotIn], existing: Sequence[Slot]) -> None:
    every: list[SlotIn | Slot] = [*fresh, *existing]
    times = sorted(
        (one.doctor, one.starts_at, one.starts_at + timedelta(minutes=one.minutes)) for one in every
    )
    errors = [
        {"field": "slots", "reason": f"Horários sobrepostos em {words.hour(later[1], tx.zone)}."}
        for earlier, later in pairwise(times)
        if earlier[0] == later[0] and later[1] < earlier[2]
    ]
    if errors:
        raise Refused(code="slots-overlap", errors=errors)


async def _around(tx: Transaction, slots: Sequence[SlotIn]) -> list[Slot]:
    """What the same doctors already give near these times, in order."""
    first: datetime = min(one.starts_at for one in slots) - LONGEST
    last: datetime = max(one.starts_at for one in slots) + LONGEST
    query = (
        select(Slot)
        .where(
            Slot.tenant_id == tx.tenant_id,
            col(Slot.doctor).in_({one.doctor for one in slots}),
            col(Slot.starts_at).between(first, last),
        )
        .order_by(col(Slot.starts_at), col(Slot.slot_id))
    )
    return list((await tx.session.execute(query)).scalars())
