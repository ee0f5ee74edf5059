"""How facts look on Kafka: JSON in the value, CloudEvents attributes in the headers."""

import asyncio
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord

from contracts.base import Event, sensitive_fields
from contracts.topics import external, id_of_external
from kit.kafka_login import login
from kit.keyring import Keyring
from kit.settings import Settings

LONGEST_NAME = 300
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
"""The form of the W3C recommendation; what has another form says nothing, and is not kept."""
IDLE_LOOK_MS = 5_000
"""What arrives wakes a consumer; the five looks a second of aiokafka's default were 40 % of what an
idle process cost."""
METADATA_MAX_AGE_MS = 15_000
"""With aiokafka's default (300 s) a consumer saw nothing of topics that were made again."""


@dataclass(frozen=True)
class Envelope:
    """One message as received. `tenant_id` is 0 when the sender named none."""

    event_id: str
    type: str
    tenant_id: int
    topic: str
    key: str
    payload: str
    traceparent: str | None
    occurred_at: datetime


def headers(row: dict[str, Any] | Any) -> list[tuple[str, bytes]]:
    """CloudEvents attributes of an outbox row, in Kafka's binary mode."""
    attributes = {
        "ce_specversion": "1.0",
        "ce_id": row["id"],
        "ce_type": row["type"],
        "ce_source": f"/vinculo/{row['topic']}",
        "ce_time": row["occurred_at"].astimezone(UTC).isoformat(),
        "ce_tenantid": str(row["tenant_id"]),
        "content-type": "application/json",
    }
    if row["traceparent"]:
        attributes["traceparent"] = row["traceparent"]
    return [(name, value.encode()) for name, value in attributes.items()]


def read(record: "ConsumerRecord[bytes, bytes]") -> Envelope:
    """An envelope from what came, whoever sent it.

    Nothing that arrives may raise here: the reader would stop at this record for every tenant.
    """
    found = {name: (value or b"").decode(errors="replace") for name, value in record.headers}
    payload = (record.value or b"").decode(errors="replace")
    body = _body(payload)
    tenant_id = _tenant(found.get("ce_tenantid") or _told(body.get("tenant_id")))
    said = _name(found.get("ce_id") or _told(body.get("id")) or _place(record))
    return Envelope(
        event_id=id_of_external(tenant_id, record.topic, said) if external(record.topic) else said,
        type=found.get("ce_type", ""),
        tenant_id=tenant_id,
        topic=record.topic,
        key=_name((record.key or b"").decode(errors="replace")),
        payload=payload,
        traceparent=_traceparent(found.get("traceparent", "")),
        occurred_at=_moment(record.timestamp),
    )


async def opened[E: Event](envelope: Envelope, event: type[E], keyring: Keyring) -> E:
    """The fact with its sensitive fields in clear.

    Raises KeyDestroyed of an erased person, KeyMissing or Unreadable when the keyring is not the
    one it was sealed with, ValidationError.
    """
    body = json.loads(envelope.payload)
    for name in sensitive_fields(event):
        if isinstance(body.get(name), str):
            person_id = str(body.get("person_id"))
            body[name] = await keyring.open(envelope.tenant_id, person_id, body[name])
    if external(envelope.topic):
        # A partner's own id may be any text.
        body["id"] = envelope.event_id
    body.setdefault("id", envelope.event_id)
    body.setdefault("tenant_id", envelope.tenant_id)
    return event.model_validate(body)


def sealed_for(envelope: Envelope, event: type[Event]) -> str | None:
    """Whose key opens the fact's sensitive fields; None when it has none, or names nobody."""
    if not sensitive_fields(event):
        return None
    return _told(_body(envelope.payload).get("person_id")) or None


def producer(settings: Settings) -> AIOKafkaProducer:
    """A producer that waits for every replica; batches what is sent together."""
    return AIOKafkaProducer(
        bootstrap_servers=settings.kafka_servers,
        acks="all",
        enable_idempotence=settings.kafka_idempotent,
        linger_ms=1,
        max_batch_size=262_144,
        request_timeout_ms=10_000,
        metadata_max_age_ms=METADATA_MAX_AGE_MS,
        **login(settings),
    )


def consumer(settings: Settings, group: str | None, *topics: str) -> AIOKafkaConsumer:
    """A consumer that commits by hand, after the database did."""
    return AIOKafkaConsumer(
        *topics,
        bootstrap_servers=settings.kafka_servers,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=settings.kafka_fetch_max_wait_ms,
        consumer_timeout_ms=IDLE_LOOK_MS,
        session_timeout_ms=settings.kafka_session_timeout_ms,
        heartbeat_interval_ms=max(300, settings.kafka_session_timeout_ms // 5),
        metadata_max_age_ms=METADATA_MAX_AGE_MS,
        **login(settings),
    )


async def started[Client: (AIOKafkaConsumer, AIOKafkaProducer)](client: Client) -> Client:
    """Starts a client, waiting for a broker that is not there yet."""
    while True:
        try:
            await client.start()
        except (KafkaError, OSError):
            await asyncio.sleep(0.5)
        else:
            return client


def _body(payload: str) -> dict[str, Any]:
    try:
        body = json.loads(payload)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _told(value: object) -> str:
    """What a body says of itself as text; a structure there is no answer."""
    return str(value) if isinstance(value, str | int) else ""


def _traceparent(text: str) -> str | None:
    return text if _TRACEPARENT.fullmatch(text) else None


def _moment(timestamp: int) -> datetime:
    """The broker's time of a record, or now where a producer wrote one that no calendar has."""
    try:
        return datetime.fromtimestamp(timestamp / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.now(UTC)


def _name(text: str) -> str:
    """A partner's id or key as the database can hold it: else the message could not even park."""
    kept = text.encode(errors="replace").decode().replace("\0", "\ufffd")
    return kept if len(kept) <= LONGEST_NAME else str(uuid5(NAMESPACE_URL, kept))


def _place(record: "ConsumerRecord[bytes, bytes]") -> str:
    """Names a message that has no id; a topic made again counts its offsets anew."""
    where = f"{record.topic}/{record.partition}/{record.offset}/{record.timestamp}"
    return str(uuid5(NAMESPACE_URL, where))


def _tenant(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
