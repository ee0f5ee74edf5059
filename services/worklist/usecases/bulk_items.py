"""One item of a bulk act at a time, each in a transaction: checked without effect, or done."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from contracts.worklist import api
from kit.auth import Caller
from kit.db import KeptRefusal, Transaction
from kit.errors import Problem
from kit.logs import logger
from kit.outages import LOST, passing
from services.worklist.models import BulkItem, BulkJob
from services.worklist.usecases import claims
from services.worklist.usecases.bulk import SEALED_FOR

OUTAGES = (DBAPIError, TimeoutError, *LOST)
"""What passes of these says nothing about the one item: it is tried again. What does not, such as a
constraint that is broken, is that item's own, and keeps none of the others waiting."""
_NEXT = {"checking": "checked", "running": "done"}
log = logger(__name__)


class _OnlyChecked(Exception):
    """Nothing was against it: what was done is undone."""


@dataclass(frozen=True)
class Item:
    """One task, with all that the act needs; no row, for a savepoint undone would empty it."""

    job_id: str
    seq: int
    act: str
    task_id: str
    version: int
    wish: dict[str, Any]
    checking: bool


async def advance(tx: Transaction) -> bool:
    """The next item of the tenant's oldest job; False where nothing waits for us."""
    job = await _oldest(tx)
    if job is None:
        return False
    row = await _waiting(tx, job.id)
    if row is None:
        return await _finish(tx, job)
    tx.caller = _caller(tx, job)
    item = Item(
        job_id=job.id,
        seq=row.seq,
        act=job.act,
        task_id=row.task_id,
        version=row.version,
        wish=job.wish | {"reason": await _reason(tx, job)},
        checking=job.state == "checking",
    )
    await _note(tx, item, await _tried(tx, item))
    return True


async def _oldest(tx: Transaction) -> BulkJob | None:
    open_ = (BulkJob.tenant_id == tx.tenant_id, col(BulkJob.state).in_(tuple(_NEXT)))
    found = await tx.session.scalars(
        select(BulkJob).where(*open_).order_by(col(BulkJob.asked_at)).limit(1)
    )
    return found.first()


async def _waiting(tx: Transaction, job_id: str) -> BulkItem | None:
    query = select(BulkItem).where(*_items(tx, job_id)).order_by(col(BulkItem.seq)).limit(1)
    return (await tx.session.scalars(query.with_for_update(skip_locked=True))).first()


def _items(tx: Transaction, job_id: str) -> tuple[Any, ...]:
    mine = (col(BulkItem.tenant_id) == tx.tenant_id, col(BulkItem.job_id) == job_id)
    return (*mine, col(BulkItem.found) == "waiting")


async def _finish(tx: Transaction, job: BulkJob) -> bool:
    """Unless somebody else still has an item in hand, or cancelled it meanwhile."""
    mine = (col(BulkJob.tenant_id) == tx.tenant_id, col(BulkJob.id) == job.id)
    left = exists(select(BulkItem.seq).where(*_items(tx, job.id)))
    done = update(BulkJob).where(*mine, col(BulkJob.state) == job.state, ~left)
    await tx.session.execute(done.values(state=_NEXT[job.state]))
    return False


def _caller(tx: Transaction, job: BulkJob) -> Caller:
    granted = frozenset(job.permissions)
    return Caller(job.asked_by, job.asked_name, tx.tenant_id, frozenset(), granted)


async def _reason(tx: Transaction, job: BulkJob) -> str:
    return str(await tx.open(SEALED_FOR, job.reason_sealed)) if job.reason_sealed else ""


async def _tried(tx: Transaction, item: Item) -> str | None:
    """The code of what is against it; None where it was done, or would be."""
    try:
        async with tx.savepoint():
            await _ACTS[item.act](tx, item)
            await tx.flush()
            if item.checking:
                raise _OnlyChecked
    except Exception as error:
        if isinstance(error, OUTAGES) and passing(error):
            raise
        tx.forget()
        return _code(error)
    return None


def _code(error: Exception) -> str | None:
    match error:
        case _OnlyChecked():
            return None
        case KeptRefusal(problem=problem) | (Problem() as problem):
            return problem.code
        case _:
            log.error("bulk item failed", error=type(error).__name__)
            return "internal-error"


async def _note(tx: Transaction, item: Item, code: str | None) -> None:
    mine = (
        col(BulkItem.tenant_id) == tx.tenant_id,
        col(BulkItem.job_id) == item.job_id,
        col(BulkItem.seq) == item.seq,
    )
    found = "refused" if code else "ok"
    await tx.session.execute(update(BulkItem).where(*mine).values(found=found, code=code))
    if code is not None and not item.checking:
        await tx.audit("task.refused", item.task_id, code, {"bulk": item.job_id})


async def _claim(tx: Transaction, item: Item) -> None:
    await claims.claim(tx, item.task_id, api.Versioned(version=item.version))


async def _release(tx: Transaction, item: Item) -> None:
    await claims.release(tx, item.task_id, api.Versioned(version=item.version))


async def _hand_over(tx: Transaction, item: Item) -> None:
    await claims.hand_over(tx, item.task_id, _wish(api.HandOver, item))


async def _snooze(tx: Transaction, item: Item) -> None:
    await claims.snooze(tx, item.task_id, _wish(api.Snooze, item))


async def _set_term(tx: Transaction, item: Item) -> None:
    await claims.set_term(tx, item.task_id, _wish(api.NewTerm, item))


def _wish[W: api.Versioned](kind: type[W], item: Item) -> W:
    return kind.model_validate(item.wish | {"version": item.version})


_ACTS: dict[str, Callable[[Transaction, Item], Awaitable[None]]] = {
    "claim": _claim,
    "release": _release,
    "hand_over": _hand_over,
    "snooze": _snooze,
    "new_term": _set_term,
}
