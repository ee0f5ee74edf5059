"""Who calls and what they may do: bearer tokens checked against the issuer's published keys.

Tokens live in real time: a moved business clock neither revives nor expires them.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

from fastapi import FastAPI, Request, Security
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from kit.errors import BadRequest, Forbidden, Unauthenticated
from kit.tokens import Claims, InvalidToken, ServiceToken, Verifier

__all__ = [
    "OR",
    "PROCESS_ROLE",
    "TENANT_HEADER",
    "Caller",
    "Claims",
    "InvalidToken",
    "OnDenied",
    "ServiceToken",
    "Verifier",
    "has_token",
    "public",
    "requires",
    "route_access",
    "routes_of",
]

PROCESS_ROLE = "process"
TENANT_HEADER = "Vinculo-Tenant"
_LARGEST_TENANT = 2**31 - 1
_FRAMEWORK_ROUTES = {"openapi", "swagger_ui_html", "swagger_ui_redirect", "redoc_html"}
OR = " ou "
"""Between permissions of which one is enough, where a refusal names them."""
_bearer = HTTPBearer(scheme_name="bearer", bearerFormat="JWT", auto_error=False)
Credentials = Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]


@dataclass(frozen=True)
class Caller:
    """A person or a process, in the one tenant it acts for in this request."""

    sub: str
    name: str
    tenant_id: int
    roles: frozenset[str]
    permissions: frozenset[str]
    is_process: bool = False

    def may(self, permission: str) -> bool:
        """Whether one of the caller's roles grants the permission."""
        return permission in self.permissions


OnDenied = Callable[[Request, Caller, str], Awaitable[None]]


class _Requires:
    """Dependency: a caller with one of these, or 401/403; denials are told to `on_denied`."""

    def __init__(self, permissions: tuple[str, ...]) -> None:
        self.permissions = permissions
        self.said = OR.join(permissions)

    async def __call__(self, request: Request, credentials: Credentials) -> Caller:
        caller = await _caller(request, credentials)
        if not any(map(caller.may, self.permissions)):
            on_denied: OnDenied | None = getattr(request.app.state, "on_denied", None)
            if on_denied is not None:
                await on_denied(request, caller, self.said)
            raise Forbidden(detail=f"Falta a permissão {self.said}.")
        request.state.caller = caller
        return caller


class _Public:
    """Marker: anyone may call, and here is why."""

    def __init__(self, reason: str) -> None:
        self.reason = reason

    async def __call__(self) -> None:
        return None


@cache
def requires(*permissions: str) -> Callable[..., Awaitable[Caller]]:
    """Dependency giving the Caller, who must hold one of `permissions`.

    Raises 401 without a valid token, 403 without the permission, 400 when a process names no
    tenant.
    """
    return _Requires(permissions)


@cache
def public(reason: str) -> Callable[..., Awaitable[None]]:
    """Dependency declaring a route public; the reason is for who reviews it."""
    return _Public(reason)


async def has_token(request: Request) -> bool:
    """Whether a token came along that verifies; what its holder may do is asked later."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    verifier: Verifier = request.app.state.verifier
    try:
        return scheme.lower() == "bearer" and bool(await verifier.verify(token.strip()))
    except InvalidToken:
        return False


def route_access(route: object) -> str | None:
    """What a route demands, "public: reason", or None when it declares neither."""
    dependant = getattr(route, "dependant", None)
    return _access(dependant) if isinstance(dependant, Dependant) else None


def routes_of(app: FastAPI) -> Iterator[Any]:
    """Every route of the app, included routers unfolded, without the framework's own documents."""
    for route in iter_route_contexts(app.routes):
        if route.name not in _FRAMEWORK_ROUTES:
            yield route


def _access(dependant: Dependant) -> str | None:
    if isinstance(dependant.call, _Requires):
        return dependant.call.said
    if isinstance(dependant.call, _Public):
        return f"public: {dependant.call.reason}"
    found = (_access(inner) for inner in dependant.dependencies)
    return next((access for access in found if access), None)


async def _caller(request: Request, credentials: HTTPAuthorizationCredentials | None) -> Caller:
    if credentials is None:
        raise Unauthenticated()
    verifier: Verifier = request.app.state.verifier
    try:
        claims = await verifier.verify(credentials.credentials)
    except InvalidToken as refusal:
        raise Unauthenticated(code="invalid-token", detail=refusal.sentence) from None
    is_process = claims.tenant == 0
    tenant_id = _named_tenant(request) if is_process else claims.tenant
    permissions = _permissions(verifier.roles, claims.roles)
    return Caller(claims.sub, claims.name, tenant_id, claims.roles, permissions, is_process)


def _permissions(granted: Mapping[str, frozenset[str]], roles: frozenset[str]) -> frozenset[str]:
    return frozenset[str]().union(*(granted.get(role, frozenset()) for role in roles))


def _named_tenant(request: Request) -> int:
    named = request.headers.get(TENANT_HEADER, "")
    if named.isascii() and named.isdigit() and 1 <= int(named[:11]) <= _LARGEST_TENANT:
        return int(named)
    raise BadRequest(code="tenant-missing", detail=f"O cabeçalho {TENANT_HEADER} é obrigatório.")
