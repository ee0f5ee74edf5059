"""The only producer: takes what the outbox holds unpublished and sends it, in order per key.

One leader per service holds a session-level advisory lock. The database wakes it at each commit. It
never polls past a sequence: a row that commits late is still unpublished and goes with the next
batch. No transaction is open while Kafka is waited for; a crash between sending and marking sends
again, and inboxes do it once.
"""

import asyncio
import zlib
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import asyncpg
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from opentelemetry.metrics import get_meter

from contracts.topics import COMPACTED
from kit import kafka
from kit.logs import logger
from kit.outages import LOST, Connection, Patience, connected, leave
from kit.plumbing import CHANNEL
from kit.settings import Settings

BATCH = 500
GATHER_SECONDS = 0.05
"""Facts of this time after the first one travel together with it."""
LOOK_SECONDS = 2.0
"""How often it looks without having been told: for what the broker refused before."""
SWEEP_SECONDS = 60.0
STOP_SECONDS = 5.0
LARGE = 100_000
"""Characters above which a fact waits for its answer before others of its key are sent."""
UNPUBLISHED = """
    select seq, tenant_id, id, topic, type, key, payload, traceparent, occurred_at
    from outbox where published_at is null and parked_at is null
      and not exists (select 1 from outbox p where p.parked_at is not null
                      and p.topic = outbox.topic and p.key = outbox.key
                      and p.seq < outbox.seq)
    order by seq limit $1
"""
IN_ORDER = "set enable_sort = off"
"""Else, with the table's figures older than a backlog, all of it would be read and sorted again for
every batch: the longer the outage was, the slower it would be made up for."""
MARK = "update outbox set published_at = now() where seq = any($1::bigint[])"
PARK = "update outbox set parked_at = now() where seq = $1"
SWEEP = """
    delete from outbox where seq in (
        select seq from outbox as old where published_at < now() - make_interval(hours => $1)
          and (topic <> all($2::text[])
               or exists (select 1 from outbox as newer where newer.topic = old.topic
                          and newer.key = old.key and newer.seq > old.seq))
        limit 5000)
"""
"""A compacted topic holds the last fact of a key for good, and so must what it is made from."""
log = logger("kit.relay")
parked = get_meter("kit.relay").create_counter(
    "outbox.parked", description="facts that the broker refuses for good: their key is parked"
)

type Outcome = BaseException | None


class Relay:
    """Moves one service's facts from its outbox to Kafka until told to stop."""

    def __init__(self, settings: Settings, stopping: asyncio.Event) -> None:
        self._settings = settings
        self._stopping = stopping
        self._producer: AIOKafkaProducer | None = None
        self._patience = Patience("relay")

    async def run(self) -> None:
        """Leads while it can; after any outage of the database it starts over."""
        try:
            while not self._stopping.is_set():
                await self._lead_or_wait()
        finally:
            await self._leave_producer()

    async def _lead_or_wait(self) -> None:
        try:
            await self._lead()
        except LOST as broken:
            await self._patience.bear(broken, self._stopping)

    async def _lead(self) -> None:
        connection = await reader(self._settings)
        try:
            if await self._elected(connection):
                await self._serve(connection)
        finally:
            await leave(connection)

    async def _connected(self) -> AIOKafkaProducer:
        if self._producer is None:
            self._producer = await kafka.started(kafka.producer(self._settings))
        return self._producer

    async def _leave_producer(self) -> None:
        """What is still unsent stays in the outbox, so an absent broker is not waited for."""
        producer, self._producer = self._producer, None
        if producer is None:
            return
        try:
            await asyncio.wait_for(producer.stop(), STOP_SECONDS)
        except TimeoutError:
            # aiokafka knows no stop without a flush: these are its own last steps after it.
            await producer._sender.close()
            await producer.client.close()

    async def _elected(self, connection: Connection) -> bool:
        lock = zlib.crc32(f"relay/{self._settings.service}".encode())
        while not self._stopping.is_set():
            if await connection.fetchval("select pg_try_advisory_lock($1)", lock):
                return True
            await asyncio.sleep(0.5)
        return False

    async def _serve(self, connection: Connection) -> None:
        loop = asyncio.get_running_loop()
        told, swept = asyncio.Event(), loop.time()
        await connection.add_listener(CHANNEL, lambda *_: told.set())
        while not self._stopping.is_set():
            told.clear()
            moved = await self._move_batch(connection)
            self._patience.renewed()
            if loop.time() - swept > SWEEP_SECONDS:
                swept = loop.time()
                await sweep(connection, self._settings)
            if moved < BATCH:
                await self._rest(told)

    async def _rest(self, told: asyncio.Event) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(told.wait(), LOOK_SECONDS)
        await asyncio.sleep(GATHER_SECONDS)

    async def _move_batch(self, connection: Connection) -> int:
        rows = await connection.fetch(UNPUBLISHED, BATCH)
        if not rows:
            return 0
        sent = await self._send(rows)
        refused = [row for row, out in zip(rows, sent, strict=True) if out is not None]
        await self._park_oversized(connection, rows, sent)
        done = [row["seq"] for row, out in zip(rows, sent, strict=True) if out is None]
        if done:
            await connection.execute(MARK, done)
        if refused:
            log.warning("broker refused facts; they stay and are sent again", kept=len(refused))
        return len(done)

    async def _park_oversized(
        self, connection: Connection, rows: Sequence[asyncpg.Record], sent: list[Outcome]
    ) -> None:
        """Parks what is refused even alone: it may only have shared a batch that was too large."""
        held: set[tuple[str, str]] = set()
        for row, out in zip(rows, sent, strict=True):
            if out is None or _key(row) in held:
                continue
            if not isinstance(out, MessageSizeTooLargeError):
                held.add(_key(row))
                continue
            outcome = await self._sent_alone(row)
            if isinstance(outcome, MessageSizeTooLargeError):
                log.error("fact cannot be sent: its key is parked", type=row["type"])
                parked.add(1, {"topic": row["topic"]})
                await connection.execute(PARK, row["seq"])
            if outcome is None:
                await connection.execute(MARK, [row["seq"]])
            else:
                held.add(_key(row))

    async def _sent_alone(self, row: asyncpg.Record) -> Outcome:
        (outcome,) = await self._send([row])
        return outcome

    async def _send(self, rows: Sequence[asyncpg.Record]) -> list[Outcome]:
        """One outcome per row. Nothing after a failed row of the same key counts as sent."""
        producer = await self._connected()
        held: set[tuple[str, str]] = set()
        waiting = [await self._enqueue(row, producer, held) for row in rows]
        outcomes = await self._settled(waiting)
        failed: set[tuple[str, str]] = set()
        result: list[Outcome] = []
        for row, outcome in zip(rows, outcomes, strict=True):
            if outcome is not None or _key(row) in failed:
                failed.add(_key(row))
                outcome = outcome or KafkaError("behind a fact that was not sent")
            result.append(outcome)
        if failed:
            # A refused batch leaves a gap in an idempotent producer's numbers: the broker would
            # refuse all that follows it in the partition.
            await self._leave_producer()
        return result

    async def _settled(self, waiting: list["asyncio.Future[Any]"]) -> list[Outcome]:
        """What became of each; being told to stop ends the wait, and the rest counts as unsent."""
        stop: asyncio.Future[Any] = asyncio.ensure_future(self._stopping.wait())
        everything: asyncio.Future[Any] = asyncio.gather(*waiting, return_exceptions=True)
        await asyncio.wait([everything, stop], return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if not everything.done():
            await asyncio.wait([everything], timeout=STOP_SECONDS)
        return [_outcome(future) for future in waiting]

    async def _enqueue(
        self, row: asyncpg.Record, producer: AIOKafkaProducer, held: set[tuple[str, str]]
    ) -> "asyncio.Future[Any]":
        """The answer to come. A key of which something was refused sends no more this time."""
        if _key(row) in held:
            return _refused(KafkaError("behind a fact that was not sent"))
        try:
            sent: asyncio.Future[Any] = await producer.send(
                row["topic"],
                row["payload"].encode(),
                key=row["key"].encode(),
                headers=kafka.headers(row),
            )
        except KafkaError as refused:
            sent = _refused(refused)
        if len(row["payload"]) > LARGE:
            await self._settled([sent])
        if sent.done() and _outcome(sent) is not None:
            held.add(_key(row))
        return sent


async def reader(settings: Settings) -> Connection:
    """A connection that reads the outbox along its index, never sorting what it holds."""
    connection = await connected(settings)
    await connection.execute(IN_ORDER)
    return connection


async def sweep(connection: Connection, settings: Settings) -> None:
    """Forgets, a little at a time, what was published longer ago than the bus keeps it."""
    await connection.execute(SWEEP, settings.outbox_retention_hours, list(COMPACTED))


def _key(row: asyncpg.Record) -> tuple[str, str]:
    return row["topic"], row["key"]


def _refused(error: KafkaError) -> "asyncio.Future[Any]":
    failed: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    failed.set_exception(error)
    return failed


def _outcome(future: "asyncio.Future[Any]") -> Outcome:
    if not future.done():
        return TimeoutError("not answered yet")
    return future.exception()
