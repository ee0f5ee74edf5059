"""Pages that need nobody's data: the beginning, the keys, back from a second sign-in."""

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from kit.auth import public
from services.console.routes.pages import page
from services.console.routes.visit import Visiting, by_session
from services.console.rules.places import HOME

router = APIRouter(include_in_schema=False)


@router.get("/", dependencies=[Depends(public("leads on to the tasks"))])
async def home() -> Response:
    return RedirectResponse(HOME, 303)


@router.get("/atalhos", dependencies=[by_session])
async def keys(request: Request, visit: Visiting) -> Response:
    return page(request, "keys.html")


@router.get("/de-volta", dependencies=[by_session])
async def signed_in_again(request: Request, visit: Visiting) -> Response:
    return page(request, "signed_in_again.html")
