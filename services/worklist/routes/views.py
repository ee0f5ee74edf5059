"""Saved views."""

from fastapi import APIRouter

from contracts.worklist import api, team
from kit.app import Once, Tx, allowed
from kit.errors import problem_responses
from services.worklist.queries import views as reads
from services.worklist.usecases import views

router = APIRouter(tags=["views"])
_may_read = allowed("tasks.read")


@router.get("/task-views", dependencies=[_may_read])
async def list_views(tx: Tx) -> team.Views:
    return await reads.listed(tx)


@router.post("/task-views", status_code=201, dependencies=[_may_read])
async def create_view(body: team.ViewIn, tx: Tx, once: Once) -> team.View:
    return await once(lambda: views.create(tx, body))


@router.put("/task-views/{view_id}", dependencies=[_may_read])
async def change_view(view_id: str, body: team.ViewChange, tx: Tx) -> team.View:
    return await views.change(tx, view_id, body)


@router.put("/default-task-view", dependencies=[_may_read], responses=problem_responses(404))
async def begin_in(body: team.DefaultView, tx: Tx) -> team.Views:
    return await views.begin_in(tx, body)


@router.post("/task-views/{view_id}/removal", dependencies=[_may_read])
async def remove_view(view_id: str, body: api.Versioned, tx: Tx, once: Once) -> team.View:
    return await once(lambda: views.remove(tx, view_id, body.version))
