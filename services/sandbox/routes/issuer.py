"""A stand-in for the operator's identity provider: discovery, keys, and tokens by OAuth 2.0.

Wire-compatible where the product looks: OpenID discovery, JWKS, client credentials. Naming people
at will (`/people`) exists only in sandbox mode; a real provider would ask them to sign in.
"""

from base64 import b64decode
from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import JSONResponse
from pydantic import Field

from contracts.base import Message
from contracts.permissions import ROLES
from kit.auth import PROCESS_ROLE, public
from kit.errors import NotFound, Refused
from services.sandbox.gateways.tokens import ALGORITHM, Issuer, TokenOut

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
        "id_token_signing_alg_values_supported": [ALGORITHM],
    }


@router.get("/jwks", dependencies=[Depends(public("public keys"))])
async def jwks(issuer: Signs) -> dict[str, list[dict[str, Any]]]:
    return {"keys": [issuer.published()]}


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
