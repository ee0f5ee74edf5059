"""The identity provider by OpenID Connect: where to sign in, and codes turned into tokens."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from kit.errors import Unavailable
from services.console.settings import ConsoleSettings

_ALGORITHMS = ["RS256", "ES256"]
_LEEWAY_SECONDS = 10
_KEPT_SECONDS = 300
_SHORTEST_LIFE = 30.0
CALLBACK = "/entrar/volta"


class NotSignedIn(Exception):
    """The provider does not vouch for anybody: a spent code, an ended login, a wrong token."""


@dataclass(frozen=True)
class Asked:
    """What one browser's way to the provider is known by; none of it can be guessed."""

    state: str
    nonce: str
    verifier: str
    challenge: str


@dataclass(frozen=True)
class Tokens:
    """What the provider gave: for the services, and for getting another before it ends."""

    access: str
    refresh: str | None
    lifetime: float


class Provider:
    """One issuer, found by its discovery document; nothing of it is known beforehand."""

    def __init__(self, settings: ConsoleSettings, http: httpx.AsyncClient) -> None:
        self._settings = settings
        self._http = http
        self._document: dict[str, Any] = {}
        self._read_at = float("-inf")
        self._lock = asyncio.Lock()

    async def sign_in_url(self, asked: Asked, *, anew: bool = False) -> str:
        """Where the browser goes to sign in; `anew` also whoever is still signed in there."""
        found = await self._discovered()
        query = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": self._callback,
            "scope": self._settings.oidc_scope,
            "state": asked.state,
            "nonce": asked.nonce,
            "code_challenge": asked.challenge,
            "code_challenge_method": "S256",
        } | ({"prompt": "login"} if anew else {})
        door = self._settings.oidc_authorize_url or found["authorization_endpoint"]
        return f"{door}{'&' if '?' in door else '?'}{urlencode(query)}"

    async def exchange(self, code: str, asked: Asked) -> tuple[Tokens, str]:
        """Tokens for a code, and whom they are of; raises NotSignedIn when it is worth nothing."""
        form = {"code": code, "redirect_uri": self._callback, "code_verifier": asked.verifier}
        given = await self._tokens("authorization_code", form)
        return _tokens(given), await self._subject(str(given.get("id_token", "")), asked.nonce)

    async def renew(self, refresh: str) -> Tokens:
        """Fresh tokens; raises NotSignedIn once the login has ended there."""
        return _tokens(await self._tokens("refresh_token", {"refresh_token": refresh}))

    async def aclose(self) -> None:
        """Close the connections to it."""
        await self._http.aclose()

    @property
    def _callback(self) -> str:
        return self._settings.console_url + CALLBACK

    async def _tokens(self, grant: str, form: dict[str, str]) -> dict[str, Any]:
        url = (await self._discovered())["token_endpoint"]
        login = httpx.BasicAuth(self._settings.client_id, self._settings.client_secret)
        answer = await self._sent("POST", url, data={"grant_type": grant} | form, auth=login)
        if answer.status_code == httpx.codes.BAD_REQUEST:
            raise NotSignedIn
        return _body(answer)

    async def _subject(self, id_token: str, nonce: str) -> str:
        """Whom an ID token names, once it is ours and of this very sign-in."""
        rules = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY_SECONDS,
            iss={"essential": True, "value": self._settings.oidc_issuer},
            aud={"essential": True, "value": self._settings.client_id},
            exp={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            read = jwt.decode(id_token, await self._keys(), algorithms=_ALGORITHMS)
            rules.validate(read.claims)
        except (JoseError, ValueError, TypeError, KeyError):
            raise NotSignedIn from None
        return str(read.claims["sub"])

    async def _keys(self) -> KeySet:
        url = (await self._discovered())["jwks_uri"]
        published = _body(await self._sent("GET", url))
        return KeySet.import_key_set({"keys": published.get("keys", [])})

    async def _discovered(self) -> dict[str, Any]:
        async with self._lock:
            if time.monotonic() - self._read_at > _KEPT_SECONDS:
                url = f"{self._settings.oidc_issuer}/.well-known/openid-configuration"
                found = _body(await self._sent("GET", url))
                if found.get("issuer") != self._settings.oidc_issuer:
                    raise _silent()
                self._document, self._read_at = found, time.monotonic()
            return self._document

    async def _sent(self, method: str, url: str, **more: Any) -> httpx.Response:
        try:
            return await self._http.request(method, url, **more)
        except httpx.HTTPError as failure:
            raise _silent() from failure


def _tokens(given: dict[str, Any]) -> Tokens:
    refresh = given.get("refresh_token")
    lifetime = max(float(given.get("expires_in", 0)), _SHORTEST_LIFE)
    return Tokens(str(given["access_token"]), str(refresh) if refresh else None, lifetime)


def _body(answer: httpx.Response) -> dict[str, Any]:
    try:
        answer.raise_for_status()
        body = answer.json()
    except (httpx.HTTPError, ValueError) as failure:
        raise _silent() from failure
    if not isinstance(body, dict):
        raise _silent()
    return body


def _silent() -> Unavailable:
    return Unavailable("Não foi possível falar com quem confere as senhas", "issuer-unavailable")
