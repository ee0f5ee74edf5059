"""Orders about saved views: written from a form, asked of the worklist."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from contracts.base import Message
from contracts.worklist import api
from contracts.worklist.team import DefaultView, View, ViewChange, ViewIn, Views
from kit.errors import NotFound, Refused
from kit.reasons import field_errors
from services.console.queries.inbox import question
from services.console.queries.looking import Look
from services.console.rules.views import Place

YES = "sim"


async def one(look: Look, view_id: str) -> tuple[View, bool]:
    """A view that the reader may use, and whether they begin in it."""
    told = await look.worklist.get("/task-views", Views)
    for view in told.items:
        if view.view_id == view_id:
            return view, told.default_id == view_id
    raise NotFound("Visão não encontrada", "view-not-found", "Alguém a apagou, ou não é da equipe.")


async def create(look: Look, place: Place, typed: Mapping[str, str]) -> View:
    """A view of what the list shows now."""
    shown = {"query": question(look, place), "columns": place.columns}
    body = _checked(ViewIn, _named(typed) | shown)
    made = await look.worklist.post("/task-views", body, View, typed.get("key", ""))
    if typed.get("begin") == YES:
        await begin_in(look, made.view_id)
    return made


async def change(look: Look, view_id: str, place: Place, typed: Mapping[str, str]) -> View:
    """Its name, who shares it and where one begins; its filters where that is wanted."""
    view, begins = await one(look, view_id)
    shown: dict[str, Any] = {"query": view.query, "columns": view.columns}
    if typed.get("filters") == YES:
        shown = {"query": question(look, place), "columns": place.columns}
    body = _checked(ViewChange, _named(typed) | shown | {"version": typed.get("version")})
    changed = await look.worklist.put(f"/task-views/{view_id}", body, View)
    if begins != (typed.get("begin") == YES):
        await begin_in(look, None if begins else view_id)
    return changed


async def remove(look: Look, view_id: str, typed: Mapping[str, str]) -> View:
    """Gone for whoever shared it, too: so it is asked for twice."""
    if typed.get("sure") != YES:
        told = [{"field": "sure", "reason": "Confirme que quer apagar."}]
        raise Refused(code="validation-failed", errors=told)
    seen = _checked(api.Versioned, {"version": typed.get("version")})
    path = f"/task-views/{view_id}/removal"
    return await look.worklist.post(path, seen, View, typed.get("key", ""))


async def begin_in(look: Look, view_id: str | None) -> None:
    """Where the inbox opens from now on."""
    await look.worklist.put("/default-task-view", DefaultView(view_id=view_id), Views)


def _named(typed: Mapping[str, str]) -> dict[str, Any]:
    return {"title": typed.get("title", "").strip(), "team": typed.get("team") or None}


def _checked[Body: Message](kind: type[Body], given: Mapping[str, Any]) -> Body:
    try:
        return kind.model_validate(given)
    except ValidationError as invalid:
        raise Refused(code="validation-failed", errors=field_errors(invalid.errors())) from None
