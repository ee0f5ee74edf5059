"""S13b: choosing a time, giving it up for another, the video room and whether it is recorded."""

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request, Response

from contracts.health_declaration import public
from kit.errors import Problem, Refused
from services.console.routes.public.screens import screen
from services.console.routes.public.visit import Typed, Visit, Visiting, by_phone, from_here
from services.console.routes.public.ways import ECHOED, NOTHING, key, onward
from services.console.rules.interviews import is_web

router = APIRouter(include_in_schema=False, dependencies=[from_here, by_phone])
PAGE = "/entrevista"
_ROOM = "/public/interview/room"
_UNCHOSEN = "Escolha um dos horários."


@router.get(PAGE)
async def interview(request: Request, visit: Visiting) -> Response:
    return await _shown(request, visit, HTTPStatus.OK)


@router.post(PAGE)
async def choose(request: Request, visit: Visiting, typed: Typed) -> Response:
    if not typed.get("horario"):
        return await _shown(request, visit, 422, wrong={"horario": _UNCHOSEN}, typed=typed)
    body = public.SlotChoice(slot_id=typed["horario"], in_person=typed.get("presencial") == "sim")
    try:
        await visit.form.post("/public/interview", body, public.Booking, key(typed))
    except Problem as problem:
        return await _again(request, visit, problem, typed=typed)
    return onward(PAGE)


@router.post(PAGE + "/remarcar")
async def reschedule(request: Request, visit: Visiting, typed: Typed) -> Response:
    path = "/public/interview/reschedule"
    try:
        await visit.form.post(path, NOTHING, public.SlotOffer, key(typed))
    except Problem as problem:
        return await _again(request, visit, problem)
    return onward(PAGE)


@router.post(PAGE + "/sala")
async def open_room(request: Request, visit: Visiting) -> Response:
    """The room is made when it is asked for, never by looking at the page."""
    try:
        await visit.form.post(_ROOM, NOTHING, public.Room)
    except Problem as problem:
        return await _again(request, visit, problem)
    return onward(PAGE)


@router.post(PAGE + "/gravacao")
async def consent_recording(request: Request, visit: Visiting, typed: Typed) -> Response:
    if typed.get("gravar") not in ("sim", "nao"):
        raise Refused(code="validation-failed")
    body = public.RecordingConsentIn(agrees=typed["gravar"] == "sim")
    try:
        await visit.form.post("/public/interview/recording-consent", body, public.Room)
    except Problem as problem:
        return await _again(request, visit, problem)
    return onward(PAGE)


async def _again(request: Request, visit: Visit, problem: Problem, **told: Any) -> Response:
    """The page as it stands now: other times where one was taken."""
    if problem.status not in ECHOED:
        raise problem
    return await _shown(request, visit, problem.status, problem=problem, **told)


async def _shown(request: Request, visit: Visit, status: int, **told: Any) -> Response:
    room = await _room(visit)
    slots = None if room else await _slots(visit)
    now = request.app.state.resources.clock.now(visit.tenant)
    told |= {"room": room, "slots": slots, "now": now, "is_web": is_web}
    return screen(request, "interview.html", status, **told)


async def _room(visit: Visit) -> public.Room | None:
    """The room of a booked interview; None where none is booked."""
    try:
        return await visit.form.get(_ROOM, public.Room)
    except Problem as problem:
        if problem.status in (HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND):
            return None
        raise


async def _slots(visit: Visit) -> public.SlotOffer | None:
    """The times to choose from; None where no interview is asked for."""
    try:
        return await visit.form.get("/public/slots", public.SlotOffer)
    except Problem as problem:
        if problem.status == HTTPStatus.NOT_FOUND:
            return None
        raise
