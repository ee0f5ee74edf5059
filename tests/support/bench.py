"""A service at work on a real Postgres: migrated, guarded, with its keyring, without the bus."""

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import uvicorn
from fastapi import FastAPI
from joserfc.jwk import RSAKey
from sqlalchemy.ext.asyncio import create_async_engine

from contracts.permissions import ROLES
from deploy.local.ports import another
from kit.db import Begin, transactions
from kit.keyring import create_schema
from kit.migrate import migrate
from kit.plumbing import Plumbing
from kit.resources import resources
from kit.settings import Settings
from kit.tokens import Claims, InvalidToken
from tests.support.keys import kek_file
from tests.support.postgres import Postgres

KEY = base64.b64encode(bytes(32)).decode()


@dataclass(frozen=True)
class Bench:
    """Names for the environment of a process, and its databases."""

    environment: dict[str, str]
    owner_dsn: str

    async def rows(self, query: str, *arguments: object) -> list[asyncpg.Record]:
        """What the owner sees, all tenants."""
        connection = await asyncpg.connect(self.owner_dsn)
        try:
            return list(await connection.fetch(query, *arguments))
        finally:
            await connection.close()

    async def facts(self, kind: str, tenant_id: int) -> list[asyncpg.Record]:
        """Facts recorded in the outbox, in order."""
        query = "select * from outbox where type = $1 and tenant_id = $2 order by seq"
        return await self.rows(query, kind, tenant_id)


async def bench(postgres: Postgres, service: str) -> Bench:
    """New databases for one service and its keyring."""
    roles = [f"{service}_{name}" for name in ("owner", "app", "relay")]
    database = await postgres.database(*roles)
    await asyncio.to_thread(migrate, service, postgres.url(database, roles[0]))
    keyring = await postgres.database("keyring_owner", "keyring_app", "keyring_eraser")
    await _keyring(postgres.url(keyring, "keyring_owner"))
    environment = {
        "SERVICE": service,
        "DATABASE_URL": postgres.url(database, roles[1]),
        "RELAY_DATABASE_URL": postgres.url(database, roles[2]),
        "KEYRING_URL": postgres.url(keyring, "keyring_app"),
        "KEYRING_ERASER_URL": postgres.url(keyring, "keyring_eraser"),
        "KEK_FILE": kek_file(),
        "INDEX_KEY": KEY,
    }
    return Bench({f"VINCULO_{k}": v for k, v in environment.items()}, postgres.dsn(database))


async def _keyring(url: str) -> None:
    engine = create_async_engine(url)
    await create_schema(engine)
    await engine.dispose()


@asynccontextmanager
async def transactions_of(settings: Settings, tables: Plumbing) -> AsyncIterator[Begin]:
    """What a worker of the service would begin its transactions with."""
    async with resources(settings, tables) as held:
        yield transactions(held)


def sandbox_files(folder: Path) -> dict[str, str]:
    """Keys that the sandbox reads from files: the issuer's is given, the ERP draws its own."""
    pem = folder / "issuer.pem"
    pem.write_bytes(RSAKey.generate_key(2048, private=True).as_pem(private=True))
    return {
        "VINCULO_ISSUER_KEY_FILE": str(pem),
        "VINCULO_ERP_KEY_FILE": str(folder / "erp.jwk"),
    }


class Tokens:
    """Stands for the issuer: a token is `tenant:role,role`."""

    roles = ROLES

    async def verify(self, token: str) -> Claims:
        tenant, _, roles = token.partition(":")
        if not tenant.isdigit():
            raise InvalidToken
        named = frozenset(roles.split(","))
        return Claims(f"sub-{roles}", "Pessoa de Teste", int(tenant), named, 2e9)

    async def aclose(self) -> None:
        return None


def bearer(tenant_id: int, *roles: str) -> dict[str, str]:
    """The header of somebody with these roles."""
    return {"Authorization": f"Bearer {tenant_id}:{','.join(roles)}"}


def free_port() -> int:
    """A port that nobody listens on, nor is given to a connection going out meanwhile."""
    return another(set())


@asynccontextmanager
async def served(app: FastAPI, port: int) -> AsyncIterator[httpx.AsyncClient]:
    """The app on a real port, as uvicorn serves it."""
    app.state.verifier = Tokens()
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, access_log=False)
    server = uvicorn.Server(config)
    server.capture_signals = _uncaught  # type: ignore[method-assign,assignment]
    task = asyncio.create_task(server.serve())
    await until(lambda: _done(server.started or task.done()))
    if task.done():
        await task
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=120) as client:
            yield client
    finally:
        server.should_exit = True
        await task


def _uncaught() -> Any:
    return nullcontext()


async def _done(value: bool) -> bool:
    return value


async def until(
    condition: Callable[[], Awaitable[object]], seconds: float = 240, every: float = 0.02
) -> Any:
    """Wait on a condition; what it gave once it held."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while loop.time() < deadline:
        found = await condition()
        if found:
            return found
        await asyncio.wait([asyncio.ensure_future(asyncio.sleep(every))])
    raise TimeoutError("the condition never held")
