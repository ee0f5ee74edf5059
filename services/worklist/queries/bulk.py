"""How far acts on many tasks are, and what became of each."""

from sqlmodel import col, func, select

from contracts.worklist.bulk import BulkItem as Item
from contracts.worklist.bulk import BulkItems, Found
from contracts.worklist.bulk import BulkJob as Job
from kit.db import Transaction
from kit.errors import NotFound
from kit.pages import decode_cursor, encode_cursor
from services.worklist.models import BulkItem, BulkJob, Task
from services.worklist.queries import people


async def job(tx: Transaction, job_id: str, *, lock: bool = False) -> BulkJob:
    """A job of the caller's, or anybody's where they run the place; 404 otherwise."""
    row = await tx.session.get(BulkJob, (tx.tenant_id, job_id), with_for_update=lock or None)
    if row is None or not (row.asked_by == tx.actor or people.manages(tx)):
        raise NotFound("Ação em massa não encontrada", "bulk-job-not-found")
    return row


async def progress(tx: Transaction, row: BulkJob) -> Job:
    """The job with how many of its items came to what."""
    counted = select(BulkItem.found, func.count()).where(
        BulkItem.tenant_id == tx.tenant_id, BulkItem.job_id == row.id
    )
    found: dict[str, int] = {}
    for name, count in await tx.session.execute(counted.group_by(BulkItem.found)):
        found[name] = count
    told = {name: found.get(name, 0) for name in ("waiting", "ok", "refused")}
    shown = row.model_dump(include={"act", "state", "asked_by", "asked_at"})
    return Job.model_validate(shown | told | {"job_id": row.id, "total": sum(told.values())})


async def items(
    tx: Transaction, job_id: str, found: Found | None, cursor: str | None, limit: int
) -> BulkItems:
    """What became of each, in the order in which they were found."""
    row = await job(tx, job_id)
    query = select(BulkItem).where(BulkItem.tenant_id == tx.tenant_id, BulkItem.job_id == row.id)
    if found is not None:
        query = query.where(BulkItem.found == found)
    if cursor is not None:
        query = query.where(col(BulkItem.seq) > decode_cursor(cursor, int)[0])
    rows = list(await tx.session.scalars(query.order_by(col(BulkItem.seq)).limit(limit + 1)))
    shown = rows[:limit]
    called = await _references(tx, [one.task_id for one in shown])
    return BulkItems(
        items=tuple(
            Item.model_validate(one.model_dump() | {"reference": called.get(one.task_id)})
            for one in shown
        ),
        next_cursor=encode_cursor(shown[-1].seq) if len(rows) > limit else None,
    )


async def _references(tx: Transaction, task_ids: list[str]) -> dict[str, str | None]:
    """What people call the cases of tasks that the caller may do."""
    query = select(Task).where(Task.tenant_id == tx.tenant_id, col(Task.id).in_(task_ids))
    tasks = await tx.session.scalars(query)
    return {task.id: task.reference for task in tasks if people.holds(tx, task.skill)}
