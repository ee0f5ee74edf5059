"""Colours, density and keys, as each browser likes them."""

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from kit.auth import public
from services.console.routes.headers import same_origin
from services.console.rules import places
from services.console.rules.preferences import CHOICES, chosen

router = APIRouter(include_in_schema=False, dependencies=[Depends(same_origin)])
_YEAR_SECONDS = 365 * 24 * 3600


@router.post("/preferencias", dependencies=[Depends(public("says nothing of anybody"))])
async def prefer(request: Request) -> Response:
    form = await request.form()
    response = RedirectResponse(places.within(str(form.get("de", ""))), 303)
    for name in CHOICES.keys() & form.keys():
        value = chosen(name, str(form[name]))
        response.set_cookie(
            name,
            value,
            max_age=_YEAR_SECONDS,
            secure=request.app.state.settings.secure,
            httponly=True,
            samesite="lax",
        )
    return response
