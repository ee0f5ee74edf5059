"""In and out: sign-in by the provider, the session's end told beforehand, sign-out."""

import hmac
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from kit.auth import public
from kit.tenant_secrets import tenant_of
from services.console.gateways.provider import CALLBACK
from services.console.routes.headers import same_origin
from services.console.routes.pages import page
from services.console.routes.visit import (
    Visiting,
    by_session,
    doors,
    errand,
    forget_errand,
    forget_session,
    keep_errand,
    keep_session,
    secret,
    session_ended,
)
from services.console.rules import places
from services.console.usecases import sessions, sign_ins, visits

router = APIRouter(include_in_schema=False, dependencies=[Depends(same_origin)])
open_to_all = Depends(public("whoever comes in is not known yet"))
Told = Annotated[str, Query(max_length=4000)]


@router.get("/entrar", dependencies=[open_to_all])
async def sign_in(request: Request, de: Told = "") -> Response:
    home = doors(request).settings.console_url
    if request.headers.get("Host") != urlsplit(home).netloc:
        # The way back leads to the one origin: a cookie of another would not be there.
        return RedirectResponse(home + places.sign_in(de), 303)
    started = sign_ins.start(de)
    anew = await session_ended(request)
    url = await doors(request).provider.sign_in_url(started.asked, anew=anew)
    response = RedirectResponse(url, 303)
    keep_errand(request, response, started.cookie())
    return response


@router.get(CALLBACK, dependencies=[open_to_all])
async def came_back(
    request: Request, state: Told = "", code: Told = "", iss: Told = ""
) -> Response:
    run = sign_ins.read(errand(request))
    issuer = request.app.state.settings.oidc_issuer
    right = run is not None and hmac.compare_digest(run.asked.state.encode(), state.encode())
    if run is None or not right or not code or (iss and iss != issuer):
        raise sign_ins.refused()
    opened = await sign_ins.finish(doors(request), run, code)
    # Whatever session the browser came with is not gone on with.
    await visits.leave(doors(request), secret(request))
    response = RedirectResponse(run.back_to, 303)
    keep_session(request, response, opened)
    forget_errand(request, response)
    return response


@router.post("/sair", dependencies=[open_to_all])
async def sign_out(request: Request) -> Response:
    await visits.leave(doors(request), secret(request))
    response = RedirectResponse("/saiu", 303)
    forget_session(request, response)
    return response


@router.get("/saiu", dependencies=[open_to_all])
async def signed_out(request: Request) -> Response:
    return page(request, "signed_out.html")


@router.get("/sessao", dependencies=[by_session])
async def session_end(request: Request) -> Response:
    """Asked by the script, so that a session that another tab keeps alive raises no alarm."""
    opened = doors(request)
    async with opened.begin(tenant_of(secret(request))) as tx:
        ends_at = await sessions.look(tx, secret(request), opened.settings)
    return JSONResponse({"ends_at": int(ends_at.timestamp()) if ends_at else 0})


@router.post("/sessao", dependencies=[by_session])
async def stay(request: Request, visit: Visiting, de: Told = "") -> Response:
    """Somebody is still there."""
    if "application/json" in request.headers.get("Accept", ""):
        return JSONResponse({"ends_at": int(visit.ends_at.timestamp())})
    return RedirectResponse(places.within(de), 303)
