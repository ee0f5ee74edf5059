"""S3, the agenda of interviews: a week of times, who waits for one, and times given in a row."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Request, Response

from kit.errors import Problem
from services.console.queries import agenda
from services.console.queries.looking import Look
from services.console.routes.headers import same_origin
from services.console.routes.look import Looking, Typed, Word
from services.console.routes.needs import needs
from services.console.routes.pages import aims_at, page
from services.console.routes.shown import ECHOED
from services.console.routes.visit import by_session
from services.console.rules import agenda as rules
from services.console.rules.agenda import SEEN_BY
from services.console.rules.formats import Formats
from services.console.rules.interviews import by_field
from services.console.usecases.interviewing import give

router = APIRouter(
    prefix="/entrevistas",
    include_in_schema=False,
    dependencies=[by_session, Depends(same_origin), needs(*SEEN_BY)],
)
_TIME = "slot."


async def _place(
    request: Request, look: Looking, semana: Word = "", medico: Word = ""
) -> rules.Place:
    today = look.now.astimezone(_formats(request).zone).date()
    return rules.place_of(semana, medico.strip(), today)


Placed = Annotated[rules.Place, Depends(_place)]


def _formats(request: Request) -> Formats:
    formats: Formats = request.app.state.formats
    return formats


@router.get("")
async def week(request: Request, look: Looking, place: Placed) -> Response:
    board = await agenda.board(look, place, _formats(request).zone)
    template = "_agenda_part.html" if aims_at(request, "agenda") else "agenda.html"
    return page(request, template, board.status, **_parts(board, look))


@router.get("/horarios")
async def asked(request: Request, look: Looking, place: Placed) -> Response:
    """The form in which times are given."""
    usual = {"start": "08:00", "end": "12:00", "minutes": "30", "doctor": place.doctor}
    return page(request, "slots.html", **_form(place, look, usual))


@router.post("/horarios")
async def given(request: Request, look: Looking, place: Placed, typed: Typed) -> Response:
    """First the list of times is shown, then what was left in it is sent."""
    zone = _formats(request).zone
    times, wrong = rules.times(typed, zone)
    if wrong:
        told = _form(place, look, typed) | {"wrong": wrong}
        return page(request, "slots.html", HTTPStatus.UNPROCESSABLE_ENTITY, **told)
    if typed.get("step") != "give":
        return page(request, "slots.html", **_form(place, look, typed) | {"times": times})
    chosen = [moment for moment in times if typed.get(_TIME + moment.isoformat())]
    if not chosen:
        told = {"wrong": {"": "Deixe marcado ao menos um horário."}, "times": times}
        form = _form(place, look, typed)
        return page(request, "slots.html", HTTPStatus.UNPROCESSABLE_ENTITY, **form | told)
    return await _sent(request, look, place, typed, chosen)


async def _sent(
    request: Request,
    look: Look,
    place: rules.Place,
    typed: Mapping[str, str],
    chosen: list[datetime],
) -> Response:
    doctor, minutes = typed["doctor"].strip(), int(typed["minutes"])
    try:
        made = await give(look, doctor, minutes, chosen, typed.get("key", ""))
    except Problem as problem:
        if problem.status not in ECHOED:
            raise
        errors = problem.extra.get("errors")
        wrong = by_field(errors if isinstance(errors, list) else [])
        told = _form(place, look, typed) | {"wrong": wrong, "problem": problem, "times": chosen}
        return page(request, "slots.html", problem.status, **told)
    zone = _formats(request).zone
    there = rules.place_of(chosen[0].date().isoformat(), place.doctor, chosen[0].date())
    board = await agenda.board(look, there, zone)
    parts = _parts(board, look) | {"given": len(made.items)}
    return page(request, "agenda.html", **parts)


def _parts(board: agenda.Board, look: Look) -> dict[str, Any]:
    today = {"today": look.now, "given": 0, "keeps": look.caller.may(agenda.KEEP)}
    return {"board": board, "place": board.place, "agenda": rules, **today}


def _form(place: rules.Place, look: Look, typed: Mapping[str, str]) -> dict[str, Any]:
    return {
        "place": place,
        "typed": typed,
        "wrong": {},
        "problem": None,
        "times": [],
        "key": str(uuid4()),
        "keeps": look.caller.may(agenda.KEEP),
    }
