"""Tokens are believed only from the issuer, for us, in their time, by two algorithms."""

import base64
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends, FastAPI
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from kit.auth import Caller, ServiceToken, Verifier, public, requires, route_access, routes_of
from kit.errors import install_errors
from kit.tokens import InvalidToken

ISSUER, AUDIENCE = "https://issuer.test", "vinculo"
ROLES = {
    "analyst": frozenset({"case:read"}),
    "clerk": frozenset({"letter:send"}),
    "process": frozenset({"case:read"}),
}
Reads = Annotated[Caller, Depends(requires("case:read"))]
Sends = Annotated[Caller, Depends(requires("letter:send"))]


@dataclass
class Issuer:
    """A stand-in that publishes keys and counts how often it is asked."""

    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    published: list[dict[str, Any]] = field(default_factory=list)
    asked: int = 0
    down: bool = False

    def __post_init__(self) -> None:
        self.published = [dict(self.key.as_dict(private=False))]

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        if self.down:
            raise httpx.ConnectError("down", request=request)
        return httpx.Response(200, json={"keys": self.published})

    def token(self, key: Any = None, header: dict[str, Any] | None = None, **claims: Any) -> str:
        key = key or self.key
        header = header or {"alg": "RS256", "kid": key.kid}
        now = int(time.time())
        known = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "u-1",
            "name": "Ana",
            "tenant": 7,
            "roles": ["analyst"],
            "iat": now,
            "exp": now + 300,
        }
        return jwt.encode(header, known | claims, key, algorithms=[header["alg"]])


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
async def verifier(issuer: Issuer) -> AsyncIterator[Verifier]:
    http = httpx.AsyncClient(transport=httpx.MockTransport(issuer.answer))
    verifier = Verifier("https://issuer.test/jwks", ISSUER, AUDIENCE, ROLES, http)
    yield verifier
    await verifier.aclose()


async def test_a_good_token_tells_who_calls(issuer: Issuer, verifier: Verifier) -> None:
    claims = await verifier.verify(issuer.token())
    assert (claims.sub, claims.name, claims.tenant) == ("u-1", "Ana", 7)
    assert claims.roles == {"analyst"}


async def test_es256_is_accepted_too(issuer: Issuer, verifier: Verifier) -> None:
    key = ECKey.generate_key("P-256", {"kid": "two"})
    issuer.published.append(dict(key.as_dict(private=False)))
    token = issuer.token(key, {"alg": "ES256", "kid": "two"})
    assert (await verifier.verify(token)).sub == "u-1"


@pytest.mark.parametrize(
    "change",
    [
        {"aud": "another"},
        {"iss": "https://elsewhere.test"},
        {"exp": int(time.time()) - 3600},
        {"nbf": int(time.time()) + 30 * 86_400},
        {"tenant": "7"},
        {"tenant": True},
        {"tenant": -1},
        {"tenant": 0},
        {"roles": ["process"]},
        {"roles": "analyst"},
        {"sub": None},
    ],
)
async def test_a_token_that_says_something_else_is_refused(
    issuer: Issuer, verifier: Verifier, change: dict[str, Any]
) -> None:
    with pytest.raises(InvalidToken):
        await verifier.verify(issuer.token(**change))


def _segment(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _without_signature(token: str) -> str:
    return f"{_segment({'alg': 'none', 'kid': 'one'})}.{token.split('.')[1]}."


def _other_payload(token: str) -> str:
    head, body, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    return f"{head}.{_segment(claims | {'roles': ['clerk']})}.{signature}"


@pytest.mark.parametrize(
    "forge",
    [
        _without_signature,
        _other_payload,
        lambda token: "",
        lambda token: "a.b.c",
        lambda token: token + "." + token,
        lambda token: "é" * 30,
        lambda token: token + "A" * 9000,
    ],
)
async def test_a_forged_token_is_refused(
    issuer: Issuer, verifier: Verifier, forge: Callable[[str], str]
) -> None:
    with pytest.raises(InvalidToken):
        await verifier.verify(forge(issuer.token()))


async def test_the_public_key_is_no_secret_to_sign_with(issuer: Issuer, verifier: Verifier) -> None:
    head = _segment({"alg": "HS256", "kid": "one"})
    signed = f"{head}.{issuer.token().split('.')[1]}"
    mac = hmac.digest(issuer.key.as_pem(private=False), signed.encode(), "sha256")
    with pytest.raises(InvalidToken):
        await verifier.verify(f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}")


async def test_another_key_of_the_same_id_is_refused(issuer: Issuer, verifier: Verifier) -> None:
    stranger = RSAKey.generate_key(2048, {"kid": "one"})
    with pytest.raises(InvalidToken):
        await verifier.verify(issuer.token(stranger))


async def test_unknown_key_ids_do_not_make_us_ask_the_issuer_each_time(
    issuer: Issuer, verifier: Verifier
) -> None:
    stranger = RSAKey.generate_key(2048, {"kid": "nobody's"})
    for _ in range(20):
        with pytest.raises(InvalidToken):
            await verifier.verify(issuer.token(stranger, sub=str(_)))
    assert issuer.asked == 1


async def test_encryption_keys_and_weak_keys_are_not_trusted(
    issuer: Issuer, verifier: Verifier
) -> None:
    issuer.published[0]["use"] = "enc"
    with pytest.raises(InvalidToken):
        await verifier.verify(issuer.token())


@pytest.fixture
def app(verifier: Verifier) -> FastAPI:
    app = FastAPI()
    install_errors(app)
    app.state.verifier = verifier

    @app.get("/case")
    async def case(caller: Reads) -> dict[str, object]:
        return {"tenant": caller.tenant_id, "process": caller.is_process}

    @app.get("/letter")
    async def letter(caller: Sends) -> None: ...

    @app.get("/open", dependencies=[Depends(public("carries a token of its own"))])
    async def open_() -> None: ...

    @app.get("/forgotten")
    async def forgotten() -> None: ...

    return app


async def _get(app: FastAPI, path: str, token: str | None = None, **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(app)
    if token:
        headers["Authorization"] = f"Bearer {token}"
    async with httpx.AsyncClient(transport=transport, base_url="http://app") as http:
        return await http.get(path, headers=headers)


async def test_no_token_is_401_with_a_challenge(app: FastAPI) -> None:
    answer = await _get(app, "/case")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_a_missing_permission_is_403_and_told(app: FastAPI, issuer: Issuer) -> None:
    told: list[tuple[str, str]] = []

    async def on_denied(request: object, caller: Caller, permission: str) -> None:
        told.append((caller.sub, permission))

    app.state.on_denied = on_denied
    answer = await _get(app, "/letter", issuer.token())
    assert answer.status_code == 403
    assert told == [("u-1", "letter:send")]


@pytest.mark.parametrize(
    ("tenant", "status"),
    [("12", 200), ("0", 400), ("-1", 400), ("x", 400), ("99999999999999", 400), ("", 400)],
)
async def test_a_process_names_its_tenant(
    app: FastAPI, issuer: Issuer, tenant: str, status: int
) -> None:
    token = issuer.token(tenant=0, roles=["process"])
    answer = await _get(app, "/case", token, **{"Vinculo-Tenant": tenant})
    assert answer.status_code == status
    if status == 200:
        assert answer.json() == {"tenant": 12, "process": True}


async def test_a_person_cannot_name_another_tenant(app: FastAPI, issuer: Issuer) -> None:
    answer = await _get(app, "/case", issuer.token(), **{"Vinculo-Tenant": "12"})
    assert answer.json()["tenant"] == 7


async def test_a_silent_issuer_is_503_not_401(app: FastAPI, issuer: Issuer) -> None:
    issuer.down = True
    answer = await _get(app, "/case", issuer.token())
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]


def test_each_route_tells_who_may_call_it(app: FastAPI) -> None:
    access = {route.path: route_access(route) for route in routes_of(app)}
    assert access == {
        "/case": "case:read",
        "/letter": "letter:send",
        "/open": "public: carries a token of its own",
        "/forgotten": None,
    }


async def test_a_service_token_is_kept_and_renewed_when_refused() -> None:
    given: list[str] = []

    def issue(request: httpx.Request) -> httpx.Response:
        assert request.headers["Authorization"].startswith("Basic ")
        given.append(f"t{len(given)}")
        return httpx.Response(200, json={"access_token": given[-1], "expires_in": 3600})

    def serve(request: httpx.Request) -> httpx.Response:
        good = request.headers["Authorization"] != "Bearer t0" or request.url.path == "/old"
        return httpx.Response(200 if good else 401)

    token_http = httpx.AsyncClient(transport=httpx.MockTransport(issue))
    auth = ServiceToken("https://issuer.test/token", "desk", "s:e/cret", token_http)
    async with httpx.AsyncClient(
        transport=httpx.MockTransport(serve), auth=auth, base_url="https://api.test"
    ) as http:
        assert [(await http.get("/old")).status_code for _ in range(3)] == [200] * 3
        assert given == ["t0"]
        assert (await http.get("/new")).status_code == 200
        assert given == ["t0", "t1"]
    await auth.aclose()
