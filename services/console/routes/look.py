"""What the pages of the inbox are given: where one stands, who looks, what was typed."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Path, Query, Request

from kit.errors import Problem
from services.console.gateways.upstream import Apis
from services.console.queries.looking import Look
from services.console.routes.problems import MOST_FIELDS
from services.console.routes.visit import Visiting, Watching
from services.console.rules.views import Place, read
from services.console.usecases.sessions import Visit

Word = Annotated[str, Query(max_length=500)]
Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$")]
"""Ids go into addresses of other services: none may lead out of where it stands."""


async def _place(request: Request) -> Place:
    return read(request.query_params.multi_items())


Placed = Annotated[Place, Depends(_place)]


async def _look(request: Request, visit: Visiting) -> Look:
    return _of(request, visit)


async def _watched(request: Request, visit: Watching) -> Look:
    return _of(request, visit)


def _of(request: Request, visit: Visit) -> Look:
    apis: Apis = request.app.state.apis
    clock = request.app.state.resources.clock
    return Look(
        caller=visit.caller,
        worklist=apis.worklist.of(visit.token),
        health_declaration=apis.health_declaration.of(visit.token),
        registry=apis.registry.of(visit.token),
        contact=apis.contact.of(visit.token),
        desk=apis.desk.of(visit.token),
        now=clock.now(visit.caller.tenant_id).astimezone(request.app.state.formats.zone),
    )


Looking = Annotated[Look, Depends(_look)]
Watched = Annotated[Look, Depends(_watched)]


async def _typed(request: Request, visit: Visiting) -> Mapping[str, str]:
    """What stands in the form that was sent, once it is certain who filled it in.

    A page outlives a session: whoever signed in since must not sign what another wrote.
    """
    form = await request.form(max_fields=MOST_FIELDS)
    typed = {name: value for name, value in form.items() if isinstance(value, str)}
    if typed.get("by", visit.caller.sub) != visit.caller.sub:
        raise _of_another(visit)
    return typed


Typed = Annotated[Mapping[str, str], Depends(_typed)]


def _of_another(visit: Visit) -> Problem:
    detail = f"Quem está conectado agora é {visit.caller.name}. Recarregue a página."
    # Neither a conflict nor lost: what stands in the page stays there.
    return Problem(
        HTTPStatus.PRECONDITION_FAILED,
        "Esta página foi aberta por outra pessoa",
        "another-person",
        detail,
    )
