"""The story's own ear and mouth on Kafka: every fact of its tenant, by id; the ERP's enrolments."""

import asyncio
import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord
from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition

from contracts.topics import TOPICS

METADATA_MAX_AGE_MS = 5_000
SUBJECTS = ("declaration_id", "enrolment_id", "enrolment_ref", "person_id", "cpt_id")


@dataclass(frozen=True)
class Fact:
    """One message of our tenant."""

    id: str
    topic: str
    type: str
    body: dict[str, Any]
    traceparent: str | None


class Bus:
    """Hears all topics from the moment it is opened; nobody's group, so nobody is disturbed."""

    def __init__(self, servers: str, tenant: int) -> None:
        self._servers = servers
        self._tenant = str(tenant).encode()
        self.facts: dict[str, Fact] = {}
        self.heard: Counter[str] = Counter()
        self.heard_at: dict[str, float] = {}
        self.said: list[str] = []
        self._by_subject: defaultdict[str, list[Fact]] = defaultdict(list)
        self._waiting: defaultdict[str, list[asyncio.Event]] = defaultdict(list)
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Takes its place at the end of every topic, then listens."""
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=self._servers,
            enable_auto_commit=False,
            fetch_max_wait_ms=100,
            metadata_max_age_ms=METADATA_MAX_AGE_MS,
        )
        await self._consumer.start()
        parts = [
            TopicPartition(topic.name, number)
            for topic in TOPICS
            for number in range(topic.partitions)
        ]
        self._consumer.assign(parts)
        await self._consumer.seek_to_end()
        # A position is only known once asked for; asking later would skip what came meanwhile.
        for part in parts:
            await self._consumer.position(part)
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self._servers, acks="all", metadata_max_age_ms=METADATA_MAX_AGE_MS
        )
        await self._producer.start()
        self._task = asyncio.create_task(self._listen())

    async def close(self) -> None:
        """Stops listening."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._consumer.stop()
        await self._producer.stop()

    async def _listen(self) -> None:
        while True:
            try:
                fetched = await self._consumer.getmany(timeout_ms=1000)
            except KafkaError:
                # The broker is away; the place on each topic is kept in memory.
                await asyncio.sleep(0.5)
                continue
            for records in fetched.values():
                for record in records:
                    self._hear(record)

    def _hear(self, record: "ConsumerRecord[bytes, bytes]") -> None:
        headers = dict(record.headers)
        if headers.get("ce_tenantid") != self._tenant:
            return
        fact_id = headers["ce_id"].decode()
        self.heard[fact_id] += 1
        if self.heard[fact_id] > 1:
            return
        trace = headers.get("traceparent")
        fact = Fact(
            fact_id,
            record.topic,
            headers["ce_type"].decode(),
            json.loads(record.value or b"{}"),
            trace.decode() if trace else None,
        )
        self.facts[fact_id] = fact
        self.heard_at[fact_id] = time.monotonic()
        for subject in {str(fact.body[name]) for name in SUBJECTS if fact.body.get(name)}:
            self._by_subject[subject].append(fact)
            for event in self._waiting.pop(subject, ()):
                event.set()

    def about(self, subject: str, kind: str | None = None) -> list[Fact]:
        """Facts that name this id, in the order heard."""
        return [one for one in self._by_subject[subject] if kind in (None, one.type)]

    async def until(
        self, subject: str, kinds: Iterable[str], found: Callable[[Fact], bool] = lambda _: True
    ) -> Fact:
        """The first fact of one of these types about the subject that fits."""
        wanted = set(kinds)
        while True:
            fits = (one for one in self.about(subject) if one.type in wanted and found(one))
            fact = next(fits, None)
            if fact is not None:
                return fact
            event = asyncio.Event()
            self._waiting[subject].append(event)
            await event.wait()

    async def caught_up(self) -> bool:
        """Whether everything on the topics was heard."""
        parts = list(self._consumer.assignment())
        ends = await self._consumer.end_offsets(parts)
        return all([await self._consumer.position(part) >= ends[part] for part in parts])

    async def say(self, topic: str, kind: str, key: str, body: dict[str, Any]) -> str:
        """Sends a message as a partner would; its id."""
        fact_id = str(uuid4())
        self.said.append(fact_id)
        now = datetime.now(UTC).isoformat()
        tenant = self._tenant.decode()
        whole = {"id": fact_id, "occurred_at": now, "tenant_id": int(tenant)} | body
        headers = {
            "ce_specversion": "1.0",
            "ce_id": fact_id,
            "ce_type": kind,
            "ce_source": "/erp/historia",
            "ce_time": now,
            "ce_tenantid": tenant,
            "content-type": "application/json",
        }
        await self._producer.send_and_wait(
            topic,
            json.dumps(whole).encode(),
            key=key.encode(),
            headers=[(name, value.encode()) for name, value in headers.items()],
        )
        return fact_id
