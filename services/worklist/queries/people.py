"""Who the caller is here: what they may see, for whom they stand, how much they hold."""

from sqlalchemy import func
from sqlmodel import col, select

from kit.db import Transaction
from services.worklist.models import Colleague, Line, Task
from services.worklist.rules import usual
from services.worklist.rules.claims import Worker

MANAGE = "tasks.manage"


def manages(tx: Transaction) -> bool:
    """Whether the caller runs the place: queues, people and terms."""
    return tx.caller is not None and tx.caller.may(MANAGE)


def holds(tx: Transaction, skill: str) -> bool:
    """Whether the caller has the permission that a task takes."""
    return tx.caller is not None and tx.caller.may(skill)


async def lines(tx: Transaction) -> list[Line]:
    """The queues whose tasks the caller may see: those they work in and hold the permission of.

    What a task asks for tells what became of a case, so nobody else sees it.
    """
    if tx.caller is None:
        return []
    query = select(Line).where(Line.tenant_id == tx.tenant_id)
    if not manages(tx):
        query = query.where(col(Line.skill).in_(sorted(tx.caller.permissions)))
        me = await colleague(tx, tx.caller.sub)
        if me is not None and me.queues is not None:
            query = query.where(col(Line.queue).in_(me.queues))
    return list(await tx.session.scalars(query.order_by(Line.queue, Line.skill)))


async def sees(tx: Transaction, task: Task) -> bool:
    """Whether the task lies in one of those queues."""
    return (task.queue, task.skill) in {(line.queue, line.skill) for line in await lines(tx)}


async def colleague(tx: Transaction, sub: str, *, lock: bool = False) -> Colleague | None:
    """Somebody as they were written down, if they were."""
    return await tx.session.get(Colleague, (tx.tenant_id, sub), with_for_update=lock or None)


async def stood_for(tx: Transaction, sub: str) -> frozenset[str]:
    """Whoever is away now and named this person as deputy."""
    query = select(Colleague.sub).where(
        Colleague.tenant_id == tx.tenant_id,
        col(Colleague.deputy) == sub,
        col(Colleague.away_until) > tx.now,
    )
    return frozenset(await tx.session.scalars(query))


async def worker(
    tx: Transaction, sub: str, known: Colleague | None, skills: frozenset[str]
) -> Worker:
    """The person as the rule of claims sees them."""
    held = select(func.count()).where(
        Task.tenant_id == tx.tenant_id, col(Task.owner) == sub, col(Task.settled_at).is_(None)
    )
    written = known.queues if known else None
    return Worker(
        sub=sub,
        queues=None if written is None else frozenset(written),
        skills=skills,
        deputy_of=await stood_for(tx, sub),
        holds=await tx.session.scalar(held) or 0,
        capacity=known.capacity if known else usual.CAPACITY,
    )
