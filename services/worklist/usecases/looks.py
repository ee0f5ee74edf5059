"""Who has a task on their screen: told by the screens themselves, forgotten within minutes.

Of real time, as screens are: a moved clock neither opens nor closes one.
"""

from datetime import timedelta

from sqlalchemy import delete, func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from contracts.worklist.api import Lookers, Looking
from kit.db import Transaction
from services.worklist.models import Look
from services.worklist.queries import tasks

FRESH = timedelta(seconds=45)
"""A screen tells every fifteen seconds; three times unheard it is closed."""
KEPT = timedelta(minutes=5)


async def look(tx: Transaction, task_id: str) -> Lookers:
    """The caller looks; who else does."""
    await tasks.one(tx, task_id)
    sub, name = (tx.caller.sub, tx.caller.name) if tx.caller else ("", "")
    mine = {"tenant_id": tx.tenant_id, "task_id": task_id, "sub": sub, "name": name}
    row = insert(Look).values(**mine, seen_at=func.now())
    keys = ["tenant_id", "task_id", "sub"]
    seen = row.on_conflict_do_update(index_elements=keys, set_={"seen_at": func.now()})
    await tx.session.execute(seen)
    others = select(Look).where(
        Look.tenant_id == tx.tenant_id,
        Look.task_id == task_id,
        Look.sub != sub,
        col(Look.seen_at) > func.now() - FRESH,
    )
    found = await tx.session.scalars(others.order_by(Look.name, Look.sub).limit(20))
    return Lookers(items=tuple(Looking(sub=one.sub, name=one.name) for one in found))


async def forget(tx: Transaction) -> None:
    """What nobody asks for any more."""
    old = (col(Look.tenant_id) == tx.tenant_id, col(Look.seen_at) < func.now() - KEPT)
    await tx.session.execute(delete(Look).where(*old))
