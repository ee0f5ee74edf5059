"""Signing tokens as the stand-in for an identity provider."""

import json
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import RSAKey

from contracts.base import Message
from services.sandbox.settings import SandboxSettings

ALGORITHM = "RS256"


class TokenOut(Message):
    """The successful answer of RFC 6749, section 5.1."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105 (the kind of token, not one)
    expires_in: int


class SignedIn(TokenOut):
    """The answer to a code or a refresh token: who signed in, and how to go on."""

    refresh_token: str | None = None
    id_token: str | None = None


class Person(Message):
    """Somebody the issuer knows."""

    tenant: int
    sub: str
    name: str
    roles: tuple[str, ...]

    def claims(self) -> dict[str, object]:
        """What a token says of them."""
        return {
            "sub": self.sub,
            "name": self.name,
            "tenant": self.tenant,
            "roles": list(self.roles),
        }


@dataclass(frozen=True)
class Issuer:
    """Signs with one key in the name of one issuer, for one audience."""

    key: RSAKey
    url: str
    audience: str
    clients: dict[str, str]
    sandbox: bool
    redirects: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Clients through which people sign in, and the addresses where those wait for them. Such a
    client is no process: its secret alone gives it nothing."""
    people: tuple[Person, ...] = ()

    def person(self, tenant: int, sub: str) -> Person | None:
        """The person of this name in this tenant."""
        found = (one for one in self.people if (one.tenant, one.sub) == (tenant, sub))
        return next(found, None)

    def token(self, lifetime: int, **claims: object) -> TokenOut:
        """A signed token living `lifetime` seconds of real time."""
        now = int(time.time())
        times = {"iat": now, "nbf": now, "exp": now + lifetime, "jti": secrets.token_hex(16)}
        body: dict[str, Any] = {"iss": self.url, "aud": self.audience, **times, **claims}
        header = {"alg": ALGORITHM, "kid": self.key.thumbprint()}
        signed = jwt.encode(header, body, self.key, algorithms=[ALGORITHM])
        return TokenOut(access_token=signed, expires_in=lifetime)

    def published(self) -> dict[str, Any]:
        """The public key as a JWK."""
        named = {"kid": self.key.thumbprint(), "use": "sig", "alg": ALGORITHM}
        return {**self.key.as_dict(private=False), **named}

    def knows(self, client_id: str, client_secret: str) -> bool:
        """Whether the client proved itself, in constant time."""
        expected = self.clients.get(client_id, secrets.token_hex(16))
        return secrets.compare_digest(expected.encode(), client_secret.encode())


def read_clients(text: str) -> dict[str, str]:
    """Client id → secret, from a JSON object or from "id:secret,id:secret"."""
    if text.lstrip().startswith("{"):
        return {str(client): str(secret) for client, secret in json.loads(text).items()}
    pairs = (item.strip().partition(":") for item in text.split(",") if item.strip())
    return {client: secret for client, _, secret in pairs}


@asynccontextmanager
async def issuing(app: FastAPI) -> AsyncIterator[None]:
    """Lifespan: the app signs with the key of its settings."""
    app.state.issuer = _from(app.state.settings)
    yield


def _from(settings: SandboxSettings) -> Issuer:
    return Issuer(
        key=RSAKey.import_key(Path(settings.issuer_key_file).read_bytes()),
        url=settings.oidc_issuer,
        audience=settings.oidc_audience,
        clients=read_clients(settings.issuer_clients),
        sandbox=settings.sandbox,
        redirects={name: tuple(to) for name, to in json.loads(settings.issuer_redirects).items()},
        people=tuple(map(Person.model_validate, json.loads(settings.issuer_people))),
    )
