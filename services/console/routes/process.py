"""S20, the process of a case: where it stands, on whom it waits, what operators order of it."""

from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from contracts.base import Message
from contracts.health_declaration.desk import LinkIssue
from kit.errors import NotFound, Problem
from services.console.queries import process as queries
from services.console.queries.looking import Look
from services.console.routes.decisions import download
from services.console.routes.declarations import RESEND
from services.console.routes.headers import same_origin
from services.console.routes.look import Id, Looking, Typed
from services.console.routes.outcomes import Told, echoed
from services.console.routes.pages import aims_at, page
from services.console.routes.visit import by_session
from services.console.rules import declarations as declared
from services.console.rules import process as rules
from services.console.usecases.ordering import order

router = APIRouter(
    prefix=declared.PATH, include_in_schema=False, dependencies=[by_session, Depends(same_origin)]
)
CaseId = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$")]


@router.get("/{declaration_id}")
async def one(
    request: Request,
    declaration_id: CaseId,
    look: Looking,
    ver: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    return await _shown(request, look, declaration_id, ver, Told())


@router.post("/{declaration_id}/link")
async def resend(request: Request, declaration_id: CaseId, look: Looking, typed: Typed) -> Response:
    try:
        path = f"/declarations/{declaration_id}/link"
        key = typed.get("key", "")
        told = await look.health_declaration.post(path, Message(), LinkIssue, key)
        until = request.app.state.formats.deadline(told.expires_at)
        outcome = Told(done=f"Link reenviado. Abre até {until}.")
    except Problem as problem:
        outcome = echoed(problem, "link", typed)
    return await _shown(request, look, declaration_id, "", outcome)


@router.get("/{declaration_id}/arquivos/{document_id}")
async def file(declaration_id: CaseId, document_id: Id, look: Looking) -> Response:
    return await download(look, declaration_id, document_id)


@router.post("/{declaration_id}/{slug}")
async def act_on(
    request: Request, declaration_id: CaseId, slug: str, look: Looking, typed: Typed
) -> Response:
    act = rules.ACTS.get(slug)
    if act is None:
        raise NotFound()
    try:
        await order(look, declaration_id, act, typed)
        outcome = Told(done=act.done)
    except Problem as problem:
        outcome = echoed(problem, slug, typed)
    return await _shown(request, look, declaration_id, "", outcome)


async def _shown(
    request: Request, look: Look, declaration_id: str, reading: str, outcome: Told
) -> Response:
    shown = await queries.shown(look, declaration_id, reading)
    process = shown.process.shown if shown.process else None
    acts = rules.offered(process) if process and look.caller.may(queries.ORDERS) else ()
    told: dict[str, Any] = {
        "shown": shown,
        "acts": acts,
        "rules": rules,
        "declared": declared,
        "outcome": outcome,
        "resends": look.caller.may(RESEND),
        "restrictions": look.caller.may(queries.RESTRICTIONS),
        "key": str(uuid4()),
        "now": look.now,
    }
    template = "_process.html" if aims_at(request, "process") else "process.html"
    return page(request, template, _status(shown, outcome), **told)


def _status(shown: queries.Shown, outcome: Told) -> int:
    """A case that is nowhere is not found; a silent service takes its part only."""
    parts = [part for part in (shown.course, shown.process) if part is not None]
    if all(part.trouble and part.trouble.status == 404 for part in parts):
        raise NotFound("Declaração não encontrada", "declaration-not-found")
    return outcome.status
