"""One act on many tasks: found, checked without effect, then done, each by itself.

Every item goes through the same door as a single act: versions, four eyes and room hold here too.
"""

from uuid import uuid4

from sqlalchemy import update
from sqlmodel import col

from contracts.worklist.bulk import BulkIn
from contracts.worklist.bulk import BulkJob as Job
from kit.db import Transaction
from kit.errors import Conflict, Refused
from services.worklist.models import BulkItem, BulkJob, Task
from services.worklist.queries import bulk as jobs
from services.worklist.queries import tasks
from services.worklist.usecases import claims

MOST = 10_000
SEALED_FOR = "service:worklist"
"""Whose key seals a reason until it is acted on: the service's own, no person's."""


async def ask(tx: Transaction, wish: BulkIn) -> Job:
    """Finds the tasks; what would become of each is then checked, and nothing is changed yet."""
    if wish.act == "new_term":
        claims.expect_manager(tx)
    job = BulkJob(
        tenant_id=tx.tenant_id,
        id=str(uuid4()),
        act=wish.act,
        wish=wish.model_dump(mode="json", include={"to", "until", "due_at"}),
        reason_sealed=await tx.seal(SEALED_FOR, wish.reason) if wish.reason else None,
        asked_by=tx.actor or "",
        asked_name=tx.caller.name if tx.caller else "",
        permissions=sorted(tx.caller.permissions) if tx.caller else [],
        asked_at=tx.now,
    )
    tx.session.add(job)
    await tx.session.flush()
    found = await _found(tx, wish)
    tx.session.add_all(
        BulkItem(
            tenant_id=tx.tenant_id, job_id=job.id, seq=seq, task_id=one.id, version=one.version
        )
        for seq, one in enumerate(found)
    )
    await tx.audit("bulk.asked", job.id, details={"act": wish.act, "tasks": len(found)})
    await tx.session.flush()
    return await jobs.progress(tx, job)


async def start(tx: Transaction, job_id: str) -> Job:
    """Does what was checked, by what whoever asked may do now; what was refused stays refused."""
    job = await jobs.job(tx, job_id, lock=True)
    if job.state != "checked" or job.asked_by != tx.actor:
        raise Conflict("Esta ação não está pronta para começar", "not-ready", state=job.state)
    job.state = "running"
    job.permissions = sorted(tx.caller.permissions) if tx.caller else []
    mine = (col(BulkItem.tenant_id) == tx.tenant_id, col(BulkItem.job_id) == job.id)
    await tx.session.execute(
        update(BulkItem).where(*mine, col(BulkItem.found) == "ok").values(found="waiting")
    )
    await tx.audit("bulk.started", job.id)
    return await jobs.progress(tx, job)


async def cancel(tx: Transaction, job_id: str) -> Job:
    """What was done stays done; nothing more is."""
    job = await jobs.job(tx, job_id, lock=True)
    if job.state != "done":
        job.state = "cancelled"
        await tx.audit("bulk.cancelled", job.id)
    return await jobs.progress(tx, job)


async def _found(tx: Transaction, wish: BulkIn) -> list[Task]:
    """As the caller would see them in a list; one more than are borne is too many."""
    if wish.query is not None:
        found = await tasks.matching(tx, wish.query, MOST + 1)
        if len(found) > MOST:
            raise Refused("Tarefas demais de uma vez", "too-many-tasks", "Restrinja o filtro.")
        return found
    return [await tasks.one(tx, task_id) for task_id in dict.fromkeys(wish.task_ids)]
