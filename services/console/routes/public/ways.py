"""What every page behind the door does alike: orders sent once, refusals told at their fields."""

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import Response
from fastapi.responses import RedirectResponse

from contracts.health_declaration import public
from contracts.registry.events import Channel
from kit.errors import Problem
from services.console.routes.public.visit import Visit

DECLARATION = "/public/declaration"
ONWARD = "/continuar"
ECHOED = {
    HTTPStatus.FORBIDDEN,
    HTTPStatus.CONFLICT,
    HTTPStatus.GONE,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
}
"""Answers after which the same page is shown again, with all that was typed."""
_KEYS = range(8, 201)
_CHANNELS: Mapping[str, Channel] = {"whatsapp": "whatsapp", "email": "email"}
NOTHING = public.CodeRequestIn()


def onward(path: str = ONWARD) -> Response:
    """Afterwards, somewhere else: going back or loading again sends nothing twice."""
    return RedirectResponse(path, HTTPStatus.SEE_OTHER)


def key(typed: Mapping[str, str]) -> str:
    """The key of the form that was sent; none where it is none."""
    given = typed.get("key", "")
    return given if len(given) in _KEYS and given.isascii() and given.isprintable() else ""


def by_field(problem: Problem) -> dict[str, str]:
    """What a service says of each field."""
    errors = problem.extra.get("errors")
    told = errors if isinstance(errors, list) else []
    return {str(one["field"]): str(one["reason"]) for one in told}


def channel(typed: Mapping[str, str]) -> Channel | None:
    """How somebody wants their code; None is the way they prefer."""
    return _CHANNELS.get(typed.get("canal", ""))


async def send_code(visit: Visit, path: str, typed: Mapping[str, str]) -> None:
    """Has a code sent; asked for twice within moments it is the same one."""
    body = public.CodeRequestIn(channel=channel(typed))
    await visit.form.post(path, body, public.Challenge)


async def form_of(visit: Visit) -> public.Form:
    """The declaration as it stands."""
    return await visit.form.get(DECLARATION, public.Form)
