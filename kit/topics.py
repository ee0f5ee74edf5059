"""`python -m kit.topics`: creates every topic of the registry of topics that is not there yet."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    IncompatibleBrokerVersion,
    InvalidConfigurationError,
    TopicAlreadyExistsError,
    UnsupportedVersionError,
    for_code,
)

from contracts.topics import EXTERNAL, TOPICS, Topic
from kit.kafka_login import login
from kit.settings import Settings

HOUR_MS = 3_600_000
FROM_OUTSIDE = {"compression.type": "uncompressed", "max.message.bytes": "1048588"}
"""Of topics that partners write: the broker unpacks what comes, and refuses what is then too large
(its own default). A batch of 6 kB else becomes 200 MB in whoever reads it."""
_UNKNOWN = (IncompatibleBrokerVersion, UnsupportedVersionError, InvalidConfigurationError)
_SET_ON_THE_TOPIC = 1


def configs(topic: Topic) -> dict[str, str]:
    """The settings with which a topic is made."""
    kept = topic.retention_hours
    told = (
        {"cleanup.policy": "compact"}
        if kept is None
        else {"cleanup.policy": "delete", "retention.ms": str(kept * HOUR_MS)}
    )
    return told | (FROM_OUTSIDE if topic.owner == EXTERNAL else {})


async def create(settings: Settings) -> list[str]:
    """Names of the topics that were created now."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_servers, **login(settings))
    await admin.start()
    try:
        present = set(await admin.list_topics())
        missing = [topic for topic in TOPICS if topic.name not in present]
        if missing:
            answer = await admin.create_topics([_new(topic, settings) for topic in missing])
            _check(answer)
        # A light broker may know nothing of such settings: it keeps no partner's messages.
        with suppress(*_UNKNOWN):
            await bound(admin, [t.name for t in TOPICS if t.owner == EXTERNAL and t not in missing])
        return [topic.name for topic in missing]
    finally:
        await admin.close()


async def bound(admin: AIOKafkaAdminClient, names: Iterable[str]) -> list[str]:
    """Those of the topics whose bounds were set now; whatever else is set on them stays."""
    changed = []
    for name in names:
        found = await _set_on(admin, name)
        if found.items() >= FROM_OUTSIDE.items():
            continue
        # One request replaces all that is set on a topic.
        wanted = ConfigResource(ConfigResourceType.TOPIC, name, configs=found | FROM_OUTSIDE)
        for answer in await admin.alter_configs([wanted]):
            _check_resources(answer)
        changed.append(name)
    return changed


async def _set_on(admin: AIOKafkaAdminClient, name: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for answer in await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)]):
        _check_resources(answer)
        for *_, entries in answer.resources:
            found |= {key: value for key, value, _, by, *_ in entries if by == _SET_ON_THE_TOPIC}
    return found


def _new(topic: Topic, settings: Settings) -> NewTopic:
    told = configs(topic)
    if settings.kafka_min_insync > 1:
        told |= {"min.insync.replicas": str(settings.kafka_min_insync)}
    return NewTopic(topic.name, topic.partitions, settings.kafka_replication, topic_configs=told)


def _check(answer: Any) -> None:
    for name, code, *_ in answer.topic_errors:
        error = for_code(code)
        if code and error is not TopicAlreadyExistsError:
            raise error(name)


def _check_resources(answer: Any) -> None:
    for code, told, *_ in answer.resources:
        if code:
            raise for_code(code)(told)


if __name__ == "__main__":
    asyncio.run(create(Settings()))
