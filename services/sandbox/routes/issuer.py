"""A stand-in for the operator's identity provider: discovery, keys, and tokens by OAuth 2.0.

Wire-compatible where the product looks: OpenID discovery, JWKS, client credentials, code and PKCE.
Naming people at will (`/people`) exists only in sandbox mode, as does the page that asks who one is
instead of for a password (`routes/sign_in.py`).
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
from services.sandbox.gateways.tokens import ALGORITHM, Issuer, Person, SignedIn, TokenOut
from services.sandbox.rules.oauth import OAuthError
from services.sandbox.usecases import sign_ins

_PROCESS_SECONDS = 3600
_PERSON_SECONDS = 30 * 24 * 3600
LARGEST_TENANT = 2**31 - 1

router = APIRouter(prefix="/issuer", tags=["issuer"])


class PersonIn(Message):
    """Whose token is wanted."""

    tenant: int = Field(ge=1, le=LARGEST_TENANT)
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
        "authorization_endpoint": f"{issuer.url}/authorize",
        "token_endpoint": f"{issuer.url}/token",
        "grant_types_supported": ["authorization_code", "client_credentials", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ["openid", "profile"],
        "authorization_response_iss_parameter_supported": True,
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
    }


@router.get("/jwks", dependencies=[Depends(public("public keys"))])
async def jwks(issuer: Signs) -> dict[str, list[dict[str, Any]]]:
    return {"keys": [issuer.published()]}


class TokenIn(Message):
    """The form of RFC 6749; what a grant does not need is left empty."""

    grant_type: str = Field(default="", max_length=100)
    client_id: str = Field(default="", max_length=200)
    client_secret: str = Field(default="", max_length=200)
    code: str = Field(default="", max_length=200)
    redirect_uri: str = Field(default="", max_length=2000)
    code_verifier: str = Field(default="", max_length=200)
    refresh_token: str = Field(default="", max_length=200)


@router.post(
    "/token",
    response_model=SignedIn,
    responses={400: {}, 401: {}},
    dependencies=[Depends(public("the client's secret is checked here"))],
)
async def token(request: Request, issuer: Signs, form: Annotated[TokenIn, Form()]) -> JSONResponse:
    client, secret = _basic(request) or (form.client_id, form.client_secret)
    if not issuer.knows(client, secret):
        challenge = {"WWW-Authenticate": 'Basic realm="issuer"'}
        return JSONResponse({"error": "invalid_client"}, 401, headers=challenge)
    try:
        issued = await _granted(request, issuer, client, form)
    except OAuthError as refused:
        return JSONResponse({"error": refused.code}, 400)
    body = issued.model_dump(exclude_none=True)
    return JSONResponse(body, headers={"Cache-Control": "no-store"})


async def _granted(request: Request, issuer: Issuer, client: str, form: TokenIn) -> TokenOut:
    """People sign in through some clients; the others are processes and stand for themselves."""
    signs_in = client in issuer.redirects
    match form.grant_type:
        case "client_credentials" if not signs_in:
            who = {"sub": client, "azp": client, "name": client}
            return issuer.token(_PROCESS_SECONDS, **who, tenant=0, roles=[PROCESS_ROLE])
        case "authorization_code" if signs_in:
            shown = sign_ins.Shown(form.code, form.redirect_uri, form.code_verifier)
            return await sign_ins.by_code(request.app.state.begin, issuer, client, shown)
        case "refresh_token" if signs_in:
            return await sign_ins.by_refresh(
                request.app.state.begin, issuer, client, form.refresh_token
            )
        case "client_credentials" | "authorization_code" | "refresh_token":
            raise OAuthError("unauthorized_client")
    raise OAuthError("unsupported_grant_type")


@router.post("/people", dependencies=[Depends(public("sandbox only: stands in for a sign-in"))])
async def people(request: Request, body: PersonIn, issuer: Signs) -> TokenOut:
    if not issuer.sandbox:
        raise NotFound()
    unknown = sorted(set(body.roles) - (ROLES.keys() - {PROCESS_ROLE}))
    if unknown:
        raise Refused("Papel desconhecido", "unknown-role", roles=sorted(ROLES))
    person = Person(**body.model_dump())
    await sign_ins.remember(request.app.state.begin, person)
    return issuer.token(_PERSON_SECONDS, **person.claims())


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
