"""`python -m kit.topics`: creates every topic of the registry of topics that is not there yet."""

import asyncio
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from contracts.topics import TOPICS, Topic
from kit.settings import Settings

HOUR_MS = 3_600_000


def _new(topic: Topic, replication: int) -> NewTopic:
    kept = topic.retention_hours
    configs = (
        {"cleanup.policy": "compact"}
        if kept is None
        else {"cleanup.policy": "delete", "retention.ms": str(kept * HOUR_MS)}
    )
    return NewTopic(topic.name, topic.partitions, replication, topic_configs=configs)


async def create(settings: Settings, replication: int = 1) -> list[str]:
    """Names of the topics that were created now."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_servers)
    await admin.start()
    try:
        present = set(await admin.list_topics())
        missing = [topic for topic in TOPICS if topic.name not in present]
        if missing:
            answer = await admin.create_topics([_new(topic, replication) for topic in missing])
            _check(answer)
        return [topic.name for topic in missing]
    finally:
        await admin.close()


def _check(answer: Any) -> None:
    for name, code, *_ in answer.topic_errors:
        error = for_code(code)
        if code and error is not TopicAlreadyExistsError:
            raise error(name)


if __name__ == "__main__":
    asyncio.run(create(Settings()))
