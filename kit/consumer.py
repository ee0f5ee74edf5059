"""Consumes topics in batches: handled first, committed after, an outage waited for."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from opentelemetry.metrics import get_meter

from kit import kafka
from kit.logs import logger
from kit.settings import Settings
from kit.unreadable import Record, step_over

BATCH = 500
PACE_SECONDS = 0.25
"""Batches begin this far apart: under load facts share transactions, a lone one waits for none."""
Handle = Callable[[list[kafka.Envelope]], Awaitable[None]]
log = logger("kit.consumer")
lag = get_meter("kit.consumer").create_gauge(
    "consumer.lag", description="messages of a topic that this process has not handled yet"
)


class Outage(Exception):
    """What a handler needs is away for now; the same batch will be handled when it is back."""


async def consume(
    settings: Settings,
    group: str,
    topics: Sequence[str],
    handle: Handle,
    stopping: asyncio.Event,
) -> None:
    """Hands batches to `handle` and commits after it; an `Outage` makes it wait, never skip."""
    loop = asyncio.get_running_loop()
    consumer = await kafka.started(kafka.consumer(settings, group, *topics))
    try:
        while not stopping.is_set():
            batch = [kafka.read(record) for record in await _fetched(consumer)]
            began = loop.time()
            await _tell_lag(consumer, batch)
            if batch and await _handled(handle, batch, stopping):
                await _commit(consumer)
                await _tell_lag(consumer)
            if len(batch) < BATCH:
                await asyncio.sleep(max(0.0, began + PACE_SECONDS - loop.time()))
    finally:
        await consumer.stop()


async def _fetched(consumer: AIOKafkaConsumer) -> list[Record]:
    try:
        fetched = await consumer.getmany(timeout_ms=1000, max_records=BATCH)
    except UnicodeDecodeError:
        found = await step_over(consumer, BATCH)
        if not found:
            # Nothing to handle will commit that these places are behind us.
            await _commit(consumer)
        return found
    return [record for records in fetched.values() for record in records]


async def _handled(handle: Handle, batch: list[kafka.Envelope], stopping: asyncio.Event) -> bool:
    pause = 0.2
    while not stopping.is_set():
        try:
            await handle(batch)
        except Outage as outage:
            log.warning("batch waits for an outage to end", error=str(outage))
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)
        else:
            return True
    return False


async def _tell_lag(consumer: AIOKafkaConsumer, at_hand: Sequence[kafka.Envelope] = ()) -> None:
    """What is at hand and what the broker holds beyond it; a place lost meanwhile tells nothing."""
    behind = Counter(envelope.topic for envelope in at_hand)
    try:
        for part in consumer.assignment():
            end = consumer.highwater(part)
            behind[part.topic] += max(0, end - await consumer.position(part)) if end else 0
    except KafkaError:
        return
    for topic, messages in behind.items():
        lag.set(messages, {"topic": topic})


async def _commit(consumer: AIOKafkaConsumer) -> None:
    try:
        await consumer.commit()
    except KafkaError:
        log.warning("offsets were not committed; the batch will come again")
