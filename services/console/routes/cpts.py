"""S5, CPTs: what each restricts and until when, its term, how the ERP has it."""

from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Request, Response

from contracts.base import Message
from contracts.health_declaration.cpt import ErpPending
from kit.errors import Problem
from services.console.queries import cpts
from services.console.queries.looking import Look
from services.console.routes.headers import same_origin
from services.console.routes.look import Id, Looking, Typed, Word
from services.console.routes.pages import aims_at, page
from services.console.routes.shown import ECHOED, Outcome
from services.console.routes.visit import by_session
from services.console.rules import cpts as rules
from services.console.rules.conflicts import Known, Refusal, explained
from services.console.rules.decisions import BY_SLUG, by_field
from services.console.usecases.deciding import decide

router = APIRouter(
    prefix="/cpts", include_in_schema=False, dependencies=[by_session, Depends(same_origin)]
)
LIFT, REPORT = "levantar-cpt", "relatos"


@router.get("")
async def listed(
    request: Request, look: Looking, pessoa: Word = "", situacao: Word = "", erp: Word = ""
) -> Response:
    cursor = request.query_params.get("cursor", "")[:500]
    found = await cpts.listing(look, rules.Place(pessoa, situacao, erp, cursor))
    template = "_cpts.html" if aims_at(request, "cpts") else "cpts.html"
    parts = {"listing": found, "place": found.place, "rules": rules, "today": _today(request, look)}
    return page(request, template, found.status, **parts)


@router.get("/{cpt_id}")
async def one(request: Request, cpt_id: Id, look: Looking) -> Response:
    return await _shown(request, look, cpt_id, Outcome())


@router.get("/{cpt_id}/termo")
async def term(cpt_id: Id, look: Looking) -> Response:
    """The sealed PDF as it was signed; handed over, never shown as a page of ours."""
    cpt = await cpts.one(look, cpt_id)
    path = f"/declarations/{cpt.declaration_id}/term.pdf"
    content, media_type = await look.health_declaration.content(path)
    headers = {
        "Content-Disposition": f'attachment; filename="termo-cpt-{cpt_id[:8]}.pdf"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return Response(content, media_type=media_type, headers=headers)


@router.post("/{cpt_id}/relatos")
async def report(request: Request, cpt_id: Id, look: Looking, typed: Typed) -> Response:
    """The ERP is told again, as a new revision."""
    try:
        await look.health_declaration.post(
            f"/cpts/{cpt_id}/reports", Message(), ErpPending, typed.get("key", "")
        )
    except Problem as problem:
        if problem.status not in ECHOED:
            raise
        return await _shown(request, look, cpt_id, Outcome(form=REPORT, problem=problem))
    done = "Informada de novo ao ERP: a resposta aparece aqui."
    return await _shown(request, look, cpt_id, Outcome(done=done))


@router.post("/{cpt_id}/levantar")
async def lift(request: Request, cpt_id: Id, look: Looking, typed: Typed) -> Response:
    """Ends the CPTs of a case whose enrolment, as corrected, declares nothing."""
    cpt = await cpts.one(look, cpt_id)
    try:
        await decide(look, cpt.declaration_id, BY_SLUG[LIFT], typed)
    except Problem as problem:
        if problem.status not in ECHOED:
            raise
        outcome = Outcome(form=LIFT, problem=problem, typed=typed)
        return await _shown(request, look, cpt_id, outcome)
    return await _shown(request, look, cpt_id, Outcome(done=BY_SLUG[LIFT].done))


async def _shown(request: Request, look: Look, cpt_id: str, outcome: Outcome) -> Response:
    seen = await cpts.opened(look, cpt_id)
    parts = _parts(request, look, seen, outcome)
    return page(request, "cpt.html", outcome.status, **parts)


def _parts(request: Request, look: Look, seen: cpts.Opened, outcome: Outcome) -> dict[str, Any]:
    problem, told = outcome.problem, ""
    errors = problem.extra.get("errors") if problem else None
    if problem:
        known = Known(look.caller.sub, {}, request.app.state.formats)
        told = explained(Refusal(problem.title, problem.code, problem.detail, problem.extra), known)
    return {
        "seen": seen,
        "cpt": seen.cpt,
        "rules": rules,
        "outcome": outcome,
        "told": told,
        "errors": by_field(BY_SLUG[LIFT], errors if isinstance(errors, list) else []),
        "decision": BY_SLUG[LIFT],
        "today": _today(request, look),
        "key": str(uuid4()),
    }


def _today(request: Request, look: Look) -> Any:
    """The local day: in the evening it is not the day of UTC."""
    return look.now.astimezone(request.app.state.formats.zone).date()
