"""Stepping over records that the client cannot read, so that what follows them is read.

It decodes names of headers as UTF-8 while it hands records out, and a partner may write any bytes.
"""

from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import IllegalStateError
from aiokafka.structs import ConsumerRecord
from opentelemetry.metrics import get_meter

from kit.logs import logger

type Record = ConsumerRecord[Any, Any]

log = logger("kit.unreadable")
skipped = get_meter("kit.unreadable").create_counter(
    "consumer.unreadable", description="records that could not even be read: stepped over"
)


async def step_over(consumer: AIOKafkaConsumer, most: int) -> list[Record]:
    """What can be read, one by one, of each partition; what cannot is told and stepped over.

    The read that failed had moved past records of other partitions and handed them to nobody:
    every partition goes back to what was committed, that is, handled.
    """
    ends = {part: consumer.highwater(part) or 0 for part in sorted(consumer.assignment())}
    found: list[Record] = []
    # The group divided anew meanwhile: whoever has a partition now begins at what was committed.
    with suppress(IllegalStateError):
        for part in ends:
            await _back(consumer, part)
        for part, end in ends.items():
            found += await _of_one(consumer, part, end, max(1, most // len(ends)))
    return found


async def _back(consumer: AIOKafkaConsumer, part: TopicPartition) -> None:
    handled = await consumer.committed(part)
    if handled is None:
        await consumer.seek_to_beginning(part)
    else:
        consumer.seek(part, handled)


async def _of_one(
    consumer: AIOKafkaConsumer, part: TopicPartition, end: int, most: int
) -> list[Record]:
    found: list[Record] = []
    for _ in range(most):
        at = await consumer.position(part)
        if at >= end:
            break
        try:
            fetched = await consumer.getmany(part, timeout_ms=1000, max_records=1)
        except UnicodeDecodeError:
            _tell(part, at)
            consumer.seek(part, at + 1)
            continue
        found += fetched.get(part, [])
    return found


def _tell(part: TopicPartition, offset: int) -> None:
    log.error(
        "a record cannot be read and is stepped over",
        topic=part.topic,
        partition=part.partition,
        offset=offset,
    )
    skipped.add(1, {"topic": part.topic})
