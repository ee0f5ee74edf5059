"""What an outbox says was sent is compared with what the broker holds, both ways, by ids."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer

from kit import facts_out
from kit.facts_out import Comparison
from kit.outages import connected, leave
from tests.support.bench import until
from tests.support.bus import Bus
from tests.support.postgres import Postgres
from tests.support.probe import Noted, Probe, fresh, on_topic, probe, relaying

MINUTES = timedelta(minutes=5)


@pytest.fixture(autouse=True)
def _marks_settle_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts_out, "SETTLED", timedelta(0))


@pytest.fixture
async def topic(bus: Bus) -> str:
    name = fresh()
    await bus.create(name)
    return name


@pytest.fixture
async def service(postgres: Postgres, bus: Bus) -> AsyncIterator[Probe]:
    async with probe(postgres, bus.servers) as made:
        yield made


@pytest.fixture
async def relay(service: Probe) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await connected(service.settings)
    yield connection
    await leave(connection)


async def published(service: Probe, topic: str, *numbers: int) -> None:
    noted = on_topic(Noted, topic)
    await service.record(1, [noted(tenant_id=1, note=f"k{n}", number=n) for n in numbers])
    async with relaying(service.settings):
        await until(lambda: _all_sent(service, topic))


async def _all_sent(service: Probe, topic: str) -> bool:
    return not await service.unpublished(topic)


def compared(service: Probe, topic: str) -> Comparison:
    return Comparison(service.settings, [topic], datetime.now(UTC) - MINUTES)


async def looked(
    comparison: Comparison, relay: "asyncpg.Connection[asyncpg.Record]"
) -> dict[str, int]:
    return {one.kind: one.cases for one in await comparison.look(relay)}


async def test_what_was_sent_and_marked_is_found_on_the_bus(
    service: Probe, relay: "asyncpg.Connection[asyncpg.Record]", topic: str
) -> None:
    await published(service, topic, *range(30))
    assert await looked(compared(service, topic), relay) == {"facts_out": 0, "facts_unrecorded": 0}


async def test_a_row_marked_before_it_was_published_is_told_until_it_was_sent(
    service: Probe, relay: "asyncpg.Connection[asyncpg.Record]", topic: str
) -> None:
    await published(service, topic, 1, 2)
    noted = on_topic(Noted, topic)
    await service.record(1, [noted(tenant_id=1, note="planted", number=3)])
    await service.rows("update outbox set published_at = now() where key = 'planted'")
    comparison = compared(service, topic)
    assert (await looked(comparison, relay))["facts_out"] == 1
    assert (await looked(comparison, relay))["facts_out"] == 1
    await service.rows("update outbox set published_at = null where key = 'planted'")
    async with relaying(service.settings):
        await until(lambda: _all_sent(service, topic))
    assert await looked(comparison, relay) == {"facts_out": 0, "facts_unrecorded": 0}


async def test_what_travels_without_having_been_recorded_is_told(
    service: Probe, relay: "asyncpg.Connection[asyncpg.Record]", topic: str, bus: Bus
) -> None:
    await published(service, topic, 1)
    async with AIOKafkaProducer(bootstrap_servers=bus.servers) as producer:
        await producer.send_and_wait(topic, b"{}", headers=[("ce_id", b"of-nobody")])
    assert await looked(compared(service, topic), relay) == {"facts_out": 0, "facts_unrecorded": 1}


async def test_a_fact_that_was_sent_and_whose_mark_was_lost_is_no_fault(
    service: Probe, relay: "asyncpg.Connection[asyncpg.Record]", topic: str
) -> None:
    await published(service, topic, 1)
    await service.rows("update outbox set published_at = null")
    assert await looked(compared(service, topic), relay) == {"facts_out": 0, "facts_unrecorded": 0}


async def test_a_broker_that_lost_its_topic_is_told_and_another_process_looks_no_twice(
    service: Probe, relay: "asyncpg.Connection[asyncpg.Record]", topic: str, bus: Bus
) -> None:
    await published(service, topic, 1, 2, 3)
    empty = fresh()
    await bus.create(empty)
    await service.rows("update outbox set topic = $1", empty)
    assert (await looked(compared(service, empty), relay))["facts_out"] == 3
    nowhere = replace(service, settings=service.settings)
    assert facts_out.topics_of(nowhere.settings.service) == []
    assert facts_out.topics_of("health_declaration") == ["health_declaration.events", "erp.cpt"]
    assert facts_out.topics_of("sandbox") == []
