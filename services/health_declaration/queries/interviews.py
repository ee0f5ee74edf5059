"""Lists of slots and interviews for staff; nothing clinical."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import tuple_
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from contracts.health_declaration.desk import (
    InterviewLine,
    InterviewPage,
    SlotPage,
    SlotView,
)
from contracts.values import Moment
from kit.db import Transaction
from kit.pages import encode_cursor, moment_cursor
from services.health_declaration.models import Declaration, Interview, Slot
from services.health_declaration.queries import rulebook
from services.health_declaration.queries.views import interview_summary
from services.health_declaration.rules.stages import Terms, choice_schedule, offering_schedule


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
        items=await _lines(tx, shown),
        next_cursor=encode_cursor(last.requested_at.isoformat(), last.interview_id)
        if last
        else None,
    )


async def line(tx: Transaction, interview: Interview) -> InterviewLine:
    """One interview with whose it is, and its terms while a time is waited for."""
    return (await _lines(tx, [interview]))[0]


async def _lines(tx: Transaction, shown: Sequence[Interview]) -> tuple[InterviewLine, ...]:
    """Cases are read at once, and free times once for each version of the rules."""
    ids = {one.declaration_id for one in shown}
    query = select(Declaration.declaration_id, Declaration.person_id, Declaration.rules_version)
    found = await tx.session.execute(
        query.where(Declaration.tenant_id == tx.tenant_id, col(Declaration.declaration_id).in_(ids))
    )
    cases = {case: (person, version) for case, person, version in found}
    versions = {cases[one.declaration_id][1] for one in shown if one.status == "open"}
    terms = {version: await _terms(tx, version) for version in versions}
    return tuple(_line(tx, one, *cases[one.declaration_id], terms) for one in shown)


class _Terms(NamedTuple):
    """What the waiting of every interview under one version of the rules goes by."""

    terms: Terms
    next_free_at: datetime | None


async def _terms(tx: Transaction, rules_version: str) -> _Terms:
    book = await rulebook.pinned(tx, rules_version)
    first = tx.now + timedelta(hours=book.rules.interview_terms.lead_hours)
    return _Terms(book.terms(tx.zone), await _next_free(tx, first))


def _line(
    tx: Transaction,
    interview: Interview,
    person_id: str,
    rules_version: str,
    terms: Mapping[str, _Terms],
) -> InterviewLine:
    seen = interview_summary(tx, interview).model_dump()
    seen |= {"person_id": person_id, "minutes": interview.minutes}
    if interview.status == "open":
        seen |= _awaited(interview, terms[rules_version])
    return InterviewLine.model_validate(seen)


def _awaited(interview: Interview, known: _Terms) -> dict[str, bool | datetime | None]:
    terms, since = known.terms, interview.slots_since
    if since is not None:
        choose_by = choice_schedule(since, terms)[-1].at
    else:
        choose_by = offering_schedule(interview.open_since or interview.requested_at, terms)[0].at
    return {
        "offered": since is not None,
        "choose_by": choose_by,
        "next_free_at": known.next_free_at,
    }


async def _next_free(tx: Transaction, first: datetime) -> datetime | None:
    free = SlotFilter.model_validate({"from": first, "free": True})
    query = _slots(tx, free).order_by(col(Slot.starts_at)).limit(1)
    found = (await tx.session.execute(query)).scalar_one_or_none()
    return found.starts_at if found else None


def _interviews(tx: Transaction, wanted: InterviewFilter) -> SelectOfScalar[Interview]:
    query = select(Interview).where(Interview.tenant_id == tx.tenant_id)
    if wanted.mine or only_own(tx):
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


def only_own(tx: Transaction) -> bool:
    """Whether the caller merely holds interviews: what others hold is not theirs to see."""
    caller = tx.caller
    if caller is None or not caller.may("ds.interview"):
        return False
    return not any(caller.may(wide) for wide in ("ds.schedule", "ds.analyse", "ds.audit"))
