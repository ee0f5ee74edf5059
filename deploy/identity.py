"""Keycloak over HTTP, as its administrators and the people it knows see it.

Whoever makes people up (the local stack, the story, tests) does it here: each person is
`{"tenant", "sub", "name", "roles"}`, the same that the stand-in issuer is given.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

AT_ONCE = 4
"""Each sign-in hashes a password: more of them at once would only wait for the processor."""
ROLES_OF = "vinculo"
"""The client that holds the product's roles."""


def login(person: Mapping[str, Any]) -> str:
    """The name by which a person signs in; two operators may have somebody of the same name."""
    return f"{person['sub']}@{person['tenant']}".lower()


def account(person: Mapping[str, Any], password: str) -> dict[str, Any]:
    """The person as Keycloak imports them."""
    return {
        "username": login(person),
        "enabled": True,
        "firstName": person["name"],
        "attributes": {"tenant": [str(person["tenant"])], "subject": [person["sub"]]},
        "clientRoles": {ROLES_OF: list(person["roles"])},
        "credentials": [{"type": "password", "value": password, "temporary": False}],
    }


class Keycloak:
    """One realm; `told` is what stack.json says of the issuer."""

    def __init__(self, told: Mapping[str, Any], http: httpx.AsyncClient) -> None:
        self._told = told
        self._own = told["keycloak"]
        self._http = http
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def administer(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """One call of the realm's administration; raises httpx.HTTPStatusError if refused."""
        client = self._own["admin_client"]
        form = {"grant_type": "client_credentials"}
        bearer = await self._token(self._own["admin_token"], client, form)
        reply = await self._http.request(
            method,
            f"{self._own['admin']}{path}",
            json=body,
            headers={"Authorization": f"Bearer {bearer}"},
        )
        return reply.raise_for_status()

    async def enrol(self, people: Sequence[Mapping[str, Any]], *, anew: bool = False) -> None:
        """Makes the people known; `anew` also changes those that were."""
        users = [account(person, self._own["password"]) for person in people]
        known = "OVERWRITE" if anew else "SKIP"
        await self.administer("POST", "/partialImport", {"ifResourceExists": known, "users": users})

    async def token_of(self, person: Mapping[str, Any]) -> str:
        """A person's access token, by their password."""
        form = {"grant_type": "password", "scope": "openid profile"}
        form |= {"username": login(person), "password": self._own["password"]}
        async with self._turn:
            return await self._token(self._told["token"], self._own["drills_client"], form)

    async def tokens_of(self, people: Sequence[Mapping[str, Any]]) -> list[str]:
        """Tokens of all of them, in order."""
        return list(await asyncio.gather(*map(self.token_of, people)))

    async def process_token(self, name: str) -> str:
        """The token of a process of ours, by its client's secret."""
        client = {"id": name, "secret": self._told["clients"][name]}
        form = {"grant_type": "client_credentials"}
        return await self._token(self._told["token"], client, form)

    async def _token(self, url: str, client: Mapping[str, str], form: Mapping[str, str]) -> str:
        login_of = httpx.BasicAuth(client["id"], client["secret"])
        reply = await self._http.post(url, data=dict(form), auth=login_of)
        return str(reply.raise_for_status().json()["access_token"])


async def issue(told: Mapping[str, Any], people: Sequence[Mapping[str, Any]]) -> list[str]:
    """Makes people known to the realm, as they are now, and signs them in."""
    async with httpx.AsyncClient(timeout=60) as http:
        realm = Keycloak(told, http)
        await realm.enrol(people, anew=True)
        return await realm.tokens_of(people)
