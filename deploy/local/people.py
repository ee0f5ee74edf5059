"""Two named people per role and tenant, with tokens from the local issuer."""

import asyncio
from itertools import cycle, islice
from typing import Any

import httpx

from contracts.permissions import ROLES
from deploy.identity import Keycloak
from deploy.local import oidc
from deploy.local.world import World

TENANTS = {1: "Operadora Aurora", 2: "Operadora Bonança"}
WORKING = tuple(role for role in ROLES if role != "process")
"""Roles that people hold; processes have a login of their own."""

FIRST = ("Ana", "Bruno", "Carla", "Davi", "Elisa", "Fábio", "Gilda", "Hugo", "Iara", "Jonas")
LAST = ("Prado", "Queiroz", "Rocha", "Sales", "Torres", "Uchoa", "Viana")


def people() -> list[dict[str, Any]]:
    """Who they are, the same on every machine; each name is used once."""
    pairs = islice(zip(cycle(FIRST), cycle(LAST), strict=False), len(TENANTS) * len(WORKING) * 2)
    names = (f"{first} {last}" for first, last in pairs)
    return [
        {
            "tenant": tenant,
            "role": role,
            "sub": f"{role}-{number}-t{tenant}",
            "name": next(names),
            "roles": [role],
        }
        for tenant in TENANTS
        for role in WORKING
        for number in (1, 2)
    ]


async def with_tokens(world: World) -> list[dict[str, Any]]:
    """The people, each with a token; none where this stack has no issuer."""
    if world.full:
        async with httpx.AsyncClient(timeout=60) as http:
            tokens = await Keycloak(oidc.told(world), http).tokens_of(people())
        return [p | {"token": token} for p, token in zip(people(), tokens, strict=True)]
    if not world.wants("sandbox"):
        return []
    base = world.url("sandbox.app")
    async with httpx.AsyncClient(base_url=base, timeout=30) as client:
        return list(await asyncio.gather(*(with_token(client, person) for person in people())))


async def with_token(client: httpx.AsyncClient, person: dict[str, Any]) -> dict[str, Any]:
    body = {key: person[key] for key in ("tenant", "sub", "name", "roles")}
    reply = await client.post("/issuer/people", json=body)
    reply.raise_for_status()
    return {**person, "token": reply.json()["access_token"]}
