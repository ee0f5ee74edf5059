"""Finding somebody: what is looked for goes in a body, for addresses are kept everywhere."""

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError

from contracts.registry.api import PeopleSearch, PersonPage
from contracts.values import is_cpf
from services.console.routes.headers import same_origin
from services.console.routes.look import Looking, Typed
from services.console.routes.needs import needs
from services.console.routes.pages import page
from services.console.routes.visit import by_session

router = APIRouter(include_in_schema=False, dependencies=[by_session, Depends(same_origin)])
_MOST = 50


@router.get("/pessoas", dependencies=[needs("registry.read")])
async def begin(request: Request) -> Response:
    return page(request, "search.html", wanted="", people=None, begins=True)


@router.post("/busca")
async def search(request: Request, look: Looking, typed: Typed) -> Response:
    wanted = typed.get("wanted", "").strip()
    asked = _asked(wanted)
    if asked is None:
        return page(request, "search.html", 422, wanted=wanted, people=None)
    found = await look.registry.post("/people/search", asked, PersonPage)
    return page(request, "search.html", wanted=wanted, people=found)


def _asked(wanted: str) -> PeopleSearch | None:
    """A CPF where it is one, else a name; None of what is too short to look for."""
    kind = "cpf" if is_cpf(wanted) else "name"
    try:
        return PeopleSearch.model_validate({kind: wanted, "limit": _MOST})
    except ValidationError:
        return None
