"""Checking and getting JWTs: the issuer's keys fetched, cached and refetched by need."""

import asyncio
import time
from base64 import b64encode
from collections import OrderedDict
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import quote

import httpx
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey
from joserfc.jws import extract_compact

from kit.errors import Unavailable

_ALGORITHMS = ["RS256", "ES256"]
_LEEWAY_SECONDS = 10
_REFETCH_SECONDS = 10
_REMEMBER_SECONDS = 60
_REMEMBERED = 4096
_LONGEST_TOKEN = 8192
_SMALLEST_RSA_BITS = 2048
_REFRESH_EARLY_SECONDS = 60


class InvalidToken(Exception):
    """The token proves nothing; `sentence` says why in Portuguese."""

    def __init__(self, sentence: str = "A credencial é inválida.") -> None:
        self.sentence = sentence
        super().__init__(sentence)


@dataclass(frozen=True)
class Claims:
    """What a valid token says: tenant 0 is a process, which names its tenant per request."""

    sub: str
    name: str
    tenant: int
    roles: frozenset[str]
    expires_at: float


class Verifier:
    """Checks signature, issuer, audience and times of a token; remembers good ones briefly."""

    def __init__(
        self,
        jwks_url: str,
        issuer: str,
        audience: str,
        roles: Mapping[str, frozenset[str]],
        http: httpx.AsyncClient | None = None,
    ) -> None:
        self.roles = roles
        self._keys = _PublishedKeys(jwks_url, http)
        self._registry = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY_SECONDS,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            sub={"essential": True},
        )
        self._known: OrderedDict[bytes, tuple[float, Claims]] = OrderedDict()

    async def verify(self, token: str) -> Claims:
        """The token's claims; raises InvalidToken, or Unavailable while no key can be had."""
        if len(token) > _LONGEST_TOKEN:
            raise InvalidToken
        digest = sha256(token.encode()).digest()
        now = time.time()
        until, known = self._known.get(digest, (0.0, None))
        if known is not None and now < until:
            return known
        claims = await self._check(token)
        self._known[digest] = (min(now + _REMEMBER_SECONDS, claims.expires_at), claims)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return claims

    async def aclose(self) -> None:
        """Close the connection to the issuer."""
        await self._keys.aclose()

    async def _check(self, token: str) -> Claims:
        try:
            header = extract_compact(token.encode()).headers()
            key = await self._keys.find(header.get("kid"))
            claims = jwt.decode(token, key, algorithms=_ALGORITHMS).claims
            self._registry.validate(claims)
            return _claims(claims)
        except ExpiredTokenError:
            raise InvalidToken("A credencial expirou.") from None
        except (JoseError, ValueError, TypeError, KeyError):
            raise InvalidToken from None


def _claims(claims: dict[str, Any]) -> Claims:
    tenant, roles = claims["tenant"], claims["roles"]
    if type(tenant) is not int or tenant < 0 or not isinstance(roles, list):
        raise InvalidToken
    # Tenant 0 is every tenant's: only the processes' own logins may carry it.
    if (tenant == 0) != ("process" in roles):
        raise InvalidToken
    return Claims(
        claims["sub"], str(claims.get("name", "")), tenant, frozenset(roles), float(claims["exp"])
    )


class _PublishedKeys:
    """The issuer's keys; an unknown id refetches them at most once per ten seconds."""

    def __init__(self, url: str, http: httpx.AsyncClient | None) -> None:
        self._url = url
        self._http = http or httpx.AsyncClient(timeout=5)
        self._keys: dict[str, RSAKey | ECKey] = {}
        self._fetched_at = float("-inf")
        self._lock = asyncio.Lock()

    async def find(self, kid: object) -> RSAKey | ECKey:
        key = self._pick(kid)
        if key is None:
            await self._refetch()
            key = self._pick(kid)
        if key is None:
            raise InvalidToken
        return key

    async def aclose(self) -> None:
        await self._http.aclose()

    def _pick(self, kid: object) -> RSAKey | ECKey | None:
        if kid is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        return self._keys.get(kid) if isinstance(kid, str) else None

    async def _refetch(self) -> None:
        async with self._lock:
            if time.monotonic() - self._fetched_at < _REFETCH_SECONDS:
                return
            try:
                answer = await self._http.get(self._url)
                answer.raise_for_status()
                self._keys = _usable(answer.json())
                self._fetched_at = time.monotonic()
            except (httpx.HTTPError, ValueError) as failure:
                if not self._keys:
                    raise Unavailable(detail="O emissor de credenciais não responde.") from failure
                self._fetched_at = time.monotonic()


def _usable(published: dict[str, Any]) -> dict[str, RSAKey | ECKey]:
    """Signing keys of the two algorithms, strong enough; the rest of the set is ignored."""
    wanted = [
        key
        for key in published.get("keys", [])
        if key.get("use", "sig") == "sig" and (key.get("crv") == "P-256" or _strong_rsa(key))
    ]
    keys = KeySet.import_key_set({"keys": wanted}).keys if wanted else []
    return {_id_of(key): key for key in keys if isinstance(key, RSAKey | ECKey)}


def _id_of(key: RSAKey | ECKey) -> str:
    key.ensure_kid()
    return key.kid or key.thumbprint()


def _strong_rsa(key: dict[str, Any]) -> bool:
    return key.get("kty") == "RSA" and len(key.get("n", "")) * 6 >= _SMALLEST_RSA_BITS


class ServiceToken(httpx.Auth):
    """A process's own token by client credentials: cached, refreshed early and on a 401."""

    def __init__(
        self,
        token_url: str,
        client_id: str,
        client_secret: str,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        login = f"{quote(client_id, safe='')}:{quote(client_secret, safe='')}"
        self._login = "Basic " + b64encode(login.encode()).decode()
        self._url = token_url
        self._http = http or httpx.AsyncClient(timeout=10)
        self._token = ""
        self._refresh_at = 0.0
        self._lock = asyncio.Lock()

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Send with the token; once more with a fresh one when it was refused."""
        token = await self.token()
        request.headers["Authorization"] = f"Bearer {token}"
        answer = yield request
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            token = await self.token(refused=token)
            request.headers["Authorization"] = f"Bearer {token}"
            yield request

    async def token(self, refused: str | None = None) -> str:
        """A token still valid for a minute; `refused` is one that must not be used again.

        Raises httpx.HTTPError when the issuer does not give one.
        """
        async with self._lock:
            if time.monotonic() >= self._refresh_at or self._token == refused:
                await self._fetch()
            return self._token

    async def aclose(self) -> None:
        """Close the connection to the issuer."""
        await self._http.aclose()

    async def _fetch(self) -> None:
        answer = await self._http.post(
            self._url,
            data={"grant_type": "client_credentials"},
            headers={"Authorization": self._login},
        )
        answer.raise_for_status()
        body = answer.json()
        lifetime = float(body.get("expires_in", 300))
        # A life shorter than the margin is used for half of it, not fetched at every call.
        self._refresh_at = time.monotonic() + max(lifetime - _REFRESH_EARLY_SECONDS, lifetime / 2)
        self._token = str(body["access_token"])
