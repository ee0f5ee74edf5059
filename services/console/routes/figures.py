"""The figures of the process, each with the way to the cases it counts."""

from collections.abc import Mapping
from datetime import timedelta

from fastapi import APIRouter, Depends, Request, Response

from contracts.health_declaration.figures import FEWEST, Figures
from services.console.queries.looking import lane
from services.console.routes.declarations import formats_of
from services.console.routes.headers import same_origin
from services.console.routes.look import Looking
from services.console.routes.pages import aims_at, page
from services.console.routes.visit import by_session
from services.console.rules import declarations as declared
from services.console.rules import figures as rules

router = APIRouter(include_in_schema=False, dependencies=[by_session, Depends(same_origin)])


@router.get(rules.ADDRESS)
async def figures(request: Request, look: Looking) -> Response:
    given: Mapping[str, str] = request.query_params
    of = rules.period(given)
    asked = of.asked(look.now, formats_of(request).zone)
    found = await lane(look.health_declaration.get("/declaration-figures", Figures, **asked))
    template = "_figures.html" if aims_at(request, "figures") else "figures.html"
    return page(
        request,
        template,
        found.trouble.status if found.trouble else 200,
        found=found,
        of=of,
        rules=rules,
        declared=declared,
        fewest=FEWEST,
        seconds=lambda count: timedelta(seconds=count),
    )
