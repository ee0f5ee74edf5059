"""Lists of slots and interviews for staff; nothing clinical."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import tuple_
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from contracts.health_declaration.desk import (
    InterviewPage,
    SlotPage,
    SlotView,
)
from contracts.values import Moment
from kit.db import Transaction
from kit.pages import encode_cursor, moment_cursor
from services.health_declaration.models import Interview, Slot
from services.health_declaration.queries.views import interview_summary


class SlotFilter(BaseModel):
    """What `GET /slots` may ask for."""

    model_config = ConfigDict(populate_by_name=True)

    doctor: str | None = Field(default=None, max_length=100)
    since: Moment | None = Field(default=None, alias="from")
    until: Moment | None = Field(default=None, alias="to")
    free: bool | None = None
    cursor: str | None = Field(default=None, max_length=500)
    limit: int = Field(default=50, ge=1, le=200)


class InterviewFilter(BaseModel):
    """What `GET /interviews` may ask for."""

    model_config = ConfigDict(populate_by_name=True)

    mine: bool = False
    doctor: str | None = Field(default=None, max_length=100)
    declaration_id: str | None = Field(default=None, max_length=100)
    since: Moment | None = Field(default=None, alias="from")
    until: Moment | None = Field(default=None, alias="to")
    status: Literal["open", "scheduled", "concluded", "to_person", "cancelled"] | None = None
    cursor: str | None = Field(default=None, max_length=500)
    limit: int = Field(default=50, ge=1, le=200)


def slot_view(slot: Slot) -> SlotView:
    """A slot and whether it is taken; never by whom."""
    return SlotView(
        slot_id=slot.slot_id,
        doctor=slot.doctor,
        starts_at=slot.starts_at,
        minutes=slot.minutes,
        taken=slot.interview_id is not None,
    )


async def slots(tx: Transaction, wanted: SlotFilter) -> SlotPage:
    """A page of slots by their hour."""
    place = (col(Slot.starts_at), col(Slot.slot_id))
    query = _slots(tx, wanted).order_by(*place).limit(wanted.limit + 1)
    if wanted.cursor is not None:
        query = query.where(tuple_(*place) > moment_cursor(wanted.cursor))
    rows = list((await tx.session.execute(query)).scalars())
    shown, more = rows[: wanted.limit], len(rows) > wanted.limit
    following = encode_cursor(shown[-1].starts_at.isoformat(), shown[-1].slot_id) if more else None
    return SlotPage(items=tuple(slot_view(slot) for slot in shown), next_cursor=following)


def _slots(tx: Transaction, wanted: SlotFilter) -> SelectOfScalar[Slot]:
    query = select(Slot).where(Slot.tenant_id == tx.tenant_id)
    if wanted.doctor is not None:
        query = query.where(Slot.doctor == wanted.doctor)
    if wanted.since is not None:
        query = query.where(col(Slot.starts_at) >= wanted.since)
    if wanted.until is not None:
        query = query.where(col(Slot.starts_at) < wanted.until)
    if wanted.free is not None:
        query = query.where(col(Slot.interview_id).is_(None) == wanted.free)
    return query


async def interviews(tx: Transaction, wanted: InterviewFilter) -> InterviewPage:
    """A page of interviews in the order they were asked for; a mere interviewer's own only."""
    place = (col(Interview.requested_at), col(Interview.interview_id))
    query = _interviews(tx, wanted).order_by(*place).limit(wanted.limit + 1)
    if wanted.cursor is not None:
        query = query.where(tuple_(*place) > moment_cursor(wanted.cursor))
    rows = list((await tx.session.execute(query)).scalars())
    shown, more = rows[: wanted.limit], len(rows) > wanted.limit
    last = shown[-1] if more else None
    return InterviewPage(
        items=tuple(interview_summary(tx, row) for row in shown),
        next_cursor=encode_cursor(last.requested_at.isoformat(), last.interview_id)
        if last
        else None,
    )


def _interviews(tx: Transaction, wanted: InterviewFilter) -> SelectOfScalar[Interview]:
    query = select(Interview).where(Interview.tenant_id == tx.tenant_id)
    if wanted.mine or _only_own(tx):
        query = query.where(Interview.doctor == tx.actor)
    if wanted.doctor is not None:
        query = query.where(Interview.doctor == wanted.doctor)
    if wanted.declaration_id is not None:
        query = query.where(Interview.declaration_id == wanted.declaration_id)
    if wanted.status is not None:
        query = query.where(Interview.status == wanted.status)
    return _between(query, wanted)


def _between(
    query: SelectOfScalar[Interview], wanted: InterviewFilter
) -> SelectOfScalar[Interview]:
    if wanted.since is not None:
        query = query.where(col(Interview.starts_at) >= wanted.since)
    if wanted.until is not None:
        query = query.where(col(Interview.starts_at) < wanted.until)
    return query


def _only_own(tx: Transaction) -> bool:
    caller = tx.caller
    if caller is None or not caller.may("ds.interview"):
        return False
    return not any(caller.may(wide) for wide in ("ds.schedule", "ds.analyse", "ds.audit"))
