"""A bus may be wiped only when nothing lies on it that exists nowhere else."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from contracts.topics import EXTERNAL, Topic
from deploy.local import rebuild
from deploy.local.environment import clocks
from deploy.local.unread import unread
from deploy.local.vault import Vault
from deploy.local.world import World
from tests.support.bus import Bus
from tests.support.probe import fresh


def topic(owner: str, *readers: str) -> Topic:
    return Topic(
        name=fresh(),
        owner=owner,
        key="any",
        partitions=2,
        retention_hours=24,
        personal_data=False,
        consumers=readers,
    )


async def test_what_a_partner_wrote_is_unread_until_each_of_its_readers_handled_it(
    bus: Bus,
) -> None:
    quick, slow = fresh(), fresh()
    theirs, ours = topic(EXTERNAL, quick, slow), topic("registry", slow)
    for one in (theirs, ours):
        await bus.create(one.name, partitions=2)
    assert await unread(bus.servers, (theirs, ours)) == {}
    async with AIOKafkaProducer(bootstrap_servers=bus.servers) as producer:
        for part in (0, 0, 1):
            await producer.send_and_wait(theirs.name, b"x", partition=part)
            await producer.send_and_wait(ours.name, b"x", partition=part)
    await _reads(bus, theirs, quick, 3)
    assert await unread(bus.servers, (theirs, ours)) == {theirs.name: 3}
    await _reads(bus, theirs, slow, 3)
    assert await unread(bus.servers, (theirs, ours)) == {}


async def _reads(bus: Bus, one: Topic, group: str, count: int) -> None:
    reader = AIOKafkaConsumer(
        one.name,
        bootstrap_servers=bus.servers,
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    async with reader, asyncio.timeout(60):
        for _ in range(count):
            await reader.getone()
        await reader.commit()


def world(broker: str) -> World:
    return cast(World, SimpleNamespace(broker=broker, bootstrap="nowhere"))


def test_a_rebuild_is_refused_in_words_while_a_partner_is_unread_and_forced_by_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def some(_servers: str) -> dict[str, int]:
        return {"erp.acks": 2, "erp.enrolments": 7}

    monkeypatch.setattr(rebuild, "unread", some)
    monkeypatch.delenv("FORCE", raising=False)
    with pytest.raises(rebuild.Unread, match=r"2 em erp\.acks, 7 em erp\.enrolments.*FORCE=1"):
        rebuild.refuse_loss(world("kafka"))
    rebuild.refuse_loss(world("light"))
    monkeypatch.setenv("FORCE", "1")
    rebuild.refuse_loss(world("kafka"))


def test_moves_of_clocks_are_published_again_before_anything_else(tmp_path: Path) -> None:
    found = World(tmp_path, _Ports(), Vault(tmp_path), "kafka", set())
    (job,) = clocks(found)
    assert job.command[1:] == ("-m", "kit.rebuild", "sandbox.clock")
    assert job.env["VINCULO_SERVICE"] == "sandbox"


class _Ports(dict[str, int]):
    """Any name has a port."""

    def __missing__(self, _name: str) -> int:
        return 1
