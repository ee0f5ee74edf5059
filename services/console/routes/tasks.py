"""S1, the inbox: the list, one task, and what is done with it besides deciding it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from contracts.base import Message
from contracts.worklist.api import Lookers
from kit.errors import NotFound, Problem
from services.console.queries import panels
from services.console.queries.looking import lane
from services.console.queries.rail import beginning
from services.console.routes.headers import same_origin
from services.console.routes.look import Id, Looking, Placed, Typed, Watched
from services.console.routes.pages import is_part, page
from services.console.routes.shown import ECHOED, Outcome, answered, listed, opened
from services.console.routes.visit import by_session
from services.console.usecases.acts import ACTS, carry_out

router = APIRouter(
    prefix="/tarefas", include_in_schema=False, dependencies=[by_session, Depends(same_origin)]
)


@router.get("")
async def inbox(request: Request, look: Looking, place: Placed) -> Response:
    if not request.url.query and not is_part(request):
        begun = await beginning(look)
        if begun is not None:
            return RedirectResponse(f"/tarefas?{begun.query}", 303)
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


@router.post("/{task_id}/presenca")
async def present(request: Request, task_id: Id, look: Watched) -> Response:
    """The screen tells every now and then that somebody has the task open, and hears who else."""
    found = await lane(look.worklist.post(f"/tasks/{task_id}/looks", Message(), Lookers))
    return page(request, "_present.html", others=found.shown.items if found.shown else ())


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
