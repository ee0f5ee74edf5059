"""The ERP on Kafka: an outside party with its own group, its own producer and stock clients."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.structs import ConsumerRecord

from kit.kafka_login import login
from services.sandbox.settings import SandboxSettings

READ, WRITTEN = "erp.cpt", "erp.acks"
ACK_TYPE = "erp.cpt.acknowledged.v1"
IDLE_LOOK_MS = 5_000
METADATA_MAX_AGE_MS = 5_000


@dataclass(frozen=True)
class Delivery:
    """One message of `erp.cpt`, by its place on the topic."""

    tenant_id: int
    place: str
    cpt_id: str
    revision: int
    jwe: str
    traceparent: str | None = None


@dataclass(frozen=True)
class Ack:
    """What the ERP confirms."""

    tenant_id: int
    cpt_id: str
    revision: int
    outcome: str
    reason: str | None


def read(record: "ConsumerRecord[bytes, bytes]") -> Delivery | None:
    """The delivery, or None when the message is not a report of a CPT."""
    try:
        body = json.loads(record.value or b"")
        trace = dict(record.headers).get("traceparent")
        return Delivery(
            tenant_id=int(body["tenant_id"]),
            place=f"{record.topic}/{record.partition}/{record.offset}",
            cpt_id=str(body["cpt_id"]),
            revision=int(body["revision"]),
            jwe=str(body["jwe"]),
            traceparent=trace.decode(errors="replace") if trace else None,
        )
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None


def message(
    ack: Ack, traceparent: str | None = None
) -> tuple[bytes, bytes, list[tuple[str, bytes]]]:
    """Key, value and CloudEvents headers of an acknowledgement; a new id for every one."""
    body: dict[str, Any] = {
        "id": str(uuid4()),
        "occurred_at": datetime.now(UTC).isoformat(),
        "tenant_id": ack.tenant_id,
        "cpt_id": ack.cpt_id,
        "revision": ack.revision,
        "outcome": ack.outcome,
        "reason": ack.reason,
    }
    headers = {
        "ce_specversion": "1.0",
        "ce_id": body["id"],
        "ce_type": ACK_TYPE,
        "ce_source": "/erp/notus",
        "ce_time": body["occurred_at"],
        "ce_tenantid": str(ack.tenant_id),
        "content-type": "application/json",
    }
    if traceparent:
        headers["traceparent"] = traceparent
    return (
        ack.cpt_id.encode(),
        json.dumps(body).encode(),
        [(name, value.encode()) for name, value in headers.items()],
    )


@asynccontextmanager
async def consuming(settings: SandboxSettings) -> AsyncIterator[AIOKafkaConsumer]:
    """Offsets are committed by hand, after the table has the message."""
    consumer = AIOKafkaConsumer(
        READ,
        bootstrap_servers=settings.kafka_servers,
        group_id=settings.erp_group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=settings.kafka_fetch_max_wait_ms,
        consumer_timeout_ms=IDLE_LOOK_MS,
        metadata_max_age_ms=METADATA_MAX_AGE_MS,
        **login(settings),
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def kept(consumer: AIOKafkaConsumer) -> None:
    """What was fetched is in the table: it need not come again."""
    await consumer.commit()


@asynccontextmanager
async def producing(settings: SandboxSettings) -> AsyncIterator[AIOKafkaProducer]:
    """Waits for every replica."""
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.kafka_servers,
        acks="all",
        enable_idempotence=settings.kafka_idempotent,
        metadata_max_age_ms=METADATA_MAX_AGE_MS,
        **login(settings),
    )
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()
