"""The list of declarations: filters in the address, at once in the list, and as a file."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from services.console.queries import declarations as queries
from services.console.routes.headers import same_origin
from services.console.routes.look import Looking
from services.console.routes.pages import aims_at, page
from services.console.routes.visit import by_session
from services.console.rules import declarations as rules
from services.console.rules.formats import Formats
from services.console.rules.tables import MEDIA_TYPE

router = APIRouter(
    prefix=rules.PATH, include_in_schema=False, dependencies=[by_session, Depends(same_origin)]
)
CLINICAL, RESEND = "ds.clinical", "ds.link"


async def _wanted(request: Request, look: Looking) -> rules.Wanted:
    given: Mapping[str, str] = request.query_params
    return rules.wanted(given, clinical=look.caller.may(CLINICAL))


Wanted = Annotated[rules.Wanted, Depends(_wanted)]


def formats_of(request: Request) -> Formats:
    """How days are written here."""
    formats: Formats = request.app.state.formats
    return formats


@router.get("")
async def listed(request: Request, look: Looking, wanted: Wanted) -> Response:
    found = await queries.listing(look, wanted, formats_of(request).zone)
    template = "_declarations_listed.html" if aims_at(request, "list") else "declarations.html"
    status = found.trouble.status if found.trouble else 200
    return page(
        request,
        template,
        status,
        listing=found,
        wanted=wanted,
        declared=rules,
        columns=queries.COLUMNS,
        stages=rules.stages(clinical=look.caller.may(CLINICAL)),
        resends=look.caller.may(RESEND),
    )


@router.get("/lista.csv")
async def file(request: Request, look: Looking, wanted: Wanted) -> Response:
    content = await queries.exported(look, wanted, formats_of(request))
    headers = {"Content-Disposition": 'attachment; filename="declaracoes.csv"'}
    return Response(content, media_type=MEDIA_TYPE, headers=headers)
