"""Queues, hours and colleagues as they stand."""

from typing import Any

from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col, select

from contracts.worklist.team import (
    Colleagues,
    ColleagueView,
    HoursList,
    HoursView,
    Queues,
    QueueView,
)
from kit.db import Transaction
from services.worklist.models import Colleague, Hours, Line, Queue
from services.worklist.rules import usual

USUAL_HOURS = "usual"


async def queues(tx: Transaction) -> Queues:
    """The newest version of each; the usual one of those that nobody set up."""
    query = select(Queue).where(Queue.tenant_id == tx.tenant_id)
    newest = query.ext(distinct_on(col(Queue.name))).order_by(Queue.name, col(Queue.version).desc())
    set_up = {row.name: queue_view(row) for row in await tx.session.scalars(newest)}
    used = await tx.session.scalars(select(Line.queue).where(Line.tenant_id == tx.tenant_id))
    others = {name: usual_queue(name) for name in used if name not in set_up}
    return Queues(items=tuple(view for _, view in sorted((set_up | others).items())))


async def hours(tx: Transaction) -> HoursList:
    """The newest version of each team's hours."""
    query = select(Hours).where(Hours.tenant_id == tx.tenant_id)
    newest = query.ext(distinct_on(col(Hours.name))).order_by(Hours.name, col(Hours.version).desc())
    return HoursList(items=tuple(hours_view(row) for row in await tx.session.scalars(newest)))


async def colleagues(tx: Transaction) -> Colleagues:
    """Everybody who is written down."""
    query = select(Colleague).where(Colleague.tenant_id == tx.tenant_id)
    rows = await tx.session.scalars(query.order_by(Colleague.name, Colleague.sub))
    return Colleagues(items=tuple(colleague_view(row) for row in rows))


def queue_view(row: Queue) -> QueueView:
    """The queue as the API shows it."""
    return QueueView.model_validate(row.model_dump())


def hours_view(row: Hours) -> HoursView:
    """The hours as the API shows them."""
    return HoursView.model_validate(row.model_dump())


def colleague_view(row: Colleague) -> ColleagueView:
    """The colleague as the API shows them."""
    return ColleagueView.model_validate(row.model_dump())


def usual_queue(name: str) -> QueueView:
    """What holds of a queue that nobody set up."""
    ladder: list[dict[str, Any]] = [
        {"anchor": step.anchor.value, "minutes": step.minutes, "acts": [*map(str, step.acts)]}
        for step in usual.LADDER
    ]
    given = {"minutes": usual.MINUTES, "hours": USUAL_HOURS, "ladder": ladder}
    stamp = {"version": 0, "made_by": "", "made_at": None}
    return QueueView.model_validate({"name": name, "title": name} | given | stamp)
