"""The real broker, for tests: topics of their own, settings changed under way, all that lies there.

The stack named by VINCULO_RUN is used when it is up; else one of parts only, of the tests' own.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from deploy.local import stack
from deploy.local.paths import ROOT
from kit import kafka

OWN_RUN = ".run/parts"


@dataclass(frozen=True)
class Bus:
    servers: str
    run: str

    @property
    def pid(self) -> int:
        """The process that is the broker now."""
        return int(stack.describe(self.run)["pids"]["kafka"])

    @asynccontextmanager
    async def away(self) -> AsyncIterator[None]:
        """The broker is stopped for the block, and serves again after it."""
        await asyncio.to_thread(stack.hold, "kafka", self.run)
        try:
            yield
        finally:
            await asyncio.to_thread(stack.release, "kafka", self.run)

    async def create(self, topic: str, partitions: int = 3, **configs: str) -> None:
        """A topic; `max_message_bytes` means `max.message.bytes`."""
        new = NewTopic(topic, partitions, 1, topic_configs=_dotted(configs))
        async with _admin(self.servers) as admin:
            answer = await admin.create_topics([new])
        assert all(not error[1] for error in answer.topic_errors), answer

    async def change(self, topic: str, **configs: str) -> None:
        """Other settings for a topic, at once."""
        resource = ConfigResource(ConfigResourceType.TOPIC, topic, configs=_dotted(configs))
        async with _admin(self.servers) as admin:
            await admin.alter_configs([resource])

    async def messages(self, topic: str) -> list[kafka.Envelope]:
        """Everything on the topic now, in order of each partition."""
        consumer = AIOKafkaConsumer(
            topic,
            bootstrap_servers=self.servers,
            group_id=None,
            auto_offset_reset="earliest",
        )
        await consumer.start()
        try:
            while not consumer.assignment():
                await consumer.topics()
            parts = list(consumer.assignment())
            ends = await consumer.end_offsets(parts)
            found: list[kafka.Envelope] = []
            while any([await consumer.position(part) < end for part, end in ends.items()]):
                batches = await consumer.getmany(timeout_ms=500)
                found += [kafka.read(record) for records in batches.values() for record in records]
            return found
        finally:
            await consumer.stop()


@contextmanager
def bus() -> Iterator[Bus]:
    """Where Kafka answers; stops in the end only what it started."""
    named = os.environ.get("VINCULO_RUN", "")
    if named and _running(named):
        yield _kafka(named)
        return
    found = _running(OWN_RUN)
    _up(OWN_RUN)
    try:
        yield _kafka(OWN_RUN)
    finally:
        if not found:
            stack.down(OWN_RUN)


def _up(run: str) -> None:
    """By the command, as people do: what it leaves running is not a child of the tests."""
    wishes = {"VINCULO_RUN": run, "VINCULO_ONLY": "parts", "BROKER": "kafka"}
    command = [sys.executable, "-m", "deploy.local", "up"]
    subprocess.run(command, check=True, cwd=ROOT, env=os.environ | wishes)  # noqa: S603 (ours)


def _running(run: str) -> bool:
    try:
        stack.describe(run)
    except stack.NotUp:
        return False
    return True


def _kafka(run: str) -> Bus:
    told = stack.describe(run)["kafka"]
    assert told["broker"] == "kafka", "estes testes pedem o Apache Kafka, não o broker leve"
    return Bus(told["bootstrap"], run)


@asynccontextmanager
async def _admin(servers: str) -> AsyncIterator[AIOKafkaAdminClient]:
    client = AIOKafkaAdminClient(bootstrap_servers=servers)
    await client.start()
    try:
        yield client
    finally:
        await client.close()


def _dotted(configs: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "."): value for name, value in configs.items()}
