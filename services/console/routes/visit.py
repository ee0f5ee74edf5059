"""The door of every page: who is there, by the secret in their cookie."""

from typing import Annotated

from fastapi import Depends, Request, Response

from kit.auth import public
from kit.errors import Problem
from services.console.routes.problems import ENDED
from services.console.settings import ConsoleSettings
from services.console.usecases import visits
from services.console.usecases.sessions import Visit
from services.console.usecases.visits import Doors

by_session = Depends(public("the session in a cookie stands for a token"))
_ERRAND_SECONDS = 600
_KNOWN_SECONDS = 30 * 24 * 3600


async def _visit(request: Request) -> Visit:
    return await _entered(request, noted=True)


async def _watch(request: Request) -> Visit:
    return await _entered(request, noted=False)


async def _entered(request: Request, *, noted: bool) -> Visit:
    visit = await visits.enter(doors(request), secret(request), noted=noted)
    if visit is None:
        raise Problem(401, "Sua sessão terminou", ENDED, "Entre de novo para continuar.")
    request.state.visit = visit
    return visit


Visiting = Annotated[Visit, Depends(_visit)]
"""Somebody at the page."""
Watching = Annotated[Visit, Depends(_watch)]
"""The page itself, with or without somebody at it."""


def doors(request: Request) -> Doors:
    """What it takes to let somebody in."""
    opened: Doors = request.app.state.doors
    return opened


def secret(request: Request) -> str:
    """What the browser's cookie holds."""
    return request.cookies.get(session_name(_settings(request)), "")


def errand(request: Request) -> str | None:
    """The cookie of a browser on its way to the provider."""
    return request.cookies.get(_errand_name(_settings(request)))


def keep_session(request: Request, response: Response, value: str) -> None:
    """Until the browser is closed; the session itself ends before. That there was one is kept for
    longer: however it ended, the next sign-in is not to be the provider's memory alone."""
    _keep(request, response, session_name(_settings(request)), value)
    _keep(request, response, _known_name(_settings(request)), "sim", _KNOWN_SECONDS)


async def session_ended(request: Request) -> bool:
    """Whether somebody was in by this browser and is no more."""
    known = request.cookies.get(_known_name(_settings(request))) or secret(request)
    return bool(known) and not await visits.in_force(doors(request), secret(request))


def keep_errand(request: Request, response: Response, value: str) -> None:
    """For as long as a sign-in may take."""
    _keep(request, response, _errand_name(_settings(request)), value, _ERRAND_SECONDS)


def forget_errand(request: Request, response: Response) -> None:
    """It was run, well or badly."""
    _keep(request, response, _errand_name(_settings(request)), "", 0)


def forget_session(request: Request, response: Response) -> None:
    """The browser has nothing left to show."""
    _keep(request, response, session_name(_settings(request)), "", 0)


def session_name(settings: ConsoleSettings) -> str:
    """By https the name itself keeps other hosts of the domain from setting the cookie."""
    return "__Host-sessao" if settings.secure else "sessao"


def _errand_name(settings: ConsoleSettings) -> str:
    return "__Host-entrada" if settings.secure else "entrada"


def _known_name(settings: ConsoleSettings) -> str:
    return "__Host-entrou" if settings.secure else "entrou"


def _settings(request: Request) -> ConsoleSettings:
    settings: ConsoleSettings = request.app.state.settings
    return settings


def _keep(
    request: Request, response: Response, name: str, value: str, seconds: int | None = None
) -> None:
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path="/",
        secure=_settings(request).secure,
        httponly=True,
        samesite="lax",
    )
