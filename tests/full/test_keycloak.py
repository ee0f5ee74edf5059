"""Keycloak, started for real: who signs in, what tokens say, and that its keys may change."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import pytest
from joserfc.jws import extract_compact

from contracts.permissions import ROLES
from deploy.identity import Keycloak, login
from deploy.local.stack import describe
from kit.tokens import Claims, InvalidToken, Verifier
from tests.support.page import page

ENTRANCE = "/entrar?de=/tarefas"
PATIENCE_SECONDS = 40


@asynccontextmanager
async def browser() -> AsyncIterator[httpx.AsyncClient]:
    """Keeps secure cookies on this machine without https, as browsers do."""
    async with httpx.AsyncClient(timeout=60) as http:

        async def keep(_answer: httpx.Response) -> None:
            for cookie in http.cookies.jar:
                cookie.secure = False

        http.event_hooks = {"response": [keep]}
        yield http


@asynccontextmanager
async def verifier(told: dict[str, Any]) -> AsyncIterator[Verifier]:
    """What every service checks tokens with."""
    oidc = told["oidc"]
    opened = Verifier(oidc["jwks"], oidc["issuer"], oidc["audience"], ROLES)
    try:
        yield opened
    finally:
        await opened.aclose()


def person_of(told: dict[str, Any], role: str, tenant: int = 1) -> dict[str, Any]:
    found: dict[str, Any] = next(
        one for one in told["people"] if (one["role"], one["tenant"]) == (role, tenant)
    )
    return found


async def case_asked(told: dict[str, Any], token: str, **headers: str) -> int:
    """How the declaration service answers who asks for a case that nobody has."""
    url = f"{told['services']['health_declaration']['url']}/declarations/{uuid4()}"
    bearer = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(timeout=60) as http:
        return (await http.get(url, headers=bearer | headers)).status_code


async def until(done: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await done():
            continue


async def test_a_person_signs_in_at_keycloak_by_code_and_pkce_and_works_at_the_console(
    told: dict[str, Any],
) -> None:
    person = person_of(told, "analyst")
    console = told["services"]["console"]["url"]
    async with browser() as http:
        door = (await http.get(console + ENTRANCE)).headers["Location"]
        asked = parse_qs(urlsplit(door).query)
        assert (asked["response_type"], asked["code_challenge_method"]) == (["code"], ["S256"])
        back = await signed_in(http, door, login(person), told["oidc"]["keycloak"]["password"])
        assert back.startswith(f"{console}/entrar/volta?")
        arrived = await http.get(back)
        assert (arrived.status_code, arrived.headers["Location"]) == (303, "/tarefas")
        desk = await http.get(f"{console}/tarefas")
        assert desk.status_code == 200
        assert person["name"] in desk.text


async def signed_in(http: httpx.AsyncClient, door: str, username: str, password: str) -> str:
    """Fills in Keycloak's own page; where it sends the browser then."""
    shown = page(await http.get(door))
    assert shown.status == 200, shown.text
    form = next(one for one in shown.tree.iter("form") if one.get("action"))
    sent = await http.post(
        form.get("action", ""), data={"username": username, "password": password}
    )
    return sent.headers.get("Location", "")


async def test_a_wrong_password_and_a_code_without_pkce_lead_nowhere(
    told: dict[str, Any],
) -> None:
    person = person_of(told, "desk")
    console = told["services"]["console"]["url"]
    async with browser() as http:
        door = (await http.get(console + ENTRANCE)).headers["Location"]
        assert await signed_in(http, door, login(person), "errada-errada-errada") == ""
        bare = door.replace("code_challenge", "unknown")
        refused = parse_qs(urlsplit((await http.get(bare)).headers["Location"]).query)
        assert refused["error"] == ["invalid_request"]
        assert "code" not in refused


@pytest.mark.parametrize("role", sorted(ROLES.keys() - {"process"}))
async def test_roles_and_tenant_come_from_the_token(
    told: dict[str, Any], realm: Keycloak, role: str
) -> None:
    async with verifier(told) as checked:
        for tenant in (1, 2):
            person = person_of(told, role, tenant)
            claims = await checked.verify(await realm.token_of(person))
            assert (claims.sub, claims.name, claims.tenant, claims.roles) == (
                person["sub"],
                person["name"],
                tenant,
                frozenset({role}),
            )


async def test_services_let_in_by_role_whom_keycloak_vouches_for(told: dict[str, Any]) -> None:
    assert await case_asked(told, person_of(told, "analyst")["token"]) == 404
    assert await case_asked(told, person_of(told, "rule_owner")["token"]) == 403


async def test_nobody_changes_their_own_operator(told: dict[str, Any], realm: Keycloak) -> None:
    profile = (await realm.administer("GET", "/users/profile")).json()
    editors = {one["name"]: one["permissions"]["edit"] for one in profile["attributes"]}
    assert editors["tenant"] == editors["subject"] == ["admin"]


async def test_processes_get_tokens_of_their_own_by_client_credentials(
    told: dict[str, Any], realm: Keycloak
) -> None:
    async with verifier(told) as checked:
        for name in told["oidc"]["clients"]:
            claims = await checked.verify(await realm.process_token(name))
            assert (claims.sub, claims.tenant, claims.roles) == (name, 0, frozenset({"process"}))
        process = await realm.process_token("workflows")
    assert await case_asked(told, process, **{"Vinculo-Tenant": "1"}) == 403


async def test_the_stand_in_issuer_signs_for_nobody_here(told: dict[str, Any]) -> None:
    body = {"tenant": 1, "sub": "x", "name": "X", "roles": ["analyst"]}
    async with httpx.AsyncClient(timeout=60) as http:
        url = f"{told['services']['sandbox']['url']}/issuer/people"
        token = (await http.post(url, json=body)).json()["access_token"]
    assert await case_asked(told, token) == 401
    async with verifier(told) as checked:
        with pytest.raises(InvalidToken):
            await checked.verify(token)


def key_of(token: str) -> str:
    return str(extract_compact(token.encode()).headers()["kid"])


async def test_a_new_key_is_accepted_at_once_and_tokens_of_the_old_one_live_on(
    told: dict[str, Any], realm: Keycloak
) -> None:
    person = person_of(told, "analyst")
    before, pids = await realm.token_of(person), describe()["pids"]
    assert await case_asked(told, before) == 404
    async with new_key(realm):
        after = await realm.token_of(person)
        assert key_of(after) != key_of(before)

        async def accepted() -> bool:
            return await case_asked(told, after) == 404

        await until(accepted)
        assert await case_asked(told, before) == 404
        async with verifier(told) as checked:
            both: list[Claims] = [await checked.verify(token) for token in (before, after)]
        assert both[0].sub == both[1].sub
    assert describe()["pids"] == pids


@asynccontextmanager
async def new_key(realm: Keycloak) -> AsyncIterator[None]:
    """Signs with a fresh key before all others, as whoever rotates the realm's keys has it."""
    parent = (await realm.administer("GET", "")).json()["id"]
    component = {
        "name": f"rsa-{uuid4()}",
        "providerId": "rsa-generated",
        "providerType": "org.keycloak.keys.KeyProvider",
        "parentId": parent,
        "config": {"priority": ["1000"], "algorithm": ["RS256"], "keySize": ["2048"]},
    }
    made = await realm.administer("POST", "/components", component)
    try:
        yield
    finally:
        await realm.administer("DELETE", f"/components/{made.headers['Location'].split('/')[-1]}")
