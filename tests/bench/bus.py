"""P5: the relay and the inbox beside what one would write in an afternoon, on the real broker.

`make bench GOAL=P5`. Facts of 400 bytes over 997 keys. CPU is of this process, where the Python
side of each way runs, of Postgres and of the broker. Ours run with RLS and telemetry on.
The latency is from the commit that records a fact to the commit that handles it, both by their
callers' clocks, in one process for both sides and the recorder: dearer than in production.
"""

import asyncio
import os
import statistics
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from kit import telemetry
from kit.consumer import consume
from kit.db import Transaction
from kit.inbox import Inbox
from kit.kafka import Envelope
from kit.relay import IN_ORDER
from tests.bench import bus_peers
from tests.bench.parts import TENANT, server_pid, with_us
from tests.bench.rounds import FOLDER, ROUNDS, Figure, conclude, in_turn, over
from tests.support.bench import until
from tests.support.bus import Bus, bus
from tests.support.postgres import Postgres, running
from tests.support.probe import Noted, Probe, fresh, note, on_topic, probe, relaying

MANY, FEW = 20_000, 1_000
SECONDS, PER_SECOND = 8.0, 10
"""Of facts offered at a steady rate, recorded so many times a second."""
FILL = """
    insert into outbox (tenant_id, id, topic, type, key, payload, occurred_at)
    select $1::int, gen_random_uuid(), $2, $3, 'k' || n % 997, json_build_object(
        'tenant_id', $1::int, 'note', 'k' || n % 997, 'number', n, 'filler', repeat('x', 300)
    ), now() from generate_series(1, $4::int) n
"""
PENDING = "select exists (select from outbox where published_at is null)"
MESSAGES = "select topic, key, id, type, payload from outbox where topic = $1 order by seq"
RELAY, ONE_ROW, PRODUCER = "relay", "one row per transaction", "bare batched producer"
INBOX, ONE_MESSAGE = "inbox", "one message per transaction"


async def together(tx: Transaction, facts: list[Noted]) -> None:
    """The effect of a batch in one statement, as the product's own handlers write theirs."""
    rows = [{"tenant_id": one.tenant_id, "key": one.note, "number": one.number} for one in facts]
    await tx.connection.execute(note.insert(), rows)


async def collected(tx: Transaction, fact: Noted) -> None:
    """The handler."""
    tx.collect(together, fact)


@dataclass
class Line:
    """One service, its broker and the topic its facts travel on."""

    service: Probe
    broker: Bus
    admin: asyncpg.Connection
    producer: AIOKafkaProducer
    batching: AIOKafkaProducer
    event: type[Noted] = Noted
    handled: dict[str, float] = field(default_factory=dict)
    """Event id → when the commit that handled it was over."""

    async def new_topic(self, facts: int) -> None:
        """An empty topic, and so many facts in the outbox that are to travel on it."""
        self.event = on_topic(Noted, fresh())
        await self.broker.create(self.event.topic)
        await self.admin.execute("truncate outbox, inbox, note, peer_inbox")
        self.handled.clear()
        await self.fill(facts)

    async def fill(self, facts: int) -> None:
        """So many facts more in the outbox."""
        told = (TENANT, self.event.topic, self.event.type, facts)
        await self.admin.execute(FILL, *told)

    async def relayed(self) -> None:
        """Our relay until nothing is left."""
        async with relaying(self.service.settings):
            await until(self._empty, every=0.1)

    async def _empty(self) -> bool:
        return not await self.admin.fetchval(PENDING)

    async def handle(self, batch: list[Envelope]) -> None:
        """The inbox, and when it was through with each."""
        await self.inbox.handle(batch)
        self.handled |= dict.fromkeys((one.event_id for one in batch), time.monotonic())

    @property
    def inbox(self) -> Inbox:
        """Does each fact once, many in a transaction."""
        return self.service.inbox({self.event: collected})

    @asynccontextmanager
    async def consuming(self) -> AsyncIterator[None]:
        """Our consumer on the topic until the block ends."""
        stopping, group = asyncio.Event(), fresh("group")
        topics = (self.event.topic,)
        about = (self.service.settings, group, topics, self.handle, stopping)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(consume(*about))
            try:
                yield
            finally:
                stopping.set()

    async def all_handled(self, facts: int) -> None:
        """Until so many were."""
        await until(lambda: self._handled(facts), every=0.05)

    async def _handled(self, facts: int) -> bool:
        return len(self.handled) >= facts


async def relay(line: Line) -> int:
    await line.relayed()
    return MANY


async def one_row(line: Line) -> int:
    return await bus_peers.relay_one_by_one(line.admin, line.producer, FEW)


async def inbox(line: Line) -> int:
    async with line.consuming():
        await line.all_handled(MANY)
    return MANY


async def one_message(line: Line) -> int:
    consumer = AIOKafkaConsumer(
        line.event.topic,
        bootstrap_servers=line.broker.servers,
        group_id=fresh("peer"),
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await consumer.start()
    try:
        return await bus_peers.handle_one_by_one(line.admin, consumer, FEW)
    finally:
        await consumer.stop()


async def drained(line: Line) -> float:
    """Facts a second from the outbox to the inbox while there is always more to do."""
    await line.new_topic(MANY)
    began = time.monotonic()
    async with relaying(line.service.settings), line.consuming():
        await line.all_handled(MANY)
    return MANY / (time.monotonic() - began)


async def latencies(line: Line, rate: float) -> list[float]:
    """Seconds from commit to commit of facts offered at a steady rate."""
    await line.new_topic(0)
    each, committed = max(1, round(rate / PER_SECOND)), dict[str, float]()
    loop = asyncio.get_running_loop()
    async with relaying(line.service.settings), line.consuming():
        began = loop.time()
        for turn in range(int(SECONDS * PER_SECOND)):
            await asyncio.sleep(max(0.0, began + turn / PER_SECOND - loop.time()))
            facts = [_fact(line, turn * each + n) for n in range(each)]
            await line.service.record(TENANT, facts)
            committed |= dict.fromkeys((str(one.id) for one in facts), time.monotonic())
        await line.all_handled(len(committed))
    return [line.handled[one] - at for one, at in committed.items()]


def _fact(line: Line, number: int) -> Noted:
    return line.event(tenant_id=TENANT, note=f"k{number % 997}", number=number, filler="x" * 300)


def p99(values: Sequence[float]) -> float:
    """What one in a hundred exceeds."""
    return statistics.quantiles(values, n=100)[-1]


async def measured(
    line: Line, pids: list[int], walls: dict[str, list[float]]
) -> dict[str, list[float]]:
    """CPU milliseconds per fact of each way, and by the clock."""

    async def produced() -> int:
        return await bus_peers.produce(line.batching, messages)

    async def ready(name: str) -> None:
        await line.new_topic(FEW if name in (ONE_ROW, ONE_MESSAGE) else MANY)
        if name in (INBOX, ONE_MESSAGE):
            await line.relayed()
        messages[:] = await line.admin.fetch(MESSAGES, line.event.topic)

    messages: list[asyncpg.Record] = []
    ways = {
        RELAY: lambda: relay(line),
        ONE_ROW: lambda: one_row(line),
        PRODUCER: produced,
        INBOX: lambda: inbox(line),
        ONE_MESSAGE: lambda: one_message(line),
    }
    return await in_turn(ways, dict.fromkeys(ways, pids), ready, walls=walls)


@asynccontextmanager
async def opened(postgres: Postgres, broker: Bus) -> AsyncIterator[Line]:
    """The probe, its tables open to the peers, and the peers' producers."""
    async with probe(postgres, broker.servers) as service:
        admin = await asyncpg.connect(service.admin)
        await admin.execute("create table peer_inbox (event_id text primary key)")
        # The peer finds its next row as cheaply as our relay does.
        await admin.execute(IN_ORDER)
        # What lingers would only wait where each message is awaited.
        producers = [
            AIOKafkaProducer(bootstrap_servers=broker.servers, acks="all", **more)
            for more in ({}, {"linger_ms": 5, "max_batch_size": 65_536})
        ]
        for producer in producers:
            await producer.start()
        try:
            yield Line(service, broker, admin, *producers)
        finally:
            for producer in producers:
                await producer.stop()
            await admin.close()


async def run() -> int:
    """CPU of every way, then latency at half of what the line drains."""
    walls: dict[str, list[float]] = {}
    with running() as postgres, bus() as broker:
        pids = [*with_us(await server_pid(postgres), broker.pid)]
        async with opened(postgres, broker) as line:
            costs = await measured(line, pids, walls)
            most = [await drained(line) for _ in range(ROUNDS)]
            half = statistics.median(most) / 2
            late = [p99(await latencies(line, half)) for _ in range(ROUNDS)]
    figures = [
        Figure(f"{ONE_ROW} ÷ relay", over(costs[ONE_ROW], costs[RELAY]), least=50),
        Figure("bare producer ÷ relay", over(costs[PRODUCER], costs[RELAY]), least=0.35),
        Figure(f"{ONE_MESSAGE} ÷ inbox", over(costs[ONE_MESSAGE], costs[INBOX]), least=20),
        Figure("p99 commit to handled at half the rate", late, most=2.0, unit="s"),
        Figure(f"{ONE_ROW} ÷ relay, by the clock", over(walls[ONE_ROW], walls[RELAY])),
        Figure(f"{ONE_MESSAGE} ÷ inbox, by the clock", over(walls[ONE_MESSAGE], walls[INBOX])),
        Figure("rate of the line, outbox to inbox", most, unit="/s"),
        *(Figure(f"CPU of a fact, {name}", each, unit="ms") for name, each in costs.items()),
    ]
    told = f"{MANY} facts a round ({FEW} one by one); CPU of Python, Postgres and the broker"
    return conclude("P5", told, figures, costs | {"clock": walls, "rate": most, "p99": late})


def main() -> int:
    """Says by its exit code whether the goals were met."""
    os.environ[telemetry.SPANS_FILE] = str(FOLDER / "P5-spans.jsonl")
    telemetry.setup("probe", "bench", "")
    return asyncio.run(run())


if __name__ == "__main__":
    sys.exit(main())
