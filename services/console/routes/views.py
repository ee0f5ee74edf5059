"""Saved views of the inbox: kept from what the list shows, changed, shared, removed."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from contracts.worklist.team import View
from kit.errors import Problem
from services.console.queries.looking import Look
from services.console.routes.headers import same_origin
from services.console.routes.look import Id, Looking, Placed, Typed
from services.console.routes.pages import page
from services.console.routes.shown import ECHOED, told_to
from services.console.routes.visit import by_session
from services.console.rules.asked import place_of
from services.console.rules.views import Place
from services.console.usecases import viewing

router = APIRouter(
    prefix="/tarefas/visoes",
    include_in_schema=False,
    dependencies=[by_session, Depends(same_origin)],
)


@router.get("/nova")
async def new(request: Request, look: Looking, place: Placed) -> Response:
    return _form(request, look, place, None, {})


@router.post("")
async def create(request: Request, look: Looking, place: Placed, typed: Typed) -> Response:
    try:
        made = await viewing.create(look, place.first, typed)
    except Problem as problem:
        return _refused(request, look, place, None, typed, problem)
    return _to(look, made)


@router.get("/{view_id}")
async def one(request: Request, view_id: Id, look: Looking, place: Placed) -> Response:
    view, begins = await viewing.one(look, view_id)
    return _form(request, look, place, view, {"begin": viewing.YES} if begins else {})


@router.post("/{view_id}")
async def change(
    request: Request, view_id: Id, look: Looking, place: Placed, typed: Typed
) -> Response:
    view, _ = await viewing.one(look, view_id)
    try:
        changed = await viewing.change(look, view_id, place.first, typed)
    except Problem as problem:
        return _refused(request, look, place, view, typed, problem)
    return _to(look, changed)


@router.post("/{view_id}/apagar")
async def remove(
    request: Request, view_id: Id, look: Looking, place: Placed, typed: Typed
) -> Response:
    view, begins = await viewing.one(look, view_id)
    try:
        await viewing.remove(look, view_id, typed)
    except Problem as problem:
        unchanged = {"begin": viewing.YES} if begins else {}
        return _refused(request, look, place, view, {**unchanged, **typed}, problem)
    return RedirectResponse(f"/tarefas?{place.unsaved.query}", 303)


def _to(look: Look, view: View) -> Response:
    return RedirectResponse(f"/tarefas?{place_of(view, look.now.tzinfo).query}", 303)


def _refused(
    request: Request,
    look: Look,
    place: Place,
    view: View | None,
    typed: Mapping[str, str],
    problem: Problem,
) -> Response:
    """The same form with what was typed, above it why; what is no answer goes its own way."""
    if problem.status not in ECHOED:
        raise problem
    return _form(request, look, place, view, typed, problem)


def _form(
    request: Request,
    look: Look,
    place: Place,
    view: View | None,
    typed: Mapping[str, str],
    problem: Problem | None = None,
) -> Response:
    told: dict[str, Any] = told_to(request, look, problem)
    parts = {"place": place, "view": view, "typed": typed, "problem": problem, "key": str(uuid4())}
    return page(request, "view.html", problem.status if problem else 200, **parts, **told)
