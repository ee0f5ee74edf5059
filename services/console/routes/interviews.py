"""S4, one interview: its times for whoever keeps the agenda, the room for its doctor."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Request, Response

from contracts.base import Message
from contracts.health_declaration.cpt import CidsFound
from contracts.health_declaration.public import Room
from kit.errors import NotFound, Problem
from services.console.queries import interviews
from services.console.queries.looking import Lane, Look, lane
from services.console.routes.headers import same_origin
from services.console.routes.look import Id, Looking, Typed
from services.console.routes.needs import needs
from services.console.routes.pages import aims_at, page
from services.console.routes.shown import ECHOED, Outcome
from services.console.routes.visit import by_session
from services.console.rules import agenda
from services.console.rules import interviews as rules
from services.console.rules.agenda import SEEN_BY
from services.console.usecases import drafts
from services.console.usecases.interviewing import ACTS, carry_out

router = APIRouter(
    prefix="/entrevistas/{interview_id}",
    include_in_schema=False,
    dependencies=[by_session, Depends(same_origin), needs(*SEEN_BY)],
)
_MOST_OF_A_SEARCH = 100


@dataclass(frozen=True)
class More:
    """What is shown of one answer only: the video room, diseases that were found."""

    room: Lane[Room] | None = None
    cids: Lane[CidsFound] | None = None
    wanted: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)


@router.get("")
async def one(request: Request, interview_id: Id, look: Looking) -> Response:
    return await _shown(request, look, interview_id, Outcome())


@router.post("/sala")
async def room(request: Request, interview_id: Id, look: Looking) -> Response:
    """The doctor goes in: the provider is asked for the room when the hour has come."""
    path = f"/interviews/{interview_id}/room"
    found = await lane(look.health_declaration.post(path, Message(), Room))
    return await _shown(request, look, interview_id, Outcome(), More(room=found))


@router.post("/rascunho")
async def keep(request: Request, interview_id: Id, look: Looking, typed: Typed) -> Response:
    saved_at = await _save(request, look, interview_id, typed)
    return page(request, "_kept.html", saved_at=saved_at)


@router.post("/rascunho/descartar")
async def discard(request: Request, interview_id: Id, look: Looking) -> Response:
    await _forget(request, look, interview_id)
    return await _shown(request, look, interview_id, Outcome(done="Rascunho descartado."))


@router.post("/cids")
async def find(request: Request, interview_id: Id, look: Looking, typed: Typed) -> Response:
    """Looks for a disease, or puts one that was found where it belongs; the text stays."""
    now = dict(typed)
    if typed.get("use"):
        now = rules.with_cid(typed, typed["use"], typed.get("question", ""))
    await _save(request, look, interview_id, now)
    wanted = typed.get("find", "").strip()[:_MOST_OF_A_SEARCH]
    asked = look.health_declaration.get("/cids", CidsFound, text=wanted)
    found = await lane(asked) if len(wanted) > 1 else Lane(shown=CidsFound(items=(), more=False))
    more = More(cids=found, wanted=wanted, typed=now)
    return await _shown(request, look, interview_id, Outcome(), more)


@router.post("/{act}")
async def act_on(
    request: Request, interview_id: Id, act: str, look: Looking, typed: Typed
) -> Response:
    if act not in ACTS:
        raise NotFound()
    try:
        await carry_out(look, interview_id, act, typed)
    except Problem as problem:
        if act == "concluir":
            await lane(_save(request, look, interview_id, typed, sent=True))
        if problem.status not in ECHOED:
            raise
        outcome = Outcome(form=act, problem=problem, typed=typed)
        return await _shown(request, look, interview_id, outcome)
    if act == "concluir":
        await _forget(request, look, interview_id)
    return await _shown(request, look, interview_id, Outcome(done=ACTS[act].done, form=act))


async def _shown(
    request: Request, look: Look, interview_id: str, outcome: Outcome, more: More | None = None
) -> Response:
    try:
        seen = await interviews.opened(look, interview_id)
    except Problem as problem:
        if not outcome.typed or problem.status != HTTPStatus.FORBIDDEN:
            raise
        # It went to another doctor, or to nobody, while this one wrote: the text is given back.
        return page(request, "interview_gone.html", problem.status, outcome=outcome, lost=problem)
    kept = await _kept(request, look, interview_id) if seen.mine else None
    parts = _parts(seen, outcome, more or More(), kept)
    part = "_result.html" if aims_at(request, "result") and seen.writes else "interview.html"
    return page(request, part, outcome.status, **parts)


def _parts(
    seen: interviews.Opened, outcome: Outcome, more: More, kept: drafts.Kept | None
) -> dict[str, Any]:
    problem = outcome.problem
    errors = problem.extra.get("errors") if problem else None
    case = seen.case.shown if seen.case else None
    declared = case.clinical.declared if case and case.clinical else ()
    return {
        "seen": seen,
        "line": seen.line,
        "outcome": outcome,
        "more": more,
        "told": rules.refused(problem.title, problem.code, seen.line.status) if problem else "",
        "errors": rules.by_field(errors if isinstance(errors, list) else []),
        "kept": kept,
        "typed": _typed(seen, outcome, more, kept),
        "declared": declared,
        "script": rules.script((one.question_id, one.text) for one in declared),
        "state": agenda.chip(agenda.state_of(seen.line.status, seen.line.starts_at, seen.now)),
        "rules": rules,
        "keys": {act: str(uuid4()) for act in ACTS},
    }


def _typed(
    seen: interviews.Opened, outcome: Outcome, more: More, kept: drafts.Kept | None
) -> Mapping[str, str]:
    """What stands in the form: just sent, else kept, else what was told to the service before."""
    sent = outcome.typed if outcome.form == "concluir" else more.typed
    if sent:
        return sent
    if kept is not None:
        return kept.fields
    return {"text": seen.held.result or ""} if seen.held else {}


async def _kept(request: Request, look: Look, interview_id: str) -> drafts.Kept | None:
    async with request.app.state.begin(look.caller.tenant_id, look.caller) as tx:
        return (await drafts.of_task(tx, interview_id)).get(rules.FORM)


async def _save(
    request: Request,
    look: Look,
    interview_id: str,
    typed: Mapping[str, str],
    *,
    sent: bool = False,
) -> Any:
    """Kept sealed with the key of whom it speaks of; the service is asked who that is."""
    async with request.app.state.begin(look.caller.tenant_id, look.caller) as tx:
        known = await drafts.person_of(tx, interview_id)
    person_id = known or (await interviews.line(look, interview_id)).person_id
    spot = drafts.Spot(interview_id, person_id, rules.FORM)
    async with request.app.state.begin(look.caller.tenant_id, look.caller) as tx:
        sheet = drafts.Sheet.of(typed, sent=sent)
        return await drafts.save(tx, spot, rules.kept_of(typed), sheet)


async def _forget(request: Request, look: Look, interview_id: str) -> None:
    async with request.app.state.begin(look.caller.tenant_id, look.caller) as tx:
        await drafts.forget(tx, interview_id)
