"""Routes every service answers alike: its clock, parked messages, audit trail."""

from datetime import datetime
from typing import Annotated, Any, cast

from fastapi import APIRouter, Query, Request
from sqlalchemy import func, select

from contracts.base import Message
from contracts.ops import AuditEntry, AuditPage, ChainReport, ParkedKey, ParkedPage, Redriven
from kit.audit import verify_chain
from kit.db import SEALED_FOR, Transaction
from kit.errors import NotFound, problem_responses
from kit.inbox import Inbox
from kit.keyring import KeyDestroyed
from kit.pages import Cursor, Limit, decode_cursor, encode_cursor
from kit.transaction import Tx, allowed

router = APIRouter(tags=["ops"])


class ClockSeen(Message):
    """Where this process sees the clock of a tenant."""

    now: datetime
    version: int


class RedriveIn(Message):
    """The key to do again."""

    topic: str
    key: str


@router.get("/ops/clock", dependencies=[allowed("ops.due")])
async def clock(tx: Tx, request: Request) -> ClockSeen:
    seen = request.app.state.resources.clock
    return ClockSeen(now=tx.now, version=seen.version(tx.tenant_id))


@router.get("/ops/parked", dependencies=[allowed("ops.parked")])
async def list_parked(tx: Tx, request: Request, limit: Limit = 50) -> ParkedPage:
    parked = request.app.state.tables.parked
    query = (
        select(
            parked.c.topic,
            parked.c.key,
            func.count().label("messages"),
            func.min(parked.c.error).label("error"),
            func.min(parked.c.parked_at).label("parked_at"),
        )
        .where(parked.c.tenant_id == tx.tenant_id)
        .group_by(parked.c.topic, parked.c.key)
        .order_by(func.min(parked.c.parked_at))
        .limit(limit)
    )
    rows = (await tx.session.execute(query)).all()
    return ParkedPage(items=tuple(_parked_key(tx.tenant_id, row) for row in rows))


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


@router.get("/ops/audit", dependencies=[allowed("audit.read")])
async def list_audit(
    tx: Tx,
    request: Request,
    subject: Annotated[str | None, Query(max_length=200)] = None,
    actor: Annotated[str | None, Query(max_length=200)] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> AuditPage:
    audit = request.app.state.tables.audit
    query = select(audit).where(audit.c.tenant_id == tx.tenant_id)
    if subject:
        query = query.where(audit.c.subject == subject)
    if actor:
        query = query.where(audit.c.actor == actor)
    if cursor:
        query = query.where(audit.c.id < decode_cursor(cursor, int)[0])
    query = query.order_by(audit.c.id.desc()).limit(limit + 1)
    rows = (await tx.session.execute(query)).all()
    return AuditPage(
        items=tuple([await _entry(tx, row) for row in rows[:limit]]),
        next_cursor=encode_cursor(rows[limit - 1].id) if len(rows) > limit else None,
    )


@router.get("/ops/audit/chain", dependencies=[allowed("audit.read")])
async def check_chain(tx: Tx) -> ChainReport:
    held = await (await tx.session.connection()).get_raw_connection()
    report = await verify_chain(held.driver_connection, tx.tenant_id)
    return ChainReport(entries=report.entries, sealed=report.entries, broken_at=report.broken_at)


def _parked_key(tenant_id: int, row: Any) -> ParkedKey:
    return ParkedKey(
        topic=row.topic,
        key=row.key,
        tenant_id=tenant_id,
        messages=row.messages,
        first_error=row.error or "",
        parked_at=row.parked_at,
    )


async def _entry(tx: Transaction, row: Any) -> AuditEntry:
    return AuditEntry(
        entry_id=row.id,
        at=row.at,
        actor=row.actor,
        actor_name=row.actor_name,
        action=row.action,
        subject=row.subject,
        reason=await _reason(tx, row),
        details=row.details,
        chain_seq=row.chain_seq,
        hash=row.hash.hex() if row.hash else None,
    )


async def _reason(tx: Transaction, row: Any) -> str | None:
    """What somebody typed opens with the key of whom it speaks of; gone with that key."""
    person_id = row.details.get(SEALED_FOR)
    if row.reason is None or person_id is None:
        return cast("str | None", row.reason)
    try:
        return str(await tx.open(person_id, row.reason))
    except KeyDestroyed:
        return None
