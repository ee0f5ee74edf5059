"""Routes every service answers alike: its clock, parked messages, audit trail."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from sqlalchemy import ColumnElement, Select, Table, func, literal, select, update

from contracts.base import Message
from contracts.ops import (
    AuditPage,
    ChainReport,
    ClockSeen,
    ParkedKey,
    ParkedPage,
    ReasonRevealed,
    ReasonWanted,
    Redriven,
    Requeued,
)
from kit import trail
from kit.db import Transaction
from kit.errors import NotFound, problem_responses
from kit.inbox import Inbox
from kit.pages import Limit
from kit.transaction import Tx, allowed

router = APIRouter(tags=["ops"])
UNSENDABLE = "MessageSizeTooLargeError"
"""The one reason for which the relay gives up on a fact."""


class RedriveIn(Message):
    """The key to do again."""

    topic: str
    key: str


@router.get("/ops/clock", dependencies=[allowed("ops.due")])
async def clock(tx: Tx, request: Request) -> ClockSeen:
    """Where this process sees the tenant's clock: several serve at one address."""
    version = request.app.state.resources.clock.version(tx.tenant_id)
    return ClockSeen(now=tx.now, version=version, process=request.app.state.settings.process)


@router.get("/ops/parked", dependencies=[allowed("ops.parked")])
async def list_parked(tx: Tx, request: Request, limit: Limit = 50) -> ParkedPage:
    parked = request.app.state.tables.parked
    query = _by_key(parked, func.min(parked.c.error)).where(parked.c.tenant_id == tx.tenant_id)
    return await _parked_page(tx, query, limit)


@router.post(
    "/ops/parked/redrive",
    dependencies=[allowed("ops.parked")],
    responses=problem_responses(404),
)
async def redrive(body: RedriveIn, tx: Tx, request: Request) -> Redriven:
    inbox: Inbox | None = request.app.state.inbox
    if inbox is None:
        raise NotFound()
    outcome = await inbox.redrive(tx, body.topic, body.key)
    await tx.audit("parked.redriven", f"{body.topic}/{body.key}")
    return outcome


@router.get("/ops/outbox/parked", dependencies=[allowed("ops.parked")])
async def list_unsent(tx: Tx, request: Request, limit: Limit = 50) -> ParkedPage:
    """Keys of which the broker refuses a fact: what was recorded after it waits behind it."""
    outbox = request.app.state.tables.outbox
    query = (
        _by_key(outbox, literal(UNSENDABLE))
        .where(outbox.c.tenant_id == tx.tenant_id, outbox.c.published_at.is_(None))
        .having(func.min(outbox.c.parked_at).is_not(None))
    )
    return await _parked_page(tx, query, limit)


@router.post("/ops/outbox/parked/redrive", dependencies=[allowed("ops.parked")])
async def send_again(body: RedriveIn, tx: Tx, request: Request) -> Requeued:
    """The relay tries the key again; what the broker still refuses is parked again.

    Asked twice, or of a key that is not parked, it changes nothing.
    """
    outbox = request.app.state.tables.outbox
    mine = (
        (outbox.c.tenant_id == tx.tenant_id)
        & (outbox.c.topic == body.topic)
        & (outbox.c.key == body.key)
        & outbox.c.published_at.is_(None)
    )
    parked = mine & outbox.c.parked_at.is_not(None)
    freed = update(outbox).where(parked).values(parked_at=None).returning(outbox.c.seq)
    if not (await tx.session.execute(freed)).all():
        return Requeued(facts=0)
    waiting = select(func.count()).select_from(outbox).where(mine)
    facts = (await tx.session.execute(waiting)).scalar_one()
    await tx.audit("outbox.requeued", f"{body.topic}/{body.key}")
    return Requeued(facts=facts)


@router.get("/ops/audit", dependencies=[allowed("audit.read")])
async def list_audit(tx: Tx, request: Request, asked: Annotated[trail.Asked, Query()]) -> AuditPage:
    return await trail.page(tx, request.app.state.tables.audit, asked)


@router.post(
    "/ops/audit/{entry_id}/reason",
    dependencies=[allowed("audit.read")],
    responses=problem_responses(404),
)
async def reveal_reason(
    entry_id: int, body: ReasonWanted, tx: Tx, request: Request
) -> ReasonRevealed:
    own_key = f"service:{request.app.state.settings.service}"
    audit = request.app.state.tables.audit
    return await trail.reveal(tx, audit, entry_id, body.reason, own_key)


@router.get("/ops/audit/chain", dependencies=[allowed("audit.read")])
async def check_chain(tx: Tx) -> ChainReport:
    return await trail.chain(tx)


def _by_key(table: Table, error: ColumnElement[Any]) -> Select[Any]:
    """One row per key, the longest parked first."""
    return (
        select(
            table.c.topic,
            table.c.key,
            func.count().label("messages"),
            error.label("error"),
            func.min(table.c.parked_at).label("parked_at"),
        )
        .group_by(table.c.topic, table.c.key)
        .order_by(func.min(table.c.parked_at))
    )


async def _parked_page(tx: Transaction, query: Select[Any], limit: int) -> ParkedPage:
    rows = (await tx.session.execute(query.limit(limit))).all()
    return ParkedPage(items=tuple(_parked_key(tx.tenant_id, row) for row in rows))


def _parked_key(tenant_id: int, row: Any) -> ParkedKey:
    return ParkedKey(
        topic=row.topic,
        key=row.key,
        tenant_id=tenant_id,
        messages=row.messages,
        first_error=row.error or "",
        parked_at=row.parked_at,
    )
