"""Whether anything changed since somebody looked, told without telling what."""

import hashlib

from sqlmodel import col, select

from contracts.worklist.api import LastChange
from kit.db import Transaction
from services.worklist.models import Task

_NEWEST = 50
"""More than change at once: one that is committed after a later one is among them too."""
_DIGITS = 16


async def last(tx: Transaction) -> LastChange:
    """A mark of the operator's newest changes, the same for all of its people."""
    query = select(Task.id, Task.moved_at).where(Task.tenant_id == tx.tenant_id)
    newest = query.order_by(col(Task.moved_at).desc(), col(Task.id).desc()).limit(_NEWEST)
    told = "".join(f"{task_id} {at}\n" for task_id, at in await tx.session.execute(newest))
    return LastChange(mark=hashlib.sha256(told.encode()).hexdigest()[:_DIGITS])
