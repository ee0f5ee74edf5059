"""The audit trail as people read it: filtered, a page at a time, newest first."""

import re
from typing import Any

from pydantic import Field
from sqlalchemy import Select, Table, select

from contracts.ops import AuditEntry, AuditFilter, AuditPage, ChainReport, ReasonRevealed
from kit.audit import verify_chain
from kit.db import SEALED_FOR, Transaction
from kit.errors import NotFound
from kit.keyring import KeyDestroyed, KeyMissing
from kit.pages import decode_cursor, encode_cursor

_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")
_LAST_ID = 2**63


class Asked(AuditFilter):
    """A filter, and which page of what it finds."""

    cursor: str | None = Field(default=None, max_length=500)
    limit: int = Field(default=50, ge=1, le=200)


async def page(tx: Transaction, audit: Table, asked: Asked) -> AuditPage:
    """Entries of the tenant, newest first."""
    query = _filtered(select(audit).where(audit.c.tenant_id == tx.tenant_id), audit, asked)
    if asked.cursor:
        query = query.where(audit.c.id < decode_cursor(asked.cursor, int)[0])
    query = query.order_by(audit.c.id.desc()).limit(asked.limit + 1)
    rows = (await tx.session.execute(query)).all()
    more = len(rows) > asked.limit
    return AuditPage(
        items=tuple(_entry(row) for row in rows[: asked.limit]),
        next_cursor=encode_cursor(rows[asked.limit - 1].id) if more else None,
    )


async def reveal(
    tx: Transaction, audit: Table, entry_id: int, why: str, own_key: str
) -> ReasonRevealed:
    """What somebody typed, once it is kept who reads it and what for.

    `own_key` seals what is of nobody in particular, or of somebody whose key is gone: noting who
    asked makes no key anew.
    """
    query = select(audit).where(audit.c.tenant_id == tx.tenant_id, audit.c.id == entry_id)
    row = (await tx.session.execute(query)).one_or_none() if entry_id < _LAST_ID else None
    if row is None or not _typed(row):
        raise NotFound("Registro não encontrado", "entry-not-found")
    words = await _words(tx, row)
    of = own_key if words is None else row.details.get(SEALED_FOR, own_key)
    await tx.audit("trail.revealed", str(entry_id), why.strip(), person_id=of)
    return ReasonRevealed(reason=words)


async def chain(tx: Transaction) -> ChainReport:
    """Every sealed entry of the tenant checked anew, from the first."""
    held = await (await tx.session.connection()).get_raw_connection()
    report = await verify_chain(held.driver_connection, tx.tenant_id)
    return ChainReport(
        entries=report.entries + report.unsealed,
        sealed=report.entries,
        broken_at=report.broken_at,
        unsealed=report.unsealed,
        unsealed_since=report.unsealed_since,
    )


def _filtered(query: Select[Any], audit: Table, asked: AuditFilter) -> Select[Any]:
    if asked.subject:
        query = query.where(audit.c.subject.in_(asked.subject))
    if asked.actor:
        query = query.where(audit.c.actor == asked.actor)
    if asked.action:
        query = query.where(audit.c.action == asked.action)
    if asked.since:
        query = query.where(audit.c.at >= asked.since)
    if asked.until:
        query = query.where(audit.c.at < asked.until)
    return query


def _entry(row: Any) -> AuditEntry:
    return AuditEntry(
        entry_id=row.id,
        at=row.at,
        actor=row.actor,
        actor_name=row.actor_name,
        action=row.action,
        subject=row.subject,
        reason=None if _typed(row) else row.reason,
        typed=_typed(row),
        details=row.details,
        chain_seq=row.chain_seq,
        hash=row.hash.hex() if row.hash else None,
    )


def _typed(row: Any) -> bool:
    """Whatever is none of our codes is taken for somebody's own words, sealed or not."""
    return SEALED_FOR in row.details or bool(row.reason and not _CODE.fullmatch(row.reason))


async def _words(tx: Transaction, row: Any) -> str | None:
    """What somebody typed opens with the key of whom it speaks of; gone with that key.

    A key that the keyring lost keeps nobody from reading the rest of the trail.
    """
    person_id = row.details.get(SEALED_FOR)
    if row.reason is None or person_id is None:
        return None if row.reason is None else str(row.reason)
    try:
        return str(await tx.open(person_id, row.reason))
    except (KeyDestroyed, KeyMissing):
        return None
