"""Saved views: one's own, and those that the people of a queue share."""

from typing import Any
from uuid import uuid4

from contracts.worklist.team import DefaultView, View, ViewChange, ViewIn, Views
from kit.db import Transaction
from kit.errors import Forbidden, NotFound, Refused
from services.worklist.models import DefaultView as Begun
from services.worklist.models import SavedView
from services.worklist.queries import people
from services.worklist.queries.views import MOST, count_own, listed, view_view
from services.worklist.usecases import turns


async def create(tx: Transaction, wish: ViewIn) -> View:
    """A new view of the caller's."""
    await _expect_shareable(tx, wish)
    if await count_own(tx) >= MOST:
        raise Refused("Há visões demais", "too-many-views", "Apague uma das suas visões.")
    row = SavedView(
        tenant_id=tx.tenant_id,
        id=str(uuid4()),
        owner=tx.actor or "",
        changed_by=tx.actor or "",
        changed_at=tx.now,
        **_content(wish),
    )
    tx.session.add(row)
    return view_view(row)


async def change(tx: Transaction, view_id: str, wish: ViewChange) -> View:
    """The view as it is from now on; whoever shares it may change it."""
    row = await _seen(tx, view_id, wish.version)
    await _expect_shareable(tx, wish)
    row.sqlmodel_update(_content(wish))
    row.version, row.changed_by, row.changed_at = row.version + 1, tx.actor or "", tx.now
    return view_view(row)


async def remove(tx: Transaction, view_id: str, version: int) -> View:
    """Takes the view away, and tells once more what it was."""
    row = await _seen(tx, view_id, version)
    await tx.session.delete(row)
    return view_view(row)


async def begin_in(tx: Transaction, wish: DefaultView) -> Views:
    """In which view the caller begins; one that they may not see is none."""
    row = await tx.session.get(Begun, (tx.tenant_id, tx.actor or ""))
    if wish.view_id is None:
        if row is not None:
            await tx.session.delete(row)
    elif wish.view_id not in {one.view_id for one in (await listed(tx)).items}:
        raise NotFound("Visão não encontrada", "view-not-found")
    else:
        begun = Begun(tenant_id=tx.tenant_id, sub=tx.actor or "", view_id=wish.view_id)
        await tx.session.merge(begun)
    await tx.session.flush()
    return await listed(tx)


async def _seen(tx: Transaction, view_id: str, version: int) -> SavedView:
    row = await tx.session.get(SavedView, (tx.tenant_id, view_id), with_for_update=True)
    if row is None or not (row.owner == tx.actor or await _shares(tx, row.team)):
        raise NotFound("Visão não encontrada", "view-not-found")
    turns.expect_seen(version, row.version, row.changed_by, row.changed_at)
    return row


async def _shares(tx: Transaction, team: str | None) -> bool:
    return team is not None and team in {line.queue for line in await people.lines(tx)}


async def _expect_shareable(tx: Transaction, wish: ViewIn) -> None:
    if wish.team is not None and not await _shares(tx, wish.team):
        raise Forbidden("Você não trabalha nesta fila", "not-your-queue")


def _content(wish: ViewIn) -> dict[str, Any]:
    return {
        "title": wish.title,
        "team": wish.team,
        "query": wish.query.model_dump(mode="json", exclude_defaults=True),
        "columns": list(wish.columns),
    }
