"""Whose data a token opens, and what makes it a token."""

import base64
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from fastapi import Request
from joserfc.jwk import RSAKey

from kit import auth, tokens
from kit.auth import TENANT_HEADER, Caller
from tests.security.attacks import attack, both
from tests.support.api import AUDIENCE, ISSUER, Served
from tests.support.clinic import Desk
from tests.support.proponent import invited
from tests.support.registry_data import person

VICTIM, ATTACKER = 61, 62


def believe_the_header(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tenant as the request names it, whatever the token says."""
    honest = auth._caller

    async def credulous(request: Request, credentials: Any) -> Caller:
        caller = await honest(request, credentials)
        named = request.headers.get(TENANT_HEADER)
        return replace(caller, tenant_id=int(named)) if named else caller

    monkeypatch.setattr(auth, "_caller", credulous)


@attack("token de outro tenant")
@both
async def test_a_token_of_another_tenant_reads_no_case_and_ends_none(
    served: Served, monkeypatch: pytest.MonkeyPatch, planted: bool
) -> None:
    phone = await invited(served, VICTIM)
    await phone.open()
    case = (await phone.form())["declaration_id"]
    version = await Desk(served, VICTIM).version(case)
    if planted:
        believe_the_header(monkeypatch)
    stranger = served.as_(ATTACKER, "analyst", "desk") | {TENANT_HEADER: str(VICTIM)}
    read = await served.http.get(f"/declarations/{case}", headers=stranger)
    body = {"version": version, "reason": "Desistiu por telefone."}
    path = f"/declarations/{case}/withdrawal"
    ended = await served.http.post(path, json=body, headers=stranger)
    assert (read.status_code, ended.status_code) == ((200, 200) if planted else (404, 404))


@attack("token de outro tenant")
@both
async def test_a_token_of_another_tenant_opens_no_person(
    registry: Served, monkeypatch: pytest.MonkeyPatch, planted: bool
) -> None:
    owner = registry.as_(VICTIM, "registrar")
    made = await registry.http.post("/people", json=person(1), headers=owner)
    if planted:
        believe_the_header(monkeypatch)
    stranger = registry.as_(ATTACKER, "registrar") | {TENANT_HEADER: str(VICTIM)}
    path = f"/people/{made.json()['person_id']}"
    answer = await registry.http.get(path, headers=stranger)
    assert answer.status_code == (200 if planted else 404)


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def decoded(part: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(part + "=="))


def forged(header: dict[str, str], secret: bytes | None) -> str:
    """A token that nobody issued; signed with `secret`, or not at all."""
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(uuid4()),  # never the token that was believed a moment ago
        "tenant": VICTIM,
        "roles": ["analyst"],
        "exp": int(time.time()) + 3600,
    }
    signed = ".".join(encoded(json.dumps(part).encode()) for part in (header, claims))
    mac = hmac.digest(secret, signed.encode(), "sha256") if secret else b""
    return f"{signed}.{encoded(mac)}"


def unsigned(alg: str) -> Callable[[bytes], str]:
    return lambda _key: forged({"alg": alg, "kid": "test"}, None)


def swapped(public_key: bytes) -> str:
    return forged({"alg": "HS256", "kid": "test"}, public_key)


def credulous_decode(token: str, key: RSAKey, algorithms: list[str]) -> SimpleNamespace:
    """What the oldest libraries did: the token itself says how it is to be checked."""
    head, body, signature = token.split(".")
    if decoded(head)["alg"].startswith("HS"):
        secret = key.as_pem(private=False)
        assert signature == encoded(hmac.digest(secret, f"{head}.{body}".encode(), "sha256"))
    return SimpleNamespace(claims=decoded(body))


@attack("JWT none e troca de algoritmo")
@both
@pytest.mark.parametrize("forge", [unsigned("none"), unsigned("nOnE"), unsigned(""), swapped])
async def test_a_token_that_names_its_own_check_is_refused(
    served: Served,
    monkeypatch: pytest.MonkeyPatch,
    forge: Callable[[bytes], str],
    planted: bool,
) -> None:
    async with served.issuer.http() as http:
        published = (await http.get(f"{ISSUER}/keys")).json()["keys"][0]
    token = forge(RSAKey.import_key(published).as_pem(private=False))
    if planted:
        monkeypatch.setattr(tokens, "jwt", SimpleNamespace(decode=credulous_decode))
    headers = {"Authorization": f"Bearer {token}"}
    answer = await served.http.get("/declarations", headers=headers)
    assert answer.status_code == (200 if planted else 401)
