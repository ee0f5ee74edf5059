"""One act on many tasks."""

from fastapi import APIRouter

from contracts.worklist import bulk as contract
from kit.app import Once, Tx, allowed
from kit.errors import problem_responses
from kit.pages import Cursor, Limit
from services.worklist.queries import bulk as reads
from services.worklist.usecases import bulk

router = APIRouter(tags=["bulk"])
one = APIRouter(prefix="/bulk-jobs/{job_id}")
_may_work = allowed("tasks.work")


@router.post(
    "/bulk-jobs", status_code=201, dependencies=[_may_work], responses=problem_responses(404)
)
async def ask(body: contract.BulkIn, tx: Tx, once: Once) -> contract.BulkJob:
    return await once(lambda: bulk.ask(tx, body))


@one.get("", dependencies=[_may_work])
async def get_job(job_id: str, tx: Tx) -> contract.BulkJob:
    return await reads.progress(tx, await reads.job(tx, job_id))


@one.get("/items", dependencies=[_may_work])
async def list_items(
    job_id: str,
    tx: Tx,
    found: contract.Found | None = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> contract.BulkItems:
    return await reads.items(tx, job_id, found, cursor, limit)


@one.post("/start", dependencies=[_may_work])
async def start(job_id: str, tx: Tx, once: Once) -> contract.BulkJob:
    return await once(lambda: bulk.start(tx, job_id))


@one.post("/cancel", dependencies=[_may_work])
async def cancel(job_id: str, tx: Tx, once: Once) -> contract.BulkJob:
    return await once(lambda: bulk.cancel(tx, job_id))


router.include_router(one)
