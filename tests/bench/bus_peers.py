"""The peers of P5, each by its best documented set-up: no row-level security, no encryption, no
telemetry, no validation of what arrives; they write the same rows and send the same messages."""

import asyncio
import json
from collections.abc import Sequence

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.structs import ConsumerRecord

NEXT = """
    select seq, topic, key, id, type, payload from outbox where published_at is null
    order by seq limit 1 for update skip locked
"""
PUBLISHED = "update outbox set published_at = now() where seq = $1"
CLAIM = "insert into peer_inbox values ($1) on conflict do nothing returning 1"
NOTE = "insert into note (tenant_id, key, number) values ($1, $2, $3)"
IN_FLIGHT = 2000

type Headers = Sequence[tuple[str, bytes]]


def headers(row: asyncpg.Record) -> Headers:
    """As much as a consumer needs."""
    told = {"ce_id": row["id"], "ce_type": row["type"], "ce_tenantid": "7"}
    return [(name, value.encode()) for name, value in told.items()]


async def relay_one_by_one(
    connection: asyncpg.Connection, producer: AIOKafkaProducer, count: int
) -> int:
    """A row is taken, sent, awaited and marked in a transaction of its own."""
    for _ in range(count):
        async with connection.transaction():
            row = await connection.fetchrow(NEXT)
            told = headers(row)
            await producer.send_and_wait(
                row["topic"], row["payload"].encode(), key=row["key"].encode(), headers=told
            )
            await connection.execute(PUBLISHED, row["seq"])
    return count


async def produce(producer: AIOKafkaProducer, rows: Sequence[asyncpg.Record]) -> int:
    """The messages alone, many in flight: no outbox, nothing that survives a crash."""
    waiting = []
    for row in rows:
        waiting.append(
            await producer.send(
                row["topic"], row["payload"].encode(), key=row["key"].encode(), headers=headers(row)
            )
        )
        if len(waiting) >= IN_FLIGHT:
            await asyncio.gather(*waiting)
            waiting = []
    await asyncio.gather(*waiting)
    return len(rows)


async def handle_one_by_one(
    connection: asyncpg.Connection, consumer: AIOKafkaConsumer, count: int
) -> int:
    """Claimed, done and committed, then the offset: a transaction per message."""
    done = 0
    while done < count:
        fetched = await consumer.getmany(timeout_ms=500, max_records=500)
        for part, messages in fetched.items():
            for message in messages:
                await _handle(connection, message)
                await consumer.commit({TopicPartition(*part): message.offset + 1})
                done += 1
                if done == count:
                    return done
    return done


async def _handle(connection: asyncpg.Connection, message: "ConsumerRecord[bytes, bytes]") -> None:
    told = dict(message.headers)
    async with connection.transaction():
        if await connection.fetchval(CLAIM, told["ce_id"].decode()):
            body = json.loads(message.value)
            tenant = int(told["ce_tenantid"])
            await connection.execute(NOTE, tenant, body["note"], body["number"])
