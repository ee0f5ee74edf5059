"""The smallest service: the kit's tables, one table of notes, its logins and its keyring."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import uuid4

import asyncpg
from sqlalchemy import BigInteger, Column, Identity, Integer, MetaData, String, Table
from sqlalchemy.ext.asyncio import create_async_engine

from contracts.base import Event, Sensitive
from kit.db import Begin, Resources, Transaction, transactions
from kit.inbox import Handlers, Inbox
from kit.keyring import create_schema
from kit.migrate import guard
from kit.plumbing import plumbing
from kit.relay import Relay
from kit.resources import resources
from kit.settings import Settings
from tests.support.keys import kek_file, random_key
from tests.support.postgres import Postgres

SERVICE = "probe"
LOGINS = tuple(f"{SERVICE}_{name}" for name in ("owner", "app", "relay"))
metadata = MetaData()
tables = plumbing(metadata)
note = Table(
    "note",
    metadata,
    Column("tenant_id", Integer, primary_key=True, autoincrement=False),
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("key", String, nullable=False),
    Column("number", Integer, nullable=False),
)


class Noted(Event):
    """Something happened to a note; the numbers of a note grow."""

    type: ClassVar[str] = "probe.note.written.v1"
    topic: ClassVar[str] = "probe.notes"
    key_field: ClassVar[str] = "note"

    note: str
    number: int
    filler: str = ""


class Said(Event):
    """Something a person said, which only who holds their key may read."""

    type: ClassVar[str] = "probe.person.said.v1"
    topic: ClassVar[str] = "probe.notes"

    person_id: str
    words: Sensitive[str]


def on_topic[E: Event](event: type[E], topic: str) -> type[E]:
    """The same fact on a topic of the test's own."""
    return type(event.__name__, (event,), {"topic": topic, "__module__": __name__})


async def write(tx: Transaction, fact: Any) -> None:
    """The handler: every time it is called there is one row more."""
    row = {"tenant_id": tx.tenant_id, "key": fact.note, "number": fact.number}
    await tx.session.execute(note.insert().values(row))


@dataclass(frozen=True)
class Probe:
    """One database of the probe and what a process of it would hold."""

    settings: Settings
    held: Resources
    begin: Begin
    admin: str
    owner_of_keys: str

    async def rows(self, query: str, *arguments: object) -> list[asyncpg.Record]:
        """What the administrator sees, past row-level security."""
        connection = await asyncpg.connect(self.admin)
        try:
            return list(await connection.fetch(query, *arguments))
        finally:
            await connection.close()

    async def record(self, tenant_id: int, facts: Iterable[Event]) -> None:
        async with self.begin(tenant_id) as tx:
            for fact in facts:
                await tx.record(fact)

    async def notes(self, tenant_id: int) -> list[tuple[str, int]]:
        """What took effect, in the order in which it did."""
        found = await self.rows(
            "select key, number from note where tenant_id = $1 order by id", tenant_id
        )
        return [(row["key"], row["number"]) for row in found]

    async def parked(self, tenant_id: int) -> list[tuple[str, str]]:
        found = await self.rows(
            "select key, event_id from parked where tenant_id = $1 order by seq", tenant_id
        )
        return [(row["key"], row["event_id"]) for row in found]

    async def unpublished(self, topic: str) -> int:
        query = "select count(*) from outbox where published_at is null and topic = $1"
        return int((await self.rows(query, topic))[0][0])

    def inbox(self, handlers: Handlers) -> Inbox:
        return Inbox(SERVICE, tables, self.begin, handlers, self.held.keyring)


@asynccontextmanager
async def probe(
    postgres: Postgres, servers: str = "", change: Callable[[str], str] = str
) -> AsyncIterator[Probe]:
    """A new database; `change` may send the application's connections another way."""
    database = await postgres.database(*LOGINS)
    await _tables(postgres.url(database, LOGINS[0]))
    ring = await postgres.database("keyring_owner", "keyring_app", "keyring_eraser")
    owner_of_keys = postgres.url(ring, "keyring_owner")
    await _keyring(owner_of_keys)
    settings = Settings(
        service=SERVICE,
        database_url=change(postgres.url(database, LOGINS[1])),
        relay_database_url=postgres.url(database, LOGINS[2]),
        keyring_url=postgres.url(ring, "keyring_app"),
        keyring_eraser_url=postgres.url(ring, "keyring_eraser"),
        kek_file=kek_file(),
        index_key=random_key(),
        kafka_servers=servers,
    )
    async with resources(settings, tables) as held:
        yield Probe(settings, held, transactions(held), postgres.dsn(database), owner_of_keys)


@asynccontextmanager
async def relaying(settings: Settings, count: int = 1) -> AsyncIterator[list[asyncio.Event]]:
    """Relays at work until the block ends; each may be told to stop before."""
    stops = [asyncio.Event() for _ in range(count)]
    async with asyncio.TaskGroup() as group:
        for stop in stops:
            group.create_task(Relay(settings, stop).run())
        try:
            yield stops
        finally:
            for stop in stops:
                stop.set()


def fresh(prefix: str = "probe") -> str:
    """A name that nobody else uses."""
    return f"{prefix}.{uuid4().hex[:12]}"


async def _tables(owner_url: str) -> None:
    engine = create_async_engine(owner_url)
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
        await guard(connection, SERVICE, metadata)
    await engine.dispose()


async def _keyring(url: str) -> None:
    engine = create_async_engine(url)
    await create_schema(engine)
    await engine.dispose()
