"""S1, the inbox: the list, one task, and what is done with it besides deciding it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from kit.errors import NotFound, Problem
from services.console.queries import panels
from services.console.routes.headers import same_origin
from services.console.routes.look import Id, Looking, Placed, Typed
from services.console.routes.shown import ECHOED, Outcome, answered, listed, opened
from services.console.routes.visit import by_session
from services.console.usecases.acts import ACTS, carry_out

router = APIRouter(
    prefix="/tarefas", include_in_schema=False, dependencies=[by_session, Depends(same_origin)]
)


@router.get("")
async def inbox(request: Request, look: Looking, place: Placed) -> Response:
    return await listed(request, look, place)


@router.get("/{task_id}")
async def one(
    request: Request,
    task_id: Id,
    look: Looking,
    place: Placed,
    ver: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    task = await panels.task(look, task_id)
    return await opened(request, look, place, task, read=ver == "caso")


@router.post("/{task_id}/{act}")
async def act_on(
    request: Request, task_id: Id, act: str, look: Looking, place: Placed, typed: Typed
) -> Response:
    order = ACTS.get(act)
    if order is None:
        raise NotFound()
    try:
        await carry_out(look, task_id, order, typed, request.app.state.formats)
        outcome = Outcome(done=order.done)
    except Problem as problem:
        if problem.status not in ECHOED:
            raise
        outcome = Outcome(form=act, problem=problem, typed=typed)
    return await answered(request, look, place, task_id, outcome)
