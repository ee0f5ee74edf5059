"""Keeps a process's clock where the sandbox put it: reads `sandbox.clock` to its end, then on."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition

from contracts.sandbox.events import ClockMoved
from kit import kafka
from kit.clock import Clock
from kit.logs import logger
from kit.settings import Settings

OnMove = Callable[[ClockMoved], None]
AGAIN_SECONDS = 1.0
log = logger("kit.clock_follower")


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
        async with beside(_follow(consumer, clock, on_move)):
            yield
    finally:
        await consumer.stop()


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Within it `work` runs too; should it fail, the process is told to stop, and says why."""
    task = asyncio.create_task(work)
    task.add_done_callback(_end_if_failed)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _end_if_failed(task: asyncio.Task[None]) -> None:
    error = None if task.cancelled() else task.exception()
    if error is not None:
        log.error("the clock is not followed any more: ending", error=type(error).__name__)
        signal.raise_signal(signal.SIGTERM)


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
        try:
            await _take(consumer, clock, on_move)
        except KafkaError as outage:
            log.warning("moves of the clock wait for the broker", error=type(outage).__name__)
            await asyncio.sleep(AGAIN_SECONDS)


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
    except (ValueError, RecursionError):
        return None
