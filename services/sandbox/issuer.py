"""A stand-in for the operator's identity provider: discovery, keys, and tokens by OAuth 2.0.

Wire-compatible where the product looks: OpenID discovery, JWKS, client credentials. Naming people
at will (`/people`) exists only in sandbox mode; a real provider would ask them to sign in.
"""

import json
import secrets
import time
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import APIRouter, Depends, FastAPI, Form, Request
from fastapi.responses import JSONResponse
from joserfc import jwt
from joserfc.jwk import RSAKey
from pydantic import Field

from contracts.base import Message
from contracts.permissions import ROLES
from kit.auth import PROCESS_ROLE, public
from kit.errors import NotFound, Refused
from services.sandbox.settings import SandboxSettings

_ALGORITHM = "RS256"
_PROCESS_SECONDS = 3600
_PERSON_SECONDS = 30 * 24 * 3600
_LARGEST_TENANT = 2**31 - 1

router = APIRouter(prefix="/issuer", tags=["issuer"])


class PersonIn(Message):
    """Whose token is wanted."""

    tenant: int = Field(ge=1, le=_LARGEST_TENANT)
    sub: str = Field(min_length=1, max_length=100)
    name: str = Field(min_length=1, max_length=200)
    roles: tuple[str, ...] = Field(min_length=1, max_length=20)


class TokenOut(Message):
    """The successful answer of RFC 6749, section 5.1."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105 (the kind of token, not one)
    expires_in: int


@dataclass(frozen=True)
class Issuer:
    """Signs with one key in the name of one issuer, for one audience."""

    key: RSAKey
    url: str
    audience: str
    clients: dict[str, str]
    sandbox: bool

    def token(self, lifetime: int, **claims: object) -> TokenOut:
        """A signed token living `lifetime` seconds of real time."""
        now = int(time.time())
        times = {"iat": now, "nbf": now, "exp": now + lifetime, "jti": secrets.token_hex(16)}
        body: dict[str, Any] = {"iss": self.url, "aud": self.audience, **times, **claims}
        header = {"alg": _ALGORITHM, "kid": self.key.thumbprint()}
        signed = jwt.encode(header, body, self.key, algorithms=[_ALGORITHM])
        return TokenOut(access_token=signed, expires_in=lifetime)

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
    )


def _issuer(request: Request) -> Issuer:
    issuer: Issuer = request.app.state.issuer
    return issuer


Signs = Annotated[Issuer, Depends(_issuer)]


@router.get("/.well-known/openid-configuration", dependencies=[Depends(public("OpenID discovery"))])
async def discovery(issuer: Signs) -> dict[str, Any]:
    return {
        "issuer": issuer.url,
        "jwks_uri": f"{issuer.url}/jwks",
        "token_endpoint": f"{issuer.url}/token",
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "response_types_supported": [],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [_ALGORITHM],
    }


@router.get("/jwks", dependencies=[Depends(public("public keys"))])
async def jwks(issuer: Signs) -> dict[str, list[dict[str, Any]]]:
    named = {"kid": issuer.key.thumbprint(), "use": "sig", "alg": _ALGORITHM}
    return {"keys": [{**issuer.key.as_dict(private=False), **named}]}


@router.post(
    "/token",
    response_model=TokenOut,
    responses={400: {}, 401: {}},
    dependencies=[Depends(public("the client's secret is checked here"))],
)
async def token(
    request: Request,
    issuer: Signs,
    grant_type: Annotated[str, Form(max_length=100)] = "",
    client_id: Annotated[str, Form(max_length=200)] = "",
    client_secret: Annotated[str, Form(max_length=200)] = "",
) -> JSONResponse:
    client, secret = _basic(request) or (client_id, client_secret)
    if not issuer.knows(client, secret):
        challenge = {"WWW-Authenticate": 'Basic realm="issuer"'}
        return JSONResponse({"error": "invalid_client"}, 401, headers=challenge)
    if grant_type != "client_credentials":
        return JSONResponse({"error": "unsupported_grant_type"}, 400)
    who = {"sub": client, "azp": client, "name": client, "tenant": 0, "roles": [PROCESS_ROLE]}
    issued = issuer.token(_PROCESS_SECONDS, **who)
    return JSONResponse(issued.model_dump(), headers={"Cache-Control": "no-store"})


@router.post("/people", dependencies=[Depends(public("sandbox only: stands in for a sign-in"))])
async def people(body: PersonIn, issuer: Signs) -> TokenOut:
    if not issuer.sandbox:
        raise NotFound()
    unknown = sorted(set(body.roles) - (ROLES.keys() - {PROCESS_ROLE}))
    if unknown:
        raise Refused("Papel desconhecido", "unknown-role", roles=sorted(ROLES))
    who = {"sub": body.sub, "name": body.name, "tenant": body.tenant, "roles": list(body.roles)}
    return issuer.token(_PERSON_SECONDS, **who)


def _basic(request: Request) -> tuple[str, str] | None:
    """Id and secret of RFC 6749, section 2.3.1: each is form-encoded inside the Basic login."""
    kind, _, login = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        client, _, secret = b64decode(login, validate=True).decode().partition(":")
    except ValueError:
        return ("", "")
    return unquote(client), unquote(secret)
