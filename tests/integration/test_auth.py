"""The local issuer and the verifier meet over HTTP, as any OpenID Connect issuer would."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends, FastAPI
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from kit.auth import Caller, ServiceToken, Verifier, requires, route_access, routes_of
from kit.db import Begin
from kit.errors import install_errors
from services.sandbox.gateways.tokens import issuing, read_clients
from services.sandbox.models import plumbing
from services.sandbox.routes import issuer
from services.sandbox.settings import SandboxSettings
from tests.support.bench import bench, transactions_of
from tests.support.postgres import Postgres

URL = "http://idp/issuer"
GRANTED = {role: frozenset({"registry.read"}) for role in ("analyst", "process")}
Reads = Annotated[Caller, Depends(requires("registry.read"))]


@dataclass
class World:
    """An issuer, and an API that trusts it."""

    idp: httpx.AsyncClient
    api: httpx.AsyncClient
    issuer_app: FastAPI

    async def person(self, **change: Any) -> httpx.Response:
        body = {"tenant": 1, "sub": "ana", "name": "Ana Prado", "roles": ["analyst"]}
        return await self.idp.post("/issuer/people", json=body | change)

    async def call(self, token: str, **headers: str) -> httpx.Response:
        return await self.api.get("/who", headers={"Authorization": f"Bearer {token}", **headers})


def _issuer_app(key_file: Path, *, sandbox: bool = True) -> FastAPI:
    app = FastAPI()
    install_errors(app)
    app.state.settings = SandboxSettings(
        sandbox=sandbox,
        oidc_issuer=URL,
        issuer_key_file=str(key_file),
        issuer_clients='{"desk": "s:e/cret ç"}',
    )
    app.include_router(issuer.router)
    return app


def _api(verifier: Verifier) -> FastAPI:
    app = FastAPI()
    install_errors(app)
    app.state.verifier = verifier

    @app.get("/who")
    async def who(caller: Reads) -> dict[str, object]:
        return {"sub": caller.sub, "tenant": caller.tenant_id, "process": caller.is_process}

    return app


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "issuer.pem"
    path.write_bytes(RSAKey.generate_key(2048).as_pem(private=True))
    return path


@pytest.fixture(scope="module")
async def begin(postgres: Postgres) -> AsyncIterator[Begin]:
    """Transactions of the stand-in, which remembers whom it was told of."""
    made = await bench(postgres, "sandbox")
    given = {k.removeprefix("VINCULO_").lower(): v for k, v in made.environment.items()}
    async with transactions_of(SandboxSettings.model_validate(given), plumbing) as ready:
        yield ready


@pytest.fixture
async def world(key_file: Path, begin: Begin) -> AsyncIterator[World]:
    app = _issuer_app(key_file)
    app.state.begin = begin
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(issuing(app))

        async def client(app: FastAPI, base: str) -> httpx.AsyncClient:
            transport = httpx.ASGITransport(app)
            http = httpx.AsyncClient(transport=transport, base_url=base)
            return await stack.enter_async_context(http)

        idp = await client(app, "http://idp")
        verifier = Verifier(f"{URL}/jwks", URL, "vinculo", GRANTED, idp)
        yield World(idp, await client(_api(verifier), "http://api"), app)


async def test_a_person_of_the_issuer_enters(world: World) -> None:
    issued = (await world.person()).json()
    assert issued["expires_in"] == 30 * 24 * 3600
    answer = await world.call(issued["access_token"])
    assert answer.json() == {"sub": "ana", "tenant": 1, "process": False}


async def test_a_person_without_the_permission_does_not(world: World) -> None:
    token = (await world.person(roles=["interviewer"])).json()["access_token"]
    answer = await world.call(token)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    "change",
    [{"roles": ["process"]}, {"roles": ["king"]}, {"roles": []}, {"tenant": 0}, {"tenant": 2**31}],
)
async def test_the_issuer_names_no_process_and_no_stranger(
    world: World, change: dict[str, Any]
) -> None:
    assert (await world.person(**change)).status_code == 422


async def test_a_process_enters_with_its_secret_and_names_a_tenant(world: World) -> None:
    auth = ServiceToken(f"{URL}/token", "desk", "s:e/cret ç", world.idp)
    token = await auth.token()
    assert (await world.call(token)).status_code == 400
    assert (await world.call(token, **{"Vinculo-Tenant": "5"})).json() == {
        "sub": "desk",
        "tenant": 5,
        "process": True,
    }


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"client_id": "desk", "client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "nobody", "client_secret": "s:e/cret ç"}, 401, "invalid_client"),
        ({"client_id": "desk", "client_secret": "s:e/cret ç", "grant_type": "password"}, 400, None),
        ({}, 401, "invalid_client"),
    ],
)
async def test_a_client_that_proves_nothing_gets_nothing(
    world: World, form: dict[str, str], status: int, error: str | None
) -> None:
    form = {"grant_type": "client_credentials"} | form
    answer = await world.idp.post("/issuer/token", data=form)
    assert answer.status_code == status
    assert answer.json()["error"] == (error or "unsupported_grant_type")
    assert "access_token" not in answer.text


async def test_a_library_of_others_finds_the_key_by_discovery(world: World) -> None:
    found = (await world.idp.get("/issuer/.well-known/openid-configuration")).json()
    assert found["issuer"] == URL
    keys = KeySet.import_key_set((await world.idp.get(found["jwks_uri"])).json())
    assert not any(key.is_private for key in keys.keys)
    token = (await world.person()).json()["access_token"]
    assert jwt.decode(token, keys, algorithms=["RS256"]).claims["roles"] == ["analyst"]


async def test_tokens_outlive_a_restart_of_the_issuer(world: World, key_file: Path) -> None:
    token = (await world.person()).json()["access_token"]
    async with issuing(world.issuer_app):
        assert (await world.call(token)).status_code == 200


async def test_people_are_named_at_will_in_sandbox_mode_only(key_file: Path) -> None:
    app = _issuer_app(key_file, sandbox=False)
    transport = httpx.ASGITransport(app)
    async with (
        issuing(app),
        httpx.AsyncClient(transport=transport, base_url="http://idp") as idp,
    ):
        body = {"tenant": 1, "sub": "ana", "name": "Ana", "roles": ["analyst"]}
        assert (await idp.post("/issuer/people", json=body)).status_code == 404


def test_every_route_of_the_issuer_says_why_it_is_public(key_file: Path) -> None:
    access = [route_access(route) for route in routes_of(_issuer_app(key_file))]
    assert len(access) == 4
    assert all(reason and reason.startswith("public: ") for reason in access)


def test_clients_are_read_in_both_forms() -> None:
    expected = {"a": "x:y", "b": "z"}
    assert read_clients('{"a": "x:y", "b": "z"}') == expected
    assert read_clients("a:x:y, b:z") == expected
    assert read_clients("") == {}
