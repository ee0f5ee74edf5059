"""A bus seen from outside: who reads what, all that lies there, and putting it elsewhere."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from tests.chaos.feed import Message

LOOK_SECONDS = 0.05
SECONDS = 60.0
Offsets = dict[TopicPartition, int]


@asynccontextmanager
async def admin(servers: str) -> AsyncIterator[AIOKafkaAdminClient]:
    """A connection of an operator of the bus."""
    client = AIOKafkaAdminClient(bootstrap_servers=servers)
    await client.start()
    try:
        yield client
    finally:
        await client.close()


async def live_groups(servers: str) -> dict[str, list[str]]:
    """Every consumer group that the brokers know, and the topics that it read."""
    async with admin(servers) as client:
        names = sorted(str(name) for name, *_ in await client.list_consumer_groups())
        return {
            name: sorted({part.topic for part in await client.list_consumer_group_offsets(name)})
            for name in names
        }


async def without_topics(servers: str) -> None:
    """Deletes all topics but the broker's own, and with them what groups committed there."""
    async with asyncio.timeout(SECONDS), admin(servers) as client:
        while mine := [name for name in await client.list_topics() if not name.startswith("__")]:
            await client.delete_topics(mine)
            await asyncio.sleep(LOOK_SECONDS)


async def everything(servers: str, topics: Iterable[str], tenant: int) -> list[Message]:
    """All that lies on these topics of one tenant, each fact once, as the broker took them."""
    consumer = AIOKafkaConsumer(bootstrap_servers=servers, enable_auto_commit=False)
    await consumer.start()
    try:
        parts = await _parts(servers, topics)
        consumer.assign(parts)
        await consumer.seek_to_beginning()
        ends = await consumer.end_offsets(parts)
        found: list[Any] = []
        async with asyncio.timeout(SECONDS):
            while any([await consumer.position(part) < ends[part] for part in parts]):
                fetched = await consumer.getmany(timeout_ms=500)
                found += [record for records in fetched.values() for record in records]
    finally:
        await consumer.stop()
    found.sort(key=lambda record: (record.timestamp, record.topic, record.offset))
    once: dict[tuple[str, str], Message] = {}
    for record in found:
        message = Message(record.topic, record.key or b"", record.value or b"", record.headers)
        if dict(message.headers).get("ce_tenantid") == str(tenant).encode():
            once.setdefault((message.topic, message.id), message)
    return list(once.values())


async def put(servers: str, messages: Sequence[Message]) -> None:
    """Puts them there in this order, each key on the partition that production gives it."""
    producer = AIOKafkaProducer(
        bootstrap_servers=servers, acks="all", enable_idempotence=True, linger_ms=5
    )
    await producer.start()
    try:
        sent = [
            await producer.send(
                message.topic, message.value, key=message.key, headers=list(message.headers)
            )
            for message in messages
        ]
        await asyncio.gather(*sent)
    finally:
        await producer.stop()


async def ends(servers: str, topics: Iterable[str]) -> Offsets:
    """Where each partition of these topics ends now."""
    consumer = AIOKafkaConsumer(bootstrap_servers=servers, enable_auto_commit=False)
    await consumer.start()
    try:
        found: Offsets = await consumer.end_offsets(await _parts(servers, topics))
        return found
    finally:
        await consumer.stop()


async def read_all(servers: str, group: str, topics: Iterable[str]) -> bool:
    """Whether the group committed everything that lies on its topics."""
    places = await ends(servers, topics)
    async with admin(servers) as client:
        told = await client.list_consumer_group_offsets(group)
    filled = [part for part, place in places.items() if place]
    return all(part in told and told[part].offset >= places[part] for part in filled)


async def _parts(servers: str, topics: Iterable[str]) -> list[TopicPartition]:
    async with admin(servers) as client:
        told = await client.describe_topics(sorted(topics))
    return [
        TopicPartition(one["topic"], part["partition"])
        for one in told
        for part in one["partitions"]
    ]
