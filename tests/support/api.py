"""A service's app inside the test: real Postgres, real tokens, requests by ASGI."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import asyncpg
import httpx
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import RSAKey
from sqlalchemy.ext.asyncio import create_async_engine

from contracts.base import Event
from contracts.permissions import ROLES
from kit.kafka import Envelope
from kit.keyring import create_schema
from kit.migrate import migrate
from kit.tokens import Verifier
from tests.support.keys import kek_file, random_key
from tests.support.postgres import Postgres

ISSUER = "https://issuer.test"
AUDIENCE = "vinculo"


class Issuer:
    """Signs tokens like the local issuer and publishes its keys without a network."""

    def __init__(self) -> None:
        self._key = RSAKey.generate_key(2048, {"kid": "test"}, private=True)

    def http(self) -> httpx.AsyncClient:
        """A client to whom the issuer's keys are always at hand."""
        keys = {"keys": [self._key.as_dict(private=False)]}
        return httpx.AsyncClient(
            transport=httpx.MockTransport(lambda _: httpx.Response(200, json=keys))
        )

    def token(self, tenant_id: int, roles: Iterable[str], sub: str = "user-1") -> str:
        """A token as a person of the tenant would carry."""
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": sub,
            "name": f"Pessoa {sub}",
            "tenant": tenant_id,
            "roles": list(roles),
            "exp": int(time.time()) + 3600,
        }
        return jwt.encode({"alg": "RS256", "kid": "test"}, claims, self._key)


@dataclass(frozen=True)
class Served:
    """One service over one migrated database, asked as its clients and its consumer would."""

    app: FastAPI
    http: httpx.AsyncClient
    issuer: Issuer
    dsn: str

    def as_(self, tenant_id: int, *roles: str, sub: str = "user-1") -> dict[str, str]:
        """Headers of somebody with these roles in the tenant."""
        return {"Authorization": f"Bearer {self.issuer.token(tenant_id, roles, sub)}"}

    async def hear(self, *events: Event) -> None:
        """Hands facts to the service as one batch read from Kafka."""
        await self.app.state.inbox.handle([envelope(event) for event in events])

    async def rows(self, query: str, *args: object) -> list[dict[str, Any]]:
        """Rows as the administrator sees them, beside the service's own walls."""
        connection = await asyncpg.connect(self.dsn)
        try:
            return [dict(row) for row in await connection.fetch(query, *args)]
        finally:
            await connection.close()

    async def facts(self, tenant_id: int, kind: type[Event]) -> list[dict[str, Any]]:
        """What the outbox holds of one kind, in order, still sealed."""
        found = await self.rows(
            "select payload from outbox where tenant_id = $1 and type = $2 order by seq",
            tenant_id,
            kind.type,
        )
        return [json.loads(row["payload"]) for row in found]

    async def opened(self, tenant_id: int, fact: dict[str, Any], field: str) -> Any:
        """A sealed field of a fact, opened with the person's key."""
        keyring = self.app.state.resources.keyring
        return await keyring.open(tenant_id, fact["person_id"], fact[field])


def envelope(event: Event) -> Envelope:
    """The fact as it would be read from Kafka."""
    return Envelope(
        event_id=str(event.id),
        type=event.type,
        tenant_id=event.tenant_id,
        topic=event.topic,
        key=event.key,
        payload=event.model_dump_json(),
        traceparent=None,
        occurred_at=datetime.now(UTC),
    )


async def databases(postgres: Postgres, service: str) -> dict[str, str]:
    """Settings of a service whose database and keyring were just made and migrated."""
    logins = [f"{service}_{kind}" for kind in ("owner", "app", "relay")]
    own = await postgres.database(*logins)
    await asyncio.to_thread(migrate, service, postgres.url(own, logins[0]))
    keys = ("keyring_owner", "keyring_app", "keyring_eraser")
    ring = await postgres.database(*keys)
    engine = create_async_engine(postgres.url(ring, keys[0]))
    await create_schema(engine)
    await engine.dispose()
    return {
        "service": service,
        # Rushes of hundreds are tried on one process, without a client that comes again.
        "requests_waiting": "1000",
        "requests_wait_seconds": "60",
        "database_url": postgres.url(own, logins[1]),
        "relay_database_url": postgres.url(own, logins[2]),
        "keyring_url": postgres.url(ring, keys[1]),
        "keyring_eraser_url": postgres.url(ring, keys[2]),
        "kek_file": kek_file(),
        "index_key": random_key(),
        "oidc_issuer": ISSUER,
        "oidc_jwks_url": f"{ISSUER}/keys",
    }


@asynccontextmanager
async def serving(app: FastAPI, postgres: Postgres) -> AsyncIterator[Served]:
    """The app between start and stop, its tokens checked against the test's issuer."""
    issuer = Issuer()
    settings = app.state.settings
    app.state.verifier = Verifier(
        settings.oidc_jwks_url, settings.oidc_issuer, AUDIENCE, ROLES, issuer.http()
    )
    database = settings.database_url.rpartition("/")[2]
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://service.test") as http,
    ):
        yield Served(app, http, issuer, postgres.dsn(database))
