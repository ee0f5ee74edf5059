"""Texts that proponents read first, as those who answer for them see them."""

from sqlmodel import col, select

from contracts.health_declaration.cpt import NoticeVersion, NoticeVersions
from kit.db import Transaction
from services.health_declaration.models import NoticeRow
from services.health_declaration.rules.content_hash import content_hash


async def listed(tx: Transaction) -> NoticeVersions:
    """Every version the tenant wrote, drafts included, newest first."""
    query = (
        select(NoticeRow)
        .where(NoticeRow.tenant_id == tx.tenant_id)
        .order_by(col(NoticeRow.loaded_at).desc(), NoticeRow.kind, NoticeRow.version)
    )
    return NoticeVersions(items=tuple(map(shown, (await tx.session.execute(query)).scalars())))


def shown(row: NoticeRow) -> NoticeVersion:
    """A version as the API tells it."""
    return NoticeVersion(
        **row.model_dump(include={"kind", "version", "title", "text", "approver", "published_at"}),
        status="draft" if row.published_at is None else "published",
        author=row.loaded_by,
        writers=tuple(row.writers),
        created_at=row.loaded_at,
        content_hash=content_hash(row.kind, row.version, row.title, row.text),
    )
