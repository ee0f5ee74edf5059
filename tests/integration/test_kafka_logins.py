"""The chart's logins on a real broker: SASL over TLS, and what its ACLs allow and no more."""

from collections.abc import AsyncIterator

import pytest
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    KafkaConnectionError,
    KafkaError,
    TopicAuthorizationFailedError,
)

from contracts.topics import TOPICS
from kit import kafka, topics
from kit.settings import Settings
from tests.support import chart
from tests.support.certificates import authority
from tests.support.secured import Secured, allow, secured

NAMES = ("topics", "registry", "contact")


@pytest.fixture(scope="module")
async def broker(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Secured]:
    found = chart.objects(chart.render())
    script = dict(chart.containers(found))["Job vinculo-kafka-acls"]["command"][2]
    async with secured(tmp_path_factory.mktemp("kafka"), NAMES) as started:
        await allow(started, script, NAMES)
        await topics.create(started.settings("topics"))
        yield started


async def send(settings: Settings, topic: str, text: bytes) -> None:
    producer = kafka.producer(settings)
    try:
        await producer.start()
        await producer.send_and_wait(topic, text, key=b"k")
    finally:
        await producer.stop()


async def read(settings: Settings, group: str, topic: str) -> bytes:
    consumer = kafka.consumer(settings, group, topic)
    try:
        await consumer.start()
        message = await consumer.getone()
        await consumer.commit()
        return bytes(message.value or b"")
    finally:
        await consumer.stop()


async def test_the_login_of_the_job_makes_topics_and_bounds_those_of_partners(
    broker: Secured,
) -> None:
    assert await topics.create(broker.settings("topics")) == []
    with pytest.raises(KafkaError):
        await topics.create(broker.settings("contact"))


async def test_a_fact_goes_from_whoever_owns_it_to_whoever_may_hear_it(broker: Secured) -> None:
    await send(broker.settings("registry"), "registry.events", b"a fact")
    assert await read(broker.settings("contact"), "contact", "registry.events") == b"a fact"


async def test_nobody_writes_what_another_owns(broker: Secured) -> None:
    with pytest.raises(TopicAuthorizationFailedError):
        await send(broker.settings("registry"), "contact.events", b"forged")


async def test_nobody_hears_what_is_not_theirs_nor_in_the_name_of_another(broker: Secured) -> None:
    with pytest.raises(TopicAuthorizationFailedError):
        await read(broker.settings("contact"), "contact", "erp.enrolments")
    with pytest.raises(GroupAuthorizationFailedError):
        await read(broker.settings("contact"), "registry", "registry.events")


async def test_who_does_not_know_the_secret_or_the_brokers_authority_gets_nowhere(
    broker: Secured, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stranger = tmp_path_factory.mktemp("stranger") / "ca.pem"
    stranger.write_bytes(authority("somebody else").pem)
    for wrong in ({"kafka_password": "guessed"}, {"kafka_ca_file": str(stranger)}):
        settings = broker.settings("registry").model_copy(update=wrong)
        with pytest.raises((KafkaConnectionError, KafkaError)):
            await send(settings, TOPICS[0].name, b"never")
    clear = Settings(kafka_servers=broker.servers)
    with pytest.raises((KafkaConnectionError, KafkaError)):
        await send(clear, TOPICS[0].name, b"never")
