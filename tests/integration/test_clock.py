"""The one clock: obeys newer moves only, in the sandbox only, past moves before anything else."""

import asyncio
import random
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError

from contracts.sandbox.events import ClockMoved
from kit import clock_follower, topics
from kit.clock import Clock
from kit.clock_follower import following
from kit.health import serve_health
from kit.settings import Settings
from tests.support.bench import free_port, until
from tests.support.bus import Bus

DAY = 86_400


@pytest.fixture
def tenant() -> int:
    return random.randrange(10**6, 10**9)  # noqa: S311 (no secret)


@pytest.fixture(scope="module")
async def settings(bus: Bus) -> Settings:
    found = Settings(kafka_servers=bus.servers, sandbox=True)
    await topics.create(found)
    return found


@pytest.fixture(scope="module")
async def producer(bus: Bus) -> AsyncIterator[AIOKafkaProducer]:
    made = AIOKafkaProducer(bootstrap_servers=bus.servers)
    await made.start()
    yield made
    await made.stop()


def move(tenant: int, version: int, days: int) -> ClockMoved:
    return ClockMoved(tenant_id=tenant, version=version, offset_seconds=days * DAY)


async def publish(producer: AIOKafkaProducer, *moves: ClockMoved) -> None:
    for one in moves:
        value = one.model_dump_json().encode()
        await producer.send_and_wait(ClockMoved.topic, value, key=one.key.encode())


def days_ahead(clock: Clock, tenant: int) -> int:
    return round((clock.now(tenant) - datetime.now(UTC)) / timedelta(days=1))


def test_only_a_newer_version_is_obeyed_and_the_offset_is_absolute() -> None:
    clock = Clock(movable=True)
    assert clock.obey(move(7, 2, days=10))
    assert not clock.obey(move(7, 2, days=20))
    assert not clock.obey(move(7, 1, days=20))
    assert clock.obey(move(7, 5, days=11))
    assert (days_ahead(clock, 7), clock.version(7)) == (11, 5)


def test_a_move_is_one_tenants_own() -> None:
    clock = Clock(movable=True)
    clock.obey(move(7, 1, days=10))
    assert (days_ahead(clock, 7), days_ahead(clock, 8)) == (10, 0)


def test_in_production_no_move_is_obeyed() -> None:
    clock = Clock()
    assert not clock.obey(move(7, 1, days=10))
    assert (days_ahead(clock, 7), clock.version(7)) == (0, 0)


def test_days_are_counted_where_the_tenant_lives() -> None:
    clock = Clock("America/Sao_Paulo", movable=True)
    now = datetime.now(UTC)
    midnight_utc = now.replace(hour=0, minute=30) + timedelta(days=5)
    ahead = int((midnight_utc - now).total_seconds())
    clock.obey(ClockMoved(tenant_id=7, version=1, offset_seconds=ahead))
    assert clock.today(7) == (midnight_utc - timedelta(hours=3)).date()


async def test_past_moves_are_obeyed_before_a_process_begins(
    settings: Settings, producer: AIOKafkaProducer, tenant: int
) -> None:
    await publish(producer, move(tenant, 1, days=3), move(tenant, 2, days=30))
    clock = Clock(movable=True)
    async with following(settings, clock):
        assert (days_ahead(clock, tenant), clock.version(tenant)) == (30, 2)


async def test_a_running_process_follows_and_is_told_of_each_move_once(
    settings: Settings, producer: AIOKafkaProducer, tenant: int
) -> None:
    clock = Clock(movable=True)
    told: list[int] = []

    def hear(moved: ClockMoved) -> None:
        if moved.tenant_id == tenant:
            told.append(moved.version)

    async with following(settings, clock, hear):
        assert days_ahead(clock, tenant) == 0
        await publish(producer, move(tenant, 1, 5), move(tenant, 3, 9), move(tenant, 2, 7))
        await producer.send_and_wait(ClockMoved.topic, b"{ no move", key=b"x")
        await publish(producer, move(tenant, 3, 99), move(tenant, 4, 12))
        await until(lambda: _at(clock, tenant, 4))
    assert (told, days_ahead(clock, tenant)) == ([1, 3, 4], 12)


async def test_a_broker_that_errs_for_a_moment_is_asked_again(
    settings: Settings,
    producer: AIOKafkaProducer,
    tenant: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clock_follower, "AGAIN_SECONDS", 0.0)
    clock, getmany, errors = Clock(movable=True), AIOKafkaConsumer.getmany, [KafkaError()]
    async with following(settings, clock):

        async def failing(self: AIOKafkaConsumer, **asked: Any) -> Any:
            if errors:
                raise errors.pop()
            return await getmany(self, **asked)

        monkeypatch.setattr(AIOKafkaConsumer, "getmany", failing)
        await publish(producer, move(tenant, 1, 5))
        await until(lambda: _at(clock, tenant, 1))
        await publish(producer, move(tenant, 2, 6))
        await until(lambda: _at(clock, tenant, 2))
    assert not errors


async def test_a_process_that_can_follow_no_more_ends_and_says_why(
    settings: Settings, producer: AIOKafkaProducer, tenant: int
) -> None:
    def broken(_moved: ClockMoved) -> None:
        raise ZeroDivisionError

    told, loop = asyncio.Event(), asyncio.get_running_loop()

    async def process() -> None:
        async with following(settings, Clock(movable=True), broken):
            await publish(producer, move(tenant, 1, 5))
            await asyncio.wait_for(told.wait(), 120)

    loop.add_signal_handler(signal.SIGTERM, told.set)
    try:
        with pytest.raises(ZeroDivisionError):
            await process()
    finally:
        loop.remove_signal_handler(signal.SIGTERM)


async def test_a_process_of_production_does_not_even_listen(
    producer: AIOKafkaProducer, tenant: int
) -> None:
    await publish(producer, move(tenant, 1, days=3))
    clock = Clock()
    nowhere = Settings(kafka_servers="127.0.0.1:1", sandbox=False)
    async with following(nowhere, clock):
        assert days_ahead(clock, tenant) == 0


async def _at(clock: Clock, tenant: int, version: int) -> bool:
    return clock.version(tenant) == version


async def test_a_background_process_tells_how_far_it_followed_a_clock_in_the_sandbox_alone(
    tenant: int,
) -> None:
    clock = Clock(movable=True)
    clock.obey(move(tenant, 3, 1))
    for version, told in ((clock.version, 3), (None, None)):
        port, stopping = free_port(), asyncio.Event()
        serving = asyncio.create_task(serve_health(Settings(health_port=port), stopping, version))
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
            await until(lambda http=http: _answers(http))
            answer = await http.get("/clock", params={"tenant": tenant})
        assert answer.status_code == (200 if told else 404)
        assert answer.json().get("version") == told
        stopping.set()
        await serving


async def _answers(http: httpx.AsyncClient) -> bool:
    try:
        return (await http.get("/ready")).is_success
    except httpx.TransportError:
        return False
