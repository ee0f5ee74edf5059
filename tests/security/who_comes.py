"""Attacks by who one says to be: whether each got in, and how its defence is taken away."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import httpx
import pytest
from fastapi import Request
from joserfc.jwk import OctKey, RSAKey

from kit import auth, tokens
from services.contact import routes as contact_routes
from services.health_declaration.usecases import access, entrance
from tests.security.ground import OURS, THEIRS, WEBHOOK_SECRET, Ground
from tests.support.api import AUDIENCE, ISSUER, Served
from tests.support.proponent import invited


async def token_of_another_tenant(ground: Ground) -> bool:
    """Their registrar names somebody of ours, and us."""
    person_id, _ = await ground.registered()
    headers = ground.registry.as_(THEIRS, "registrar") | {auth.TENANT_HEADER: str(OURS)}
    return (await ground.registry.http.get(f"/people/{person_id}", headers=headers)).is_success


def named_tenant_is_believed(patch: pytest.MonkeyPatch) -> None:
    checked = auth._caller

    async def believing(request: Request, credentials: Any) -> auth.Caller:
        caller = await checked(request, credentials)
        if auth.TENANT_HEADER not in request.headers:
            return caller
        return auth.Caller(
            caller.sub, caller.name, auth._named_tenant(request), caller.roles, caller.permissions
        )

    patch.setattr(auth, "_caller", believing)


async def replayed_link(ground: Ground) -> bool:
    """The link of a declaration that is done, and the birth date that belongs to it."""
    phone = await invited(ground.forms, OURS)
    link = await phone.link()
    await phone.declare()
    return (await phone.knock(link)).is_success


def links_do_not_end(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(entrance, "_over", lambda tx, link: False)


async def replayed_code(ground: Ground) -> bool:
    """A code that has opened a session is typed once more elsewhere."""
    phone = await invited(ground.forms, OURS)
    challenge = (await phone.knock()).json()["challenge_id"]
    path, body = f"/sessions/{challenge}/confirmations", {"code": await phone.code()}
    assert (await phone.post(path, body)).is_success
    return (await phone.post(path, body)).is_success


def codes_do_not_end(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(access, "_alive", lambda challenge, now, attempts: True)


async def forged_webhook(ground: Ground) -> bool:
    """A report of deliveries signed with a secret that the provider does not have."""
    body = json.dumps({"entry": [{"changes": [{"value": {"statuses": []}}]}]}).encode()
    forged = hmac.new(WEBHOOK_SECRET.upper().encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-Hub-Signature-256": f"sha256={forged}"}
    return (
        await ground.contact.http.post("/webhooks/whatsapp", content=body, headers=headers)
    ).is_success


def signatures_are_not_checked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(contact_routes, "signed", lambda secret, payload, header: True)


async def unsigned_token(ground: Ground) -> bool:
    """A JWT that says of itself that nobody signed it."""
    return (await _asked(ground.registry, f"{_text('none')}.")).is_success


def unsigned_tokens_are_known(patch: pytest.MonkeyPatch) -> None:
    """As with libraries that believe the header: `none` verifies anything, whatever the key."""
    decoded = tokens.jwt.decode

    def believing(value: str, key: Any, algorithms: list[str]) -> Any:
        if not value.endswith("."):
            return decoded(value, key, algorithms=algorithms)
        return tokens.jwt.Token({"alg": "none"}, json.loads(_bytes(value.split(".")[1])))

    patch.setattr(tokens.jwt, "decode", believing)


async def swapped_algorithm(ground: Ground) -> bool:
    """An HMAC made with what everybody knows: the issuer's public key."""
    text = _text("HS256")
    mac = hmac.digest(_public_key(ground.registry), text.encode(), "sha256")
    return (await _asked(ground.registry, f"{text}.{_segment(mac)}")).is_success


def the_header_chooses_the_algorithm(patch: pytest.MonkeyPatch) -> None:
    """As with libraries to which a key is bytes, for whatever algorithm."""
    found = tokens._PublishedKeys.find

    async def as_bytes(self: Any, kid: object) -> Any:
        key = await found(self, kid)
        pem = key.as_pem(private=False)
        return OctKey(pem, pem)

    patch.setattr(tokens._PublishedKeys, "find", as_bytes)
    patch.setattr(tokens, "_ALGORITHMS", ["RS256", "HS256"])


def _public_key(served: Served) -> bytes:
    key: RSAKey = served.issuer._key
    return key.as_pem(private=False)


async def _asked(served: Served, token: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return await served.http.post("/people/search", json={"name": "Ana"}, headers=headers)


def _text(algorithm: str) -> str:
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "mallory",
        "tenant": OURS,
        "roles": ["registrar"],
        "exp": int(time.time()) + 3600,
    }
    header = {"alg": algorithm, "kid": "test"}
    return ".".join(_segment(json.dumps(part).encode()) for part in (header, claims))


def _segment(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def _bytes(segment: str) -> bytes:
    return base64.urlsafe_b64decode(segment + "==")
