"""Keeps a process's clock where the sandbox put it: reads `sandbox.clock` to its end, then on."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition
from pydantic import ValidationError

from contracts.sandbox.events import ClockMoved
from kit import kafka
from kit.clock import Clock
from kit.settings import Settings

OnMove = Callable[[ClockMoved], None]


@asynccontextmanager
async def following(
    settings: Settings, clock: Clock, on_move: OnMove | None = None
) -> AsyncIterator[None]:
    """Within it the clock obeys every move; entered only once past moves were obeyed."""
    if not settings.sandbox:
        yield
        return
    consumer = await kafka.started(kafka.consumer(settings, None))
    try:
        await _assign(consumer)
        await _catch_up(consumer, clock, on_move)
        task = asyncio.create_task(_follow(consumer, clock, on_move))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
    finally:
        await consumer.stop()


async def _assign(consumer: AIOKafkaConsumer) -> None:
    topic = ClockMoved.topic
    while not (partitions := consumer.partitions_for_topic(topic)):
        await consumer.topics()
        await asyncio.sleep(0.2)
    consumer.assign([TopicPartition(topic, number) for number in sorted(partitions)])
    await consumer.seek_to_beginning()


async def _catch_up(consumer: AIOKafkaConsumer, clock: Clock, on_move: OnMove | None) -> None:
    ends = await consumer.end_offsets(list(consumer.assignment()))
    while any([await consumer.position(part) < end for part, end in ends.items()]):
        await _take(consumer, clock, on_move)


async def _follow(consumer: AIOKafkaConsumer, clock: Clock, on_move: OnMove | None) -> None:
    while True:
        await _take(consumer, clock, on_move)


async def _take(consumer: AIOKafkaConsumer, clock: Clock, on_move: OnMove | None) -> None:
    for records in (await consumer.getmany(timeout_ms=10_000)).values():
        for record in records:
            move = read_move(record.value)
            if move is not None and clock.obey(move) and on_move is not None:
                on_move(move)


def read_move(value: bytes | None) -> ClockMoved | None:
    """The move a message holds, or None when it is not one."""
    try:
        return ClockMoved.model_validate(json.loads(value or b"{}"))
    except (ValueError, ValidationError):
        return None
