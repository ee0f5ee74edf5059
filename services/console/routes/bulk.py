"""Acts on many tasks: chosen in the list, checked, confirmed, watched, called off."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from contracts.worklist.api import Counts, CountsWanted
from contracts.worklist.bulk import Found
from contracts.worklist.team import Colleagues
from kit.errors import NotFound, Problem
from services.console.queries import inbox, jobs
from services.console.queries.looking import Look, lane
from services.console.queries.panels import MANAGE
from services.console.routes.headers import same_origin
from services.console.routes.look import Id, Looking, Placed, Typed, Watched
from services.console.routes.pages import page
from services.console.routes.shown import ECHOED, told_to
from services.console.routes.visit import by_session
from services.console.rules import bulk as words
from services.console.rules.views import Place
from services.console.usecases import bulk

router = APIRouter(
    prefix="/tarefas/lotes",
    include_in_schema=False,
    dependencies=[by_session, Depends(same_origin)],
)
_ORDERS = {"iniciar": "start", "cancelar": "cancel"}
Itens = Annotated[str, Query(max_length=500)]
Resultado = Annotated[Found, Query()]


@router.get("/nova")
async def nothing_chosen(place: Placed) -> Response:
    return RedirectResponse(f"/tarefas?{place.query}", 303)


@router.post("/nova")
async def compose(request: Request, look: Looking, place: Placed, typed: Typed) -> Response:
    return await _composed(request, look, place, typed, None)


@router.post("")
async def ask(request: Request, look: Looking, place: Placed, typed: Typed) -> Response:
    wanted = bulk.chosen((await request.form()).multi_items())
    try:
        job = await bulk.ask(look, place, wanted, typed, request.app.state.formats)
    except Problem as problem:
        if problem.status not in ECHOED:
            raise
        return await _composed(request, look, place, typed, problem)
    return RedirectResponse(f"/tarefas/lotes/{job.job_id}?{place.query}", 303)


@router.get("/{job_id}")
async def one(
    request: Request,
    job_id: Id,
    look: Looking,
    place: Placed,
    itens: Itens = "",
    resultado: Resultado = "refused",
) -> Response:
    shown = await jobs.job(look, job_id, resultado, itens)
    return _shown(request, "bulk_job.html", shown, place)


@router.get("/{job_id}/andamento")
async def progress(
    request: Request, job_id: Id, look: Watched, place: Placed, resultado: Resultado = "refused"
) -> Response:
    """Asked by the page itself, which keeps no session alive by that."""
    return _shown(request, "_job_moved.html", await jobs.job(look, job_id, resultado, ""), place)


@router.get("/{job_id}/recusadas.csv")
async def failures(job_id: Id, look: Looking) -> Response:
    headers = {"Content-Disposition": 'attachment; filename="recusadas.csv"'}
    text = await jobs.failures(look, job_id)
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/{job_id}/{word}")
async def order(
    request: Request, job_id: Id, word: str, look: Looking, place: Placed, typed: Typed
) -> Response:
    if word not in _ORDERS:
        raise NotFound()
    await bulk.order(look, job_id, _ORDERS[word], typed)
    return RedirectResponse(f"/tarefas/lotes/{job_id}?{place.query}", 303)


def _shown(request: Request, template: str, shown: jobs.Job, place: Place) -> Response:
    told: dict[str, Any] = {"shown": shown, "place": place, "why": jobs.why, "key": str(uuid4())}
    act, moves = words.BY_CODE[shown.job.act], words.moves(shown.job.state)
    return page(request, template, act=act, moves=moves, states=words.STATES, **told)


async def _composed(
    request: Request,
    look: Look,
    place: Place,
    typed: Mapping[str, str],
    problem: Problem | None,
) -> Response:
    """What is to be done with what was chosen, with what was typed and why it was refused."""
    wanted = bulk.chosen((await request.form()).multi_items())
    if problem is None and wanted.nothing:
        problem = bulk.unmarked()
    people = await lane(look.worklist.get("/colleagues", Colleagues))
    parts = {
        "now": look.now,
        "place": place,
        "wanted": wanted,
        "count": await _count(look, place) if wanted.everything else None,
        "acts": words.offered(look.caller.may(MANAGE)),
        "colleagues": people.shown.items if people.shown else (),
        "typed": typed,
        "problem": problem,
        "key": str(uuid4()),
    }
    told = told_to(request, look, problem)
    return page(request, "bulk_new.html", problem.status if problem else 200, **parts, **told)


async def _count(look: Look, place: Place) -> object:
    wanted = CountsWanted(queries=(inbox.question(look, place),))
    return (await look.worklist.post("/task-counts", wanted, Counts)).items[0]
