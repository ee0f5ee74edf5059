"""Route × role × tenant × owner: the routes tell themselves, the verdicts are written by hand."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI

from contracts.permissions import ROLES
from deploy import openapi
from deploy.local.processes import Process
from kit.auth import requires
from kit.errors import install_errors
from kit.tokens import Verifier
from tests.security.matrix import (
    Route,
    as_process,
    knocked,
    requests_of,
    routes,
    sent,
    unjudged,
)
from tests.security.operators import MARK, Operators
from tests.support.api import AUDIENCE, ISSUER, Issuer
from tests.support.console import CONSOLE_URL

SERVED = openapi.served()
KNOWN = ("registry", "health_declaration", "contact", "worklist")
DOOR = '"code":"forbidden"'
by_process = pytest.mark.parametrize("process", SERVED, ids=openapi.short_name)


@by_process
def test_every_route_has_a_verdict_and_every_verdict_a_route(process: Process) -> None:
    assert unjudged(openapi.short_name(process), openapi.app_of(process)) == []


@by_process
async def test_each_role_comes_in_where_it_was_written_down_and_nowhere_else(
    process: Process,
) -> None:
    """At the door alone: nothing stands behind it, so whoever is let in gets some other failure."""
    name, app, issuer = openapi.short_name(process), openapi.app_of(process), Issuer()
    app.state.verifier = Verifier(f"{ISSUER}/keys", ISSUER, AUDIENCE, ROLES, issuer.http())
    wrong: list[str] = []
    async with _client(app) as http:
        for route in routes(name, app):
            # Of the console's pages, which look the session up, strangers are tried below.
            if route.roles or name != "console":
                wrong += [one async for one in _wrong(http, route, issuer)]
    assert wrong == []


async def test_a_stranger_gets_behind_no_page_of_the_console(operators: Operators) -> None:
    """Their orders come from the console's own origin: it is the session that they lack."""
    app, here = operators.world.console.app, {"Origin": CONSOLE_URL}
    browser = operators.world.stranger()
    doors = [one for one in routes("console", app) if one.stranger is not None]
    got = {one.label: await knocked(browser.http, one, here) for one in doors}
    assert got == {one.label: one.stranger for one in doors}


async def _wrong(http: httpx.AsyncClient, route: Route, issuer: Issuer) -> AsyncIterator[str]:
    nobody = await knocked(http, route, {})
    if route.stranger is not None:
        if route.stranger not in (nobody, "stand-in"):
            yield f"{route.label}: a stranger gets {nobody}"
        return
    if nobody != 401:
        yield f"{route.label}: a stranger gets {nobody}"
    for role in ROLES:
        tenant = 0 if role == "process" else 7
        headers = {"Authorization": f"Bearer {issuer.token(tenant, [role])}"}
        status = await knocked(http, route, as_process(headers, 7))
        if (status not in (401, 403)) != (role in route.roles):
            yield f"{route.label}: {role} gets {status}"


@pytest.mark.parametrize("service", KNOWN)
async def test_whoever_is_of_another_operator_gets_nothing_of_ours(
    operators: Operators, service: str
) -> None:
    """Valid requests by a role that is let in, naming what exists with us, or asking for lists."""
    served, wrong = operators.served[service], []
    cases = await asyncio.to_thread(requests_of, service, served.app, operators.ids[service])
    for route in routes(service, served.app):
        if route.roles:
            role = route.roles[0]
            tenant = 0 if role == "process" else operators.theirs
            token = served.issuer.token(tenant, [role], "mallory")
            headers = as_process({"Authorization": f"Bearer {token}"}, operators.theirs)
            answers = [await sent(served.http, one, headers) for one in cases[route.label]]
            wrong += list(_told(route, answers))
    assert wrong == []


def _told(route: Route, answers: list[httpx.Response]) -> Iterator[str]:
    statuses = {one.status_code for one in answers}
    if any(MARK in one.text for one in answers):
        yield f"{route.label}: tells of ours"
    # Other refusals at 403 are of whoever was let in: two pairs of eyes, another's own.
    shut = [one for one in answers if one.status_code in (401, 403) and DOOR in one.text]
    if shut or not answers:
        yield f"{route.label}: was not let in {statuses}"
    if (
        route.verdict
        and route.verdict["another"] == 404
        and (404 not in statuses or any(status < 300 for status in statuses))
    ):
        yield f"{route.label}: {statuses} instead of 404"


def test_planted_fault_a_new_route_without_a_verdict_is_told() -> None:
    app, router = FastAPI(), APIRouter()

    @router.get("/people/{person_id}/diagnoses", dependencies=[Depends(requires("registry.read"))])
    async def new(person_id: str) -> None: ...

    app.include_router(router)
    told = unjudged("registry", app)
    assert "GET /people/{person_id}/diagnoses has no verdict" in told
    assert "GET /people/{person_id} is no route" in told


async def test_planted_fault_a_route_open_to_another_role_is_told() -> None:
    app, router, issuer = FastAPI(), APIRouter(), Issuer()
    install_errors(app)
    app.state.verifier = Verifier(f"{ISSUER}/keys", ISSUER, AUDIENCE, ROLES, issuer.http())

    @router.get("/people/{person_id}/export", dependencies=[Depends(requires("registry.read"))])
    async def wider(person_id: str) -> None: ...

    app.include_router(router)
    async with _client(app) as http:
        told = [one async for one in _wrong(http, routes("registry", app)[0], issuer)]
    assert "GET /people/{person_id}/export: desk gets 200" in told


def test_planted_fault_an_answer_that_tells_of_ours_is_told() -> None:
    route = Route("registry", "GET", "/people/{person_id}", {"roles": ["desk"], "another": 404})
    leak = httpx.Response(200, json={"full_name": MARK}, request=httpx.Request("GET", "http://s"))
    assert len(list(_told(route, [leak]))) == 2


def _client(app: FastAPI) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://service.test")
