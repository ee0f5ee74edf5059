"""With which settings topics are made, and that those which partners write are bounded."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.admin import NewTopic
from aiokafka.admin.config_resource import ConfigResource
from aiokafka.errors import ClusterAuthorizationFailedError, IncompatibleBrokerVersion, KafkaError

from contracts.topics import TOPICS
from kit import topics
from kit.settings import Settings

BOUNDS = {"compression.type": "uncompressed", "max.message.bytes": "1048588"}
THEIRS = {"erp.enrolments", "erp.acks"}


class Admin:
    """A broker that keeps what is set on its topics, and replaces it whole as Kafka does."""

    def __init__(self, refusal: KafkaError | None = None) -> None:
        self.kept: dict[str, dict[str, str]] = {}
        self.changes = 0
        self.refusal = refusal

    async def start(self) -> None:
        return None

    async def close(self) -> None:
        return None

    async def list_topics(self) -> list[str]:
        return list(self.kept)

    async def create_topics(self, made: Sequence[NewTopic]) -> Any:
        self.kept |= {topic.name: dict(topic.topic_configs) for topic in made}
        return SimpleNamespace(topic_errors=[(topic.name, 0, None) for topic in made])

    async def describe_configs(self, asked: Sequence[ConfigResource]) -> list[Any]:
        if self.refusal:
            raise self.refusal
        return [SimpleNamespace(resources=[self._described(one.name) for one in asked])]

    def _described(self, name: str) -> tuple[Any, ...]:
        own = [(key, value, False, 1, False, []) for key, value in self.kept[name].items()]
        return 0, None, 2, name, [*own, ("segment.bytes", "1073741824", False, 5, False, [])]

    async def alter_configs(self, asked: Sequence[ConfigResource]) -> list[Any]:
        self.changes += 1
        self.kept |= {one.name: dict(one.configs) for one in asked}
        return [SimpleNamespace(resources=[(0, None, 2, one.name) for one in asked])]


def standing(monkeypatch: pytest.MonkeyPatch, refusal: KafkaError | None = None) -> Admin:
    admin = Admin(refusal)
    monkeypatch.setattr(topics, "AIOKafkaAdminClient", lambda **_: admin)
    return admin


async def test_topics_that_partners_write_are_made_with_bounds_and_no_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    admin = standing(monkeypatch)
    assert await topics.create(Settings()) == [topic.name for topic in TOPICS]
    assert {name for name, kept in admin.kept.items() if kept.items() >= BOUNDS.items()} == THEIRS
    assert all("compression.type" not in admin.kept[name] for name in {*admin.kept} - THEIRS)
    assert admin.kept["erp.enrolments"]["retention.ms"] == str(48 * 3_600_000)
    assert admin.changes == 0


async def test_topics_that_were_there_are_bounded_once_and_keep_what_was_set_on_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    admin = standing(monkeypatch)
    admin.kept = {topic.name: {"retention.ms": "7"} for topic in TOPICS}
    for _ in range(2):
        assert await topics.create(Settings()) == []
    assert admin.changes == len(THEIRS)
    assert {name for name, kept in admin.kept.items() if kept != {"retention.ms": "7"}} == THEIRS
    assert admin.kept["erp.acks"] == {"retention.ms": "7"} | BOUNDS


async def test_a_broker_that_knows_no_such_settings_is_left_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    admin = standing(monkeypatch, IncompatibleBrokerVersion("describe"))
    admin.kept = {topic.name: {} for topic in TOPICS}
    assert await topics.create(Settings()) == []


async def test_bounds_that_a_broker_forbids_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    admin = standing(monkeypatch, ClusterAuthorizationFailedError())
    admin.kept = {topic.name: {} for topic in TOPICS}
    with pytest.raises(ClusterAuthorizationFailedError):
        await topics.create(Settings())


def test_on_three_brokers_a_topic_is_made_so_that_two_must_hold_what_counts_as_sent() -> None:
    made = topics._new(TOPICS[0], Settings(kafka_replication=3, kafka_min_insync=2))
    assert (made.replication_factor, made.topic_configs["min.insync.replicas"]) == (3, "2")
    alone = topics._new(TOPICS[0], Settings())
    assert (alone.replication_factor, "min.insync.replicas" in alone.topic_configs) == (1, False)
