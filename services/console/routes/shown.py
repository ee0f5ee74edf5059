"""The inbox put together: the whole page for who comes by a link, its parts for the script."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from fastapi import Request, Response

from contracts.worklist.api import TaskView
from contracts.worklist.team import Colleagues
from kit.errors import Problem
from services.console.queries import inbox, panels
from services.console.queries.inbox import Listing
from services.console.queries.looking import Look, lane
from services.console.queries.panels import Panel
from services.console.queries.rail import rail
from services.console.routes.pages import aims_at, is_part, page
from services.console.rules.conflicts import Known, Refusal, explained
from services.console.rules.decisions import BY_SLUG, Decision, by_field
from services.console.rules.views import Place
from services.console.usecases import drafts

ECHOED = {
    HTTPStatus.FORBIDDEN,
    HTTPStatus.CONFLICT,
    HTTPStatus.GONE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
}
"""Answers to an order after which its form stays open, with all that was typed."""
_WORDLESS = {"assumir", "devolver", "desfazer"}
_OWN = {"adiar", "repassar", "prazo"}
"""Forms that stand open to whoever has the task, or runs the place."""


@dataclass(frozen=True)
class Outcome:
    """What came of an order: words for it, or the problem and what was typed."""

    done: str = ""
    form: str = ""
    problem: Problem | None = None
    typed: Mapping[str, str] = field(default_factory=dict)

    @property
    def status(self) -> int:
        """As HTTP tells it."""
        return self.problem.status if self.problem else HTTPStatus.OK

    def homeless(self, shown: Panel) -> bool:
        """Whether what was typed has no form any more to stand in, and must be given back apart."""
        if self.problem is None or self.form in _WORDLESS:
            return False
        forms = {decision.slug for decision in shown.decisions}
        return self.form not in forms | (_OWN if shown.at_hand else set())


async def listed(request: Request, look: Look, place: Place) -> Response:
    """The list; the whole inbox where the page is not there yet."""
    parts = await _beside(look, place) | {"place": place, "panel": None}
    template = "_listed.html" if aims_at(request, "list") else "inbox.html"
    return page(request, template, _status(parts["listing"]), **parts)


async def opened(
    request: Request, look: Look, place: Place, task: TaskView, *, read: bool = False
) -> Response:
    """One task; with the list beside it where the page is not there yet."""
    shown = await panels.panel(look, task, read=read)
    parts = await _panel_parts(request, look, shown, Outcome()) | {"place": place}
    if aims_at(request, "panel"):
        return page(request, "_panel.html", **parts)
    return await _whole(request, look, parts, HTTPStatus.OK)


async def answered(
    request: Request, look: Look, place: Place, task_id: str, outcome: Outcome
) -> Response:
    """After an order: the task as it stands, its line, the counts, and what came of it."""
    task = await panels.task(look, task_id)
    shown = await panels.panel(look, task, read=False)
    parts = await _panel_parts(request, look, shown, outcome) | {"place": place}
    if not is_part(request):
        return await _whole(request, look, parts, outcome.status)
    return page(request, "_answered.html", outcome.status, **parts, rail=await rail(look))


async def _whole(request: Request, look: Look, parts: dict[str, Any], status: int) -> Response:
    beside = await _beside(look, parts["place"])
    return page(request, "inbox.html", status, **(parts | beside))


async def _beside(look: Look, place: Place) -> dict[str, Any]:
    """The list, the rail, and who may be asked for; each may be missing alone."""
    found, told, people = await asyncio.gather(
        inbox.listing(look, place),
        rail(look),
        lane(look.worklist.get("/colleagues", Colleagues)),
    )
    colleagues = people.shown.items if people.shown else ()
    return {"listing": found, "rail": told, "colleagues": colleagues, "now": look.now}


async def _panel_parts(
    request: Request, look: Look, shown: Panel, outcome: Outcome
) -> dict[str, Any]:
    kept = await _drafts(request, look, shown)
    problem = outcome.problem
    errors = problem.extra.get("errors") if problem else None
    return {
        "panel": shown,
        "outcome": outcome,
        "told": _explained(request, look, shown, problem) if problem else "",
        "errors": _errors(outcome.form, errors if isinstance(errors, list) else []),
        "drafts": kept,
        "key": str(uuid4()),
        "now": look.now,
    }


async def _drafts(request: Request, look: Look, shown: Panel) -> dict[str, drafts.Kept]:
    if not shown.decisions:
        return {}
    async with request.app.state.begin(look.caller.tenant_id, look.caller) as tx:
        return await drafts.of_task(tx, shown.task.task_id)


def _errors(form: str, errors: list[Mapping[str, Any]]) -> dict[str, str]:
    decision: Decision | None = BY_SLUG.get(form)
    if decision is not None:
        return by_field(decision, errors)
    return {str(error["field"]): str(error["reason"]) for error in errors}


def _explained(request: Request, look: Look, shown: Panel, problem: Problem) -> str:
    known = Known(look.caller.sub, shown.names(), request.app.state.formats)
    return explained(Refusal(problem.title, problem.code, problem.detail, problem.extra), known)


def told_to(request: Request, look: Look, problem: Problem | None) -> dict[str, Any]:
    """Why an order was refused, in a sentence and field by field; nothing where it was not."""
    if problem is None:
        return {"told": "", "errors": {}}
    known = Known(look.caller.sub, {}, request.app.state.formats)
    errors = problem.extra.get("errors")
    return {
        "told": explained(
            Refusal(problem.title, problem.code, problem.detail, problem.extra), known
        ),
        "errors": _errors("", errors if isinstance(errors, list) else []),
    }


def _status(found: Listing) -> int:
    return found.trouble.status if found.trouble else HTTPStatus.OK
