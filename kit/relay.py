"""The only producer: takes what the outbox holds unpublished and sends it, in order per key.

One leader per service holds a session-level advisory lock. It never polls past a sequence: a row
that commits late is still unpublished and goes with the next batch. No transaction is open while
Kafka is waited for; a crash between sending and marking sends again, and inboxes do it once.
"""

import asyncio
import zlib
from collections.abc import Sequence

import asyncpg
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from kit import kafka
from kit.logs import logger
from kit.settings import Settings

BATCH = 500
BUSY_SECONDS, IDLE_SECONDS = 0.02, 0.1
IDLE_AFTER_ROUNDS = 100
SWEEP_SECONDS = 60.0
UNPUBLISHED = """
    select seq, tenant_id, id, topic, type, key, payload, traceparent, occurred_at
    from outbox where published_at is null and parked_at is null
      and not exists (select 1 from outbox p where p.parked_at is not null
                      and p.topic = outbox.topic and p.key = outbox.key)
    order by seq limit $1
"""
MARK = "update outbox set published_at = now() where seq = any($1::bigint[])"
PARK = "update outbox set parked_at = now() where seq = $1"
SWEEP = """
    delete from outbox where seq in (
        select seq from outbox where published_at < now() - make_interval(hours => $1) limit 5000)
"""
log = logger("kit.relay")


class Relay:
    """Moves one service's facts from its outbox to Kafka until told to stop."""

    def __init__(self, settings: Settings, stopping: asyncio.Event) -> None:
        self._settings = settings
        self._stopping = stopping
        self._producer: AIOKafkaProducer | None = None

    async def run(self) -> None:
        """Leads while it can; after any outage of the database it starts over."""
        while not self._stopping.is_set():
            try:
                await self._lead()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as broken:
                log.warning("relay lost its database", error=type(broken).__name__)
                await asyncio.sleep(0.5)
        if self._producer is not None:
            await self._producer.stop()

    async def _lead(self) -> None:
        url = self._settings.relay_database_url.replace("+asyncpg", "")
        connection = await asyncpg.connect(url)
        try:
            if not await self._elected(connection):
                return
            producer = await self._connected()
            await self._serve(connection, producer)
        finally:
            await connection.close()

    async def _connected(self) -> AIOKafkaProducer:
        if self._producer is None:
            self._producer = await kafka.started(kafka.producer(self._settings))
        return self._producer

    async def _elected(self, connection: "asyncpg.Connection[asyncpg.Record]") -> bool:
        lock = zlib.crc32(f"relay/{self._settings.service}".encode())
        while not self._stopping.is_set():
            if await connection.fetchval("select pg_try_advisory_lock($1)", lock):
                return True
            await asyncio.sleep(0.5)
        return False

    async def _serve(
        self, connection: "asyncpg.Connection[asyncpg.Record]", producer: AIOKafkaProducer
    ) -> None:
        loop = asyncio.get_running_loop()
        quiet, swept = 0, loop.time()
        while not self._stopping.is_set():
            moved = await self._move_batch(connection, producer)
            quiet = 0 if moved else quiet + 1
            if loop.time() - swept > SWEEP_SECONDS:
                swept = loop.time()
                await connection.execute(SWEEP, self._settings.outbox_retention_hours)
            if moved < BATCH:
                await asyncio.sleep(BUSY_SECONDS if quiet < IDLE_AFTER_ROUNDS else IDLE_SECONDS)

    async def _move_batch(
        self, connection: "asyncpg.Connection[asyncpg.Record]", producer: AIOKafkaProducer
    ) -> int:
        rows = await connection.fetch(UNPUBLISHED, BATCH)
        if not rows:
            return 0
        sent = await self._send(rows, producer)
        for row, outcome in zip(rows, sent, strict=True):
            if isinstance(outcome, MessageSizeTooLargeError):
                log.error("fact cannot be sent: its key is parked", type=row["type"])
                await connection.execute(PARK, row["seq"])
        done = [r["seq"] for r, out in zip(rows, sent, strict=True) if out is None]
        if done:
            await connection.execute(MARK, done)
        if len(done) < len(rows):
            log.warning("broker refused facts; they stay and are sent again", kept=len(rows))
        return len(done)

    async def _send(
        self, rows: Sequence[asyncpg.Record], producer: AIOKafkaProducer
    ) -> list[BaseException | None]:
        """One outcome per row. Nothing after a failed row of the same key counts as sent."""
        waiting = [await self._enqueue(row, producer) for row in rows]
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        failed: set[tuple[str, str]] = set()
        result: list[BaseException | None] = []
        for row, outcome in zip(rows, outcomes, strict=True):
            key = (row["topic"], row["key"])
            error = outcome if isinstance(outcome, BaseException) else None
            if error is not None or key in failed:
                failed.add(key)
                error = error or KafkaError("behind a fact that was not sent")
            result.append(error)
        return result

    async def _enqueue(
        self, row: asyncpg.Record, producer: AIOKafkaProducer
    ) -> "asyncio.Future[object]":
        try:
            sent: asyncio.Future[object] = await producer.send(
                row["topic"],
                row["payload"].encode(),
                key=row["key"].encode(),
                headers=kafka.headers(row),
            )
            return sent
        except KafkaError as refused:
            failed: asyncio.Future[object] = asyncio.get_running_loop().create_future()
            failed.set_exception(refused)
            return failed
