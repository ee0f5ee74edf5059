"""The inbox, and what people do with a task."""

from typing import Annotated

from fastapi import APIRouter, Query

from contracts.ops import DueMoment
from contracts.worklist import api
from kit.app import Once, Tx, allowed
from services.worklist.queries import changes, pauses
from services.worklist.queries import tasks as reads
from services.worklist.usecases import claims, exports, ladder, looks, undoing

router = APIRouter(tags=["tasks"])
one = APIRouter(prefix="/tasks/{task_id}")
_may_read = allowed("tasks.read")
_may_work = allowed("tasks.work")
_may_manage = allowed("tasks.manage")


@router.get("/tasks", dependencies=[_may_read])
async def list_tasks(tx: Tx, wanted: Annotated[reads.Wanted, Query()]) -> api.TaskPage:
    return await reads.page(tx, wanted)


@router.post("/task-counts", dependencies=[_may_read])
async def count_lists(body: api.CountsWanted, tx: Tx) -> api.Counts:
    return await reads.lengths(tx, body.queries)


@router.get("/task-changes", dependencies=[_may_read])
async def last_change(tx: Tx) -> api.LastChange:
    return await changes.last(tx)


@router.post("/task-exports", status_code=201, dependencies=[_may_read])
async def note_export(body: api.ExportIn, tx: Tx, once: Once) -> api.Export:
    return await once(lambda: exports.note(tx, body))


@router.get("/unearned-pauses", dependencies=[_may_manage])
async def list_unearned_pauses(tx: Tx) -> api.UnearnedPauses:
    return await pauses.unearned(tx)


@router.get("/due-moments/next", dependencies=[allowed("ops.due")])
async def next_due(tx: Tx) -> DueMoment:
    return DueMoment(due_at=await ladder.next_due(tx))


@one.get("", dependencies=[_may_read])
async def get_task(task_id: str, tx: Tx) -> api.TaskView:
    return reads.view_of(tx, await reads.one(tx, task_id))


@one.post("/claim", dependencies=[_may_work])
async def claim(task_id: str, body: api.Versioned, tx: Tx, once: Once) -> api.TaskView:
    return await once(lambda: claims.claim(tx, task_id, body))


@one.post("/release", dependencies=[_may_work])
async def release(task_id: str, body: api.Versioned, tx: Tx, once: Once) -> api.TaskView:
    return await once(lambda: claims.release(tx, task_id, body))


@one.post("/hand-over", dependencies=[_may_work])
async def hand_over(task_id: str, body: api.HandOver, tx: Tx, once: Once) -> api.TaskView:
    return await once(lambda: claims.hand_over(tx, task_id, body))


@one.post("/snooze", dependencies=[_may_work])
async def snooze(task_id: str, body: api.Snooze, tx: Tx, once: Once) -> api.TaskView:
    return await once(lambda: claims.snooze(tx, task_id, body))


@one.post("/term", dependencies=[_may_manage])
async def set_term(task_id: str, body: api.NewTerm, tx: Tx, once: Once) -> api.TaskView:
    return await once(lambda: claims.set_term(tx, task_id, body))


@one.post("/undo", dependencies=[_may_work])
async def undo(task_id: str, body: api.Versioned, tx: Tx, once: Once) -> api.TaskView:
    return await once(lambda: undoing.undo(tx, task_id, body))


@one.post("/looks", dependencies=[_may_read])
async def look(task_id: str, tx: Tx) -> api.Lookers:
    return await looks.look(tx, task_id)


router.include_router(one)
