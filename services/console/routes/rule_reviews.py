"""The draft of a rule set before somebody who did not write it: read, tried, put in force."""

from http import HTTPStatus
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from kit.errors import NotFound, Problem
from services.console.queries import rule_sets
from services.console.queries.looking import Look, lane
from services.console.queries.rule_sets import PUBLISH, WRITE
from services.console.routes.headers import same_origin
from services.console.routes.look import Looking, Typed
from services.console.routes.pages import page
from services.console.routes.rules import Named
from services.console.routes.shown import ECHOED
from services.console.routes.visit import by_session
from services.console.rules.rule_faults import case_verdicts
from services.console.rules.rule_merge import compared
from services.console.rules.rule_sets import RuleTable
from services.console.usecases import rule_drafts

router = APIRouter(
    prefix="/regras/{slug}/revisao",
    include_in_schema=False,
    dependencies=[by_session, Depends(same_origin)],
)


@router.get("")
async def read(request: Request, table: Named, look: Looking) -> Response:
    return await _review(request, look, table)


@router.post("/simulacao")
async def simulate(request: Request, table: Named, look: Looking, typed: Typed) -> Response:
    shown = await rule_sets.opened(look, table)
    found = await lane(rule_drafts.simulate(look, shown))
    status = found.trouble.status if found.trouble else HTTPStatus.OK
    return await _review(request, look, table, status, simulation=found)


@router.post("/publicacao")
async def publish(request: Request, table: Named, look: Looking, typed: Typed) -> Response:
    shown = await rule_sets.opened(look, table)
    try:
        await rule_drafts.publish(look, shown, typed)
    except Problem as problem:
        if problem.status not in ECHOED:
            raise
        return await _review(request, look, table, problem.status, trouble=problem)
    return RedirectResponse(f"/regras/{table.slug}?publicada=1", 303)


async def _review(
    request: Request, look: Look, table: RuleTable, status: int = HTTPStatus.OK, **more: Any
) -> Response:
    shown = await rule_sets.opened(look, table)
    if shown.draft is None:
        detail = "Ele já foi publicado, ou ninguém o começou ainda."
        raise NotFound("Não há rascunho desta tabela", "no-draft", detail)
    sheet, verdict = shown.sheet(shown.draft), await rule_sets.verdict(look, shown)
    found = rule_sets.faults_of(table, sheet, verdict)
    told: dict[str, Any] = {"simulation": None, "trouble": None, "opened": shown} | {
        "draft": shown.draft,
        "sheet": sheet,
        "verdict": verdict,
        "faults": found,
        "cases": case_verdicts(sheet, found),
        "differences": compared(table, shown.sheet(shown.in_force), sheet),
        "may_write": look.caller.may(WRITE),
        "may_publish": look.caller.may(PUBLISH),
        "own": look.caller.sub in shown.draft.writers,
        "key": str(uuid4()),
    }
    return page(request, "rules_review.html", status, **(told | more))
