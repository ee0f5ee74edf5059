"""One moment for all databases: no service knows a fact that its author's copy does not hold.

Each database has its own snapshots. While they are taken, nobody can note that a fact was done (the
inboxes are locked, for some milliseconds), so none can have travelled between two of them. Requests
of people do not touch inboxes and wait for nothing.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import asyncpg

from deploy.local import postgres
from deploy.local.safety import places
from deploy.local.world import World

LOCK_SECONDS = 30


@dataclass(frozen=True)
class Snapshot:
    """One database as it was at the cut; open until the copy is made."""

    database: str
    name: str
    connection: asyncpg.Connection


@asynccontextmanager
async def cut(world: World) -> AsyncIterator[list[Snapshot]]:
    """Snapshots of all databases. The keyring's is last: a key more harms nobody, one less does."""
    async with AsyncExitStack() as opened:
        taken = [await _snapshot(world, name, opened) for name in places.before_services(world)]
        async with AsyncExitStack() as locks:
            for name in places.services():
                await _still(world, name, locks)
            taken += [await _snapshot(world, name, opened) for name in places.services()]
        taken.append(await _snapshot(world, places.KEYRING, opened))
        yield taken


async def _connected(world: World, database: str, opened: AsyncExitStack) -> asyncpg.Connection:
    connection = await asyncpg.connect(postgres.admin_dsn(world, database))
    opened.push_async_callback(connection.close)
    return connection


async def _still(world: World, database: str, opened: AsyncExitStack) -> None:
    connection = await _connected(world, database, opened)
    if not await connection.fetchval("select to_regclass('inbox')"):
        return
    await opened.enter_async_context(connection.transaction())
    await connection.execute(f"set local lock_timeout = '{LOCK_SECONDS}s'")
    await connection.execute("lock table inbox in share mode")


async def _snapshot(world: World, database: str, opened: AsyncExitStack) -> Snapshot:
    connection = await _connected(world, database, opened)
    await opened.enter_async_context(
        connection.transaction(isolation="repeatable_read", readonly=True)
    )
    name = await connection.fetchval("select pg_export_snapshot()")
    return Snapshot(database, name, connection)
