"""Lines that were refused, for whoever sent them."""

from sqlalchemy import select, tuple_
from sqlmodel import col

from contracts.registry import api
from kit.db import Transaction
from kit.errors import NotFound
from kit.pages import encode_cursor, moment_cursor
from services.registry.models import EnrolmentFile, Rejection

OWNER = "service:registry"
"""Whose key seals refused lines: nobody is known yet to whom they would belong."""


async def page(tx: Transaction, limit: int, cursor: str | None) -> api.RejectionPage:
    """A page of refused lines, oldest first, with fields and reasons and without the lines."""
    place = (col(Rejection.received_at), col(Rejection.id))
    query = (
        select(Rejection)
        .where(col(Rejection.tenant_id) == tx.tenant_id)
        .order_by(*place)
        .limit(limit + 1)
    )
    if cursor:
        query = query.where(tuple_(*place) > tuple_(*moment_cursor(cursor)))
    rows = list((await tx.session.execute(query)).scalars())
    shown = rows[:limit]
    more = len(rows) > len(shown)
    return api.RejectionPage(
        items=tuple(_shown(row) for row in shown),
        next_cursor=encode_cursor(shown[-1].received_at.isoformat(), shown[-1].id)
        if more
        else None,
    )


async def of_file(tx: Transaction, file_id: str) -> tuple[str, list[tuple[object, str]]]:
    """The file's kind and its refused lines as they were sent, each with its reasons."""
    file = await tx.session.get(EnrolmentFile, (tx.tenant_id, file_id))
    if file is None:
        raise NotFound("Arquivo não encontrado", "file-not-found")
    query = (
        select(Rejection)
        .where(col(Rejection.tenant_id) == tx.tenant_id, col(Rejection.file_id) == file_id)
        .order_by(col(Rejection.line_no))
    )
    rows = (await tx.session.execute(query)).scalars()
    lines = [(await tx.open(OWNER, row.sealed), _why(row)) for row in rows if row.sealed]
    return file.media_type, lines


def _why(row: Rejection) -> str:
    return "; ".join(f"{error['field']}: {error['reason']}" for error in row.errors)


def _shown(row: Rejection) -> api.Rejection:
    return api.Rejection.model_validate(row.model_dump() | {"rejection_id": row.id})
