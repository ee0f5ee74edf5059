"""Pages that need nobody's data: the beginning, the keys, back from a second sign-in."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from services.console.routes.pages import page
from services.console.routes.visit import Visiting, by_session
from services.console.rules.rooms import first

router = APIRouter(include_in_schema=False)


@router.get("/", dependencies=[by_session])
async def home(visit: Visiting) -> Response:
    return RedirectResponse(first(visit.caller.may), 303)


@router.get("/atalhos", dependencies=[by_session])
async def keys(request: Request, visit: Visiting) -> Response:
    return page(request, "keys.html")


@router.get("/de-volta", dependencies=[by_session])
async def signed_in_again(request: Request, visit: Visiting) -> Response:
    return page(request, "signed_in_again.html")
