"""`python -m kit.facts_out`: what one service's outbox says was sent is on the bus, and no more.

A row that was marked and never sent would be missed by nobody until a deadline passes. So one
process of each service reads what the broker holds of the last minute, ids alone, and compares
both ways. Asked by the command, it compares all that both keep.

Compacted topics are left out: of them the broker rightly forgets.
"""

import asyncio
import sys
import zlib
from datetime import UTC, datetime, timedelta

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from contracts.topics import COMPACTED, TOPICS
from kit import kafka
from kit.invariants import LOOK_SECONDS, Finding, tell, verdict
from kit.outages import Connection, connected, leave, rest
from kit.settings import Settings

WINDOW = timedelta(minutes=10)
"""Most that is compared in one look: after an outage it catches up in several."""
SETTLED = timedelta(seconds=30)
"""Marks younger than this may not be committed yet."""
SKEW = timedelta(seconds=30)
"""A fact reaches the broker before it is marked, and clocks of two machines differ."""
MUCH_EARLIER = timedelta(minutes=15)
"""How far back what seems missing is looked for before it is told."""
SENT = "select id from outbox where published_at >= $1 and published_at < $2 and topic = any($3)"
KNOWN = "select id from outbox where published_at >= $1 or published_at is null"

type Held = dict[str, datetime]


def topics_of(service: str) -> list[str]:
    """Those that the service writes and of which the broker keeps every message for days."""
    return [one.name for one in TOPICS if one.owner == service and one.name not in COMPACTED]


class Comparison:
    """One service's outbox beside its topics, from a moment on."""

    def __init__(
        self, settings: Settings, topics: list[str], since: datetime, window: timedelta = WINDOW
    ) -> None:
        self._settings = settings
        self._topics = topics
        self._since = since
        self._window = window
        self._lost: set[str] = set()
        self._strange: set[str] = set()

    async def look(self, connection: Connection) -> list[Finding]:
        """Compares what was marked since the last look. What was lost stays told until resent."""
        now: datetime = await connection.fetchval("select now()")
        since = self._since
        until = max(since, min(now - SETTLED, since + self._window))
        held = await on_bus(self._settings, self._topics, since - SKEW, until + SKEW)
        missing = await _ids(connection, SENT, since, until, self._topics) - held.keys()
        if missing:
            missing -= (await self._before(since)).keys()
        self._lost = (self._lost | missing) - held.keys()
        told = {one for one, at in held.items() if since <= at < until}
        self._strange |= told - await _ids(connection, KNOWN, since - MUCH_EARLIER)
        self._since = until
        counts = {"facts_out": len(self._lost), "facts_unrecorded": len(self._strange)}
        return [Finding(kind, False, cases) for kind, cases in counts.items()]

    async def _before(self, since: datetime) -> Held:
        return await on_bus(self._settings, self._topics, since - MUCH_EARLIER, since)


async def on_bus(settings: Settings, topics: list[str], since: datetime, until: datetime) -> Held:
    """Ids of what the broker took between two moments, and when; the bodies are not looked at."""
    consumer = kafka.consumer(settings, None, *topics)
    await consumer.start()
    try:
        # It was told of the topics to learn of their partitions, and reads only where it must.
        parts = [
            TopicPartition(topic, number)
            for topic in topics
            for number in sorted(consumer.partitions_for_topic(topic) or ())
        ]
        consumer.unsubscribe()
        first, last = await _places(consumer, parts, since), await _places(consumer, parts, until)
        wanted = [part for part in parts if first[part] < last[part]]
        consumer.assign(wanted)
        for part in wanted:
            consumer.seek(part, first[part])
        return await _read(consumer, {part: last[part] for part in wanted})
    finally:
        await consumer.stop()


async def _places(
    consumer: AIOKafkaConsumer, parts: list[TopicPartition], at: datetime
) -> dict[TopicPartition, int]:
    """Where the messages of a moment begin; the end where none is that young."""
    moment = int(at.timestamp() * 1000)
    ends = await consumer.end_offsets(parts)
    found = await consumer.offsets_for_times(dict.fromkeys(parts, moment))
    return {part: found[part].offset if found.get(part) else ends[part] for part in parts}


async def _read(consumer: AIOKafkaConsumer, last: dict[TopicPartition, int]) -> Held:
    held: Held = {}
    while any([await consumer.position(part) < end for part, end in last.items()]):
        for records in (await consumer.getmany(timeout_ms=1000, max_records=2000)).values():
            for record in records:
                envelope = kafka.read(record)
                held[envelope.event_id] = envelope.occurred_at
    return held


async def _ids(connection: Connection, query: str, *arguments: object) -> set[str]:
    return {row["id"] for row in await connection.fetch(query, *arguments)}


async def keep_comparing(settings: Settings, stopping: asyncio.Event) -> None:
    """Until told to stop, by one process of the service at a time. An outage ends it."""
    topics = topics_of(settings.service)
    lock = zlib.crc32(f"facts_out/{settings.service}".encode())
    connection = await connected(settings)
    try:
        comparison = Comparison(settings, topics, datetime.now(UTC) - WINDOW)
        while not stopping.is_set():
            if await connection.fetchval("select pg_try_advisory_lock($1)", lock):
                tell(await comparison.look(connection))
            await rest(stopping, LOOK_SECONDS)
    finally:
        await leave(connection)


async def _now(settings: Settings) -> int:
    """All that both keep, but for the hour in which they forget it at their own pace."""
    kept = timedelta(hours=settings.outbox_retention_hours - 1)
    connection = await connected(settings)
    try:
        since = datetime.now(UTC) - kept
        whole = Comparison(settings, topics_of(settings.service), since, kept)
        return verdict(await whole.look(connection))
    finally:
        await leave(connection)


if __name__ == "__main__":
    sys.exit(asyncio.run(_now(Settings())))
