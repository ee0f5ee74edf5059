"""S2, the analysis of a declaration, and answers to people: decisions, drafts of them, files."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from mimetypes import guess_extension
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response

from kit.errors import NotFound, Problem
from kit.keyring import KeyDestroyed
from services.console.queries import panels
from services.console.queries.looking import Look
from services.console.routes.headers import same_origin
from services.console.routes.look import Id, Looking, Placed, Typed
from services.console.routes.pages import page
from services.console.routes.shown import ECHOED, Outcome, answered
from services.console.routes.visit import by_session
from services.console.rules.decisions import BY_SLUG, Decision, kept_of
from services.console.usecases import drafts
from services.console.usecases.deciding import decide

router = APIRouter(
    prefix="/tarefas/{task_id}",
    include_in_schema=False,
    dependencies=[by_session, Depends(same_origin)],
)


def _decision(slug: str) -> Decision:
    decision = BY_SLUG.get(slug)
    if decision is None:
        raise NotFound()
    return decision


@router.post("/decisoes/{slug}")
async def take(
    request: Request, task_id: Id, slug: str, look: Looking, place: Placed, typed: Typed
) -> Response:
    decision = _decision(slug)
    case_id, person_id = panels.about(await panels.task(look, task_id))
    try:
        await decide(look, case_id if decision.of == "declarations" else task_id, decision, typed)
    except Problem as problem:
        spot = drafts.Spot(task_id, person_id, slug)
        # Of somebody erased nothing is kept: the answer alone gives the text back.
        with suppress(KeyDestroyed):
            await _save(
                request, look, spot, kept_of(decision, typed), drafts.Sheet.of(typed, sent=True)
            )
        if problem.status not in ECHOED:
            raise
        outcome = Outcome(form=slug, problem=problem, typed=typed)
    else:
        await _forget(request, look, task_id, slug)
        outcome = Outcome(done=decision.done, form=slug)
    return await answered(request, look, place, task_id, outcome)


@router.post("/rascunhos/{slug}")
async def keep(request: Request, task_id: Id, slug: str, look: Looking, typed: Typed) -> Response:
    kept = kept_of(_decision(slug), typed)
    spot = drafts.Spot(task_id, await _person_of(request, look, task_id), slug)
    saved_at = await _save(request, look, spot, kept, drafts.Sheet.of(typed))
    return page(request, "_kept.html", saved_at=saved_at)


@router.post("/rascunhos/{slug}/descartar")
async def discard(
    request: Request, task_id: Id, slug: str, look: Looking, place: Placed, typed: Typed
) -> Response:
    await _forget(request, look, task_id, _decision(slug).slug)
    return await answered(request, look, place, task_id, Outcome(done="Rascunho descartado."))


@router.get("/arquivos/{document_id}")
async def file(task_id: Id, document_id: Id, look: Looking) -> Response:
    case_id, _ = panels.about(await panels.task(look, task_id))
    return await download(look, case_id, document_id)


async def download(look: Look, case_id: str, document_id: str) -> Response:
    """A file of a case, as one to be kept."""
    path = f"/declarations/{case_id}/documents/{document_id}"
    content, media_type = await look.health_declaration.content(path)
    # Never shown as a page of ours: what somebody sent could be a program.
    name = document_id + (guess_extension(media_type.partition(";")[0]) or "")
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return Response(content, media_type=media_type, headers=headers)


async def _person_of(request: Request, look: Look, task_id: str) -> str:
    """Of whom the text of a task speaks; the worklist is asked only before anything is kept."""
    async with request.app.state.begin(look.caller.tenant_id, look.caller) as tx:
        known = await drafts.person_of(tx, task_id)
    return known or panels.about(await panels.task(look, task_id))[1]


async def _save(
    request: Request,
    look: Look,
    spot: drafts.Spot,
    fields: Mapping[str, str],
    sheet: drafts.Sheet,
) -> datetime | None:
    async with request.app.state.begin(look.caller.tenant_id, look.caller) as tx:
        return await drafts.save(tx, spot, fields, sheet)


async def _forget(request: Request, look: Look, task_id: str, form: str | None = None) -> None:
    async with request.app.state.begin(look.caller.tenant_id, look.caller) as tx:
        await drafts.forget(tx, task_id, form)
