"""Saved views that somebody may use."""

from sqlmodel import col, func, or_, select

from contracts.worklist.team import View, Views
from kit.db import Transaction
from services.worklist.models import DefaultView, SavedView
from services.worklist.queries import people

MOST = 200
"""One person's views: a list of more is no shortcut."""


async def listed(tx: Transaction) -> Views:
    """One's own and those of the queues one works in, by title."""
    teams = {line.queue for line in await people.lines(tx)}
    mine = or_(SavedView.owner == (tx.actor or ""), col(SavedView.team).in_(teams))
    query = select(SavedView).where(SavedView.tenant_id == tx.tenant_id, mine)
    rows = await tx.session.scalars(query.order_by(SavedView.title, SavedView.id).limit(5 * MOST))
    items = tuple(view_view(row) for row in rows)
    chosen = await tx.session.get(DefaultView, (tx.tenant_id, tx.actor or ""))
    known = chosen is not None and chosen.view_id in {one.view_id for one in items}
    return Views(items=items, default_id=chosen.view_id if chosen and known else None)


async def count_own(tx: Transaction) -> int:
    """How many the caller wrote."""
    query = select(func.count()).where(
        SavedView.tenant_id == tx.tenant_id, SavedView.owner == (tx.actor or "")
    )
    return await tx.session.scalar(query) or 0


def view_view(row: SavedView) -> View:
    """The view as the API shows it."""
    return View.model_validate(row.model_dump() | {"view_id": row.id})
