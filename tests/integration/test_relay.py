"""The relay on a real Postgres and a real Kafka: nothing lost, nothing out of order."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from structlog.testing import capture_logs

from kit.kafka import Envelope
from kit.rebuild import rebuild, sent
from kit.relay import Relay
from tests.support.bench import until
from tests.support.bus import Bus
from tests.support.postgres import Postgres
from tests.support.probe import Noted, Probe, fresh, on_topic, probe, relaying, write

TENANT = 7
Fact = type[Noted]


@pytest.fixture(scope="module")
async def service(postgres: Postgres, bus: Bus) -> AsyncIterator[Probe]:
    async with probe(postgres, bus.servers) as made:
        yield made


@pytest.fixture
async def fact(bus: Bus) -> Fact:
    """The fact, on a topic of the test's own."""
    topic = fresh()
    await bus.create(topic)
    return on_topic(Noted, topic)


def facts(event: Fact, key: str, numbers: Iterable[int], filler: str = "") -> list[Noted]:
    return [event(tenant_id=TENANT, note=key, number=n, filler=filler) for n in numbers]


async def published(service: Probe, event: Fact, left: int = 0) -> None:
    async def done() -> bool:
        return await service.unpublished(event.topic) == left

    await until(done, seconds=180)


async def recorded_ids(service: Probe, event: Fact) -> list[str]:
    rows = await service.rows("select id from outbox where topic = $1 order by seq", event.topic)
    return [row["id"] for row in rows]


def numbers(messages: Sequence[Envelope]) -> dict[str, list[int]]:
    by_key: dict[str, list[int]] = defaultdict(list)
    for message in messages:
        event = Noted.model_validate_json(message.payload)
        by_key[event.note].append(event.number)
    return dict(by_key)


async def leaders(service: Probe) -> list[int]:
    """Backends that hold the relay's lock in this database."""
    rows = await service.rows(
        "select pid from pg_locks where locktype = 'advisory' and granted"
        " and database = (select oid from pg_database where datname = current_database())"
    )
    return [row["pid"] for row in rows]


async def test_facts_of_a_key_travel_in_the_order_in_which_they_were_recorded(
    service: Probe, bus: Bus, fact: Fact
) -> None:
    for start in range(0, 1200, 300):
        mixed = zip(
            *(facts(fact, key, range(start, start + 300)) for key in ("a", "b", "c")), strict=True
        )
        await service.record(TENANT, [one for row in mixed for one in row])
    async with relaying(service.settings):
        await published(service, fact)
    wanted = list(range(1200))
    assert numbers(await bus.messages(fact.topic)) == {"a": wanted, "b": wanted, "c": wanted}


async def test_while_the_broker_is_away_a_relay_can_stop_and_afterwards_order_holds(
    service: Probe, bus: Bus, fact: Fact, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, settled = asyncio.Event(), Relay._settled

    async def seen(relay: Relay, waiting: list[Any]) -> list[Any]:
        stuck.set()
        return await settled(relay, waiting)

    await service.record(TENANT, [f for n in range(50) for f in _both(fact, n)])
    async with relaying(service.settings, count=2) as stops:
        await published(service, fact)
        async with bus.away():
            monkeypatch.setattr(Relay, "_settled", seen)
            for n in range(50, 100):
                await service.record(TENANT, _both(fact, n))
            await asyncio.wait_for(stuck.wait(), 120)
            (first,) = await leaders(service)
            for stop in stops:
                stop.set()
            await until(lambda: _led_by_other(service, first), seconds=120)
            assert await service.unpublished(fact.topic) == 100
    async with relaying(service.settings):
        await published(service, fact)
    arrived = numbers(await bus.messages(fact.topic))
    first_seen = {key: list(dict.fromkeys(values)) for key, values in arrived.items()}
    assert first_seen == {"a": list(range(100)), "b": list(range(100))}


async def test_a_commit_that_comes_late_is_never_skipped(
    service: Probe, bus: Bus, fact: Fact
) -> None:
    (late,), (early,) = facts(fact, "late", [1]), facts(fact, "early", [1])
    async with relaying(service.settings):
        async with service.begin(TENANT) as open_one:
            await open_one.record(late)
            await open_one.flush()
            await service.record(TENANT, [early])
            await until(lambda: _lies(bus, fact, {"early"}))
        await until(lambda: _lies(bus, fact, {"early", "late"}))
    order = await service.rows("select key from outbox where topic = $1 order by seq", fact.topic)
    assert [row["key"] for row in order] == ["late", "early"]


async def test_a_crash_between_sending_and_marking_sends_again_and_is_done_once(
    service: Probe, bus: Bus, fact: Fact
) -> None:
    await service.record(TENANT, facts(fact, "crash", range(20)))
    async with relaying(service.settings):
        # The relay cannot mark what another transaction locked, though Kafka has it already.
        async with _locked(service, fact):
            await until(lambda: _count(bus, fact, 20))
            await service.rows("select pg_terminate_backend($1)", (await leaders(service))[0])
        await published(service, fact)
    messages = await bus.messages(fact.topic)
    assert len(messages) == 40, "the crash was meant to send everything twice"
    inbox = service.inbox({fact: write})
    await inbox.handle(messages)
    await inbox.handle(messages)
    assert [n for n in await service.notes(TENANT) if n[0] == "crash"] == [
        ("crash", number) for number in range(20)
    ]


async def test_a_second_relay_stands_by_and_takes_over(
    service: Probe, bus: Bus, fact: Fact
) -> None:
    async with relaying(service.settings, count=2) as stops:
        await service.record(TENANT, facts(fact, "k", range(5)))
        await published(service, fact)
        first = await leaders(service)
        assert len(first) == 1
        await service.rows("select pg_terminate_backend($1)", first[0])
        await until(lambda: _led_by_other(service, first[0]))
        await service.record(TENANT, facts(fact, "k", range(5, 10)))
        await published(service, fact)
        stops[0].set()
        await service.record(TENANT, facts(fact, "k", range(10, 15)))
        await published(service, fact)
        assert len(await leaders(service)) == 1
    assert numbers(await bus.messages(fact.topic)) == {"k": list(range(15))}


async def test_a_fact_too_large_for_the_broker_parks_its_key_and_no_other(
    service: Probe, bus: Bus
) -> None:
    fact = on_topic(Noted, fresh())
    await bus.create(fact.topic, partitions=1, max_message_bytes="400000")
    await service.record(
        TENANT,
        [
            *facts(fact, "a", [1]),
            *facts(fact, "a", [2], filler="x" * 600_000),
            *facts(fact, "a", [3]),
            *facts(fact, "b", [1]),
        ],
    )
    with capture_logs() as logs:
        async with relaying(service.settings):
            await published(service, fact, left=2)
    async with relaying(service.settings):
        await service.record(TENANT, [*facts(fact, "a", [4]), *facts(fact, "b", [2])])
        await published(service, fact, left=3)
    assert numbers(await bus.messages(fact.topic)) == {"a": [1], "b": [1, 2]}
    parked = await service.rows(
        "select payload from outbox where parked_at is not null and topic = $1", fact.topic
    )
    assert [Noted.model_validate_json(row["payload"]).number for row in parked] == [2]
    alarms = [line for line in logs if line["log_level"] == "error"]
    assert [line["event"] for line in alarms] == ["fact cannot be sent: its key is parked"]


async def test_facts_that_only_shared_a_batch_with_others_are_not_parked(
    service: Probe, bus: Bus
) -> None:
    fact = on_topic(Noted, fresh())
    await bus.create(fact.topic, partitions=1, max_message_bytes="3000")
    await service.record(TENANT, facts(fact, "small", range(30), filler="x" * 500))
    async with relaying(service.settings):
        await published(service, fact)
    assert numbers(await bus.messages(fact.topic)) == {"small": list(range(30))}


async def test_a_lost_bus_is_rebuilt_from_the_outbox_and_nothing_changes_in_effect(
    service: Probe, bus: Bus, fact: Fact
) -> None:
    await service.record(TENANT, [f for n in range(20) for f in _both(fact, n)])
    inbox = service.inbox({fact: write})
    async with relaying(service.settings):
        await published(service, fact)
        await inbox.handle(await bus.messages(fact.topic))
        before = await service.notes(TENANT)
        assert await rebuild(service.settings, [fact.topic]) == 40
        assert await sent(service.settings, [fact.topic])
    messages = await bus.messages(fact.topic)
    assert len(messages) == 80
    assert {m.event_id for m in messages} == set(await recorded_ids(service, fact))
    await inbox.handle(messages)
    assert await service.notes(TENANT) == before


async def test_planted_a_row_marked_before_it_was_sent_is_found_missing_by_id(
    service: Probe, bus: Bus, fact: Fact, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def pretends(_relay: Relay, rows: Sequence[Any]) -> list[None]:
        return [None for _ in rows]

    await service.record(TENANT, facts(fact, "k", range(5)))
    monkeypatch.setattr(Relay, "_send", pretends)
    async with relaying(service.settings):
        await published(service, fact)
    assert await lost(service, bus, fact) == set(await recorded_ids(service, fact))
    monkeypatch.undo()
    await rebuild(service.settings, [fact.topic])
    assert not await sent(service.settings, [fact.topic], patience=0)
    async with relaying(service.settings):
        await published(service, fact)
    assert await lost(service, bus, fact) == set()


async def lost(service: Probe, bus: Bus, event: Fact) -> set[str]:
    """Ids that the outbox calls published and the topic does not have."""
    rows = await service.rows(
        "select id from outbox where topic = $1 and published_at is not null", event.topic
    )
    return {row["id"] for row in rows} - {m.event_id for m in await bus.messages(event.topic)}


@asynccontextmanager
async def _locked(service: Probe, event: Fact) -> AsyncIterator[None]:
    connection = await asyncpg.connect(service.admin)
    try:
        async with connection.transaction():
            await connection.execute(
                "select 1 from outbox where topic = $1 for update", event.topic
            )
            yield
    finally:
        await connection.close()


def _both(event: Fact, number: int) -> list[Noted]:
    return facts(event, "a", [number]) + facts(event, "b", [number])


async def _led_by_other(service: Probe, before: int) -> bool:
    return before not in await leaders(service)


async def _lies(bus: Bus, event: Fact, keys: set[str]) -> bool:
    return {m.key for m in await bus.messages(event.topic)} == keys


async def _count(bus: Bus, event: Fact, count: int) -> bool:
    return len(await bus.messages(event.topic)) == count
