"""A record that the client cannot even read stops nobody, and takes nobody's records along."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.structs import ConsumerRecord

from kit import consumer as kit_consumer
from kit import kafka, unreadable
from kit.consumer import consume
from kit.settings import Settings

BAD = None
LEFT, RIGHT, EMPTY = (TopicPartition("erp.acks", number) for number in range(3))


@dataclass
class Client:
    """As aiokafka does: a read that fails has moved past what it took of other partitions."""

    held: dict[TopicPartition, list[str | None]]
    places: dict[TopicPartition, int] = field(default_factory=dict)
    kept: dict[TopicPartition, int] = field(default_factory=dict)

    def assignment(self) -> set[TopicPartition]:
        return set(self.held)

    def highwater(self, part: TopicPartition) -> int | None:
        return len(self.held[part]) or None

    async def position(self, part: TopicPartition) -> int:
        return self.places.get(part, 0)

    async def committed(self, part: TopicPartition) -> int | None:
        return self.kept.get(part)

    async def commit(self) -> None:
        self.kept = dict(self.places)

    def seek(self, part: TopicPartition, offset: int) -> None:
        self.places[part] = offset

    async def seek_to_beginning(self, part: TopicPartition) -> None:
        self.places[part] = 0

    async def stop(self) -> None:
        return None

    async def getmany(
        self, *parts: TopicPartition, timeout_ms: int, max_records: int
    ) -> dict[TopicPartition, list[Any]]:
        await asyncio.sleep(0)
        found: dict[TopicPartition, list[Any]] = {}
        for part in parts or self.held:
            taken = self._taken(part, max_records)
            if taken:
                found[part] = taken
            max_records -= len(taken)
            if not max_records:
                break
        return found

    def _taken(self, part: TopicPartition, most: int) -> list[Any]:
        start = self.places.get(part, 0)
        wanted = self.held[part][start : start + most]
        if BAD in wanted:
            raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")
        self.places[part] = start + len(wanted)
        return [record(part, start + n, str(said)) for n, said in enumerate(wanted)]


def record(part: TopicPartition, offset: int, said: str) -> "ConsumerRecord[bytes, bytes]":
    value = said.encode()
    where = (part.topic, part.partition, offset)
    return ConsumerRecord(*where, 1, 0, b"k", value, None, 1, len(value), ())


async def handled(client: Client, monkeypatch: pytest.MonkeyPatch, count: int) -> list[str]:
    """What reaches the handler until so many records did, and its places were committed."""
    seen: list[str] = []
    stopping = asyncio.Event()

    async def started(given: Client) -> Client:
        return given

    async def handle(batch: list[kafka.Envelope]) -> None:
        seen.extend(envelope.payload for envelope in batch)
        if len(seen) >= count:
            stopping.set()

    monkeypatch.setattr(kafka, "consumer", lambda *_: client)
    monkeypatch.setattr(kafka, "started", started)
    monkeypatch.setattr(kit_consumer, "PACE_SECONDS", 0.0)
    async with asyncio.timeout(120):
        await consume(Settings(), "group", ["erp.acks"], handle, stopping)
    return seen


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """What the metric counts."""
    found: list[dict[str, str]] = []

    class Counter:
        def add(self, amount: int, attributes: dict[str, str]) -> None:
            found.extend([attributes] * amount)

    monkeypatch.setattr(unreadable, "skipped", Counter())
    return found


async def test_what_cannot_be_read_is_stepped_over_and_all_else_is_handled_once(
    monkeypatch: pytest.MonkeyPatch, told: list[dict[str, str]]
) -> None:
    client = Client({LEFT: ["a", "b"], RIGHT: ["c", BAD, BAD, "d", BAD, "e"], EMPTY: []})
    assert sorted(await handled(client, monkeypatch, 5)) == ["a", "b", "c", "d", "e"]
    assert client.kept == {LEFT: 2, RIGHT: 6, EMPTY: 0}
    assert told == [{"topic": "erp.acks"}] * 3


async def test_a_read_that_failed_goes_back_to_what_was_handled_and_no_further(
    monkeypatch: pytest.MonkeyPatch, told: list[dict[str, str]]
) -> None:
    client = Client({LEFT: ["a", "b", "c"], RIGHT: ["d", BAD, "e"]})
    client.places, client.kept = {LEFT: 1, RIGHT: 1}, {LEFT: 1, RIGHT: 1}
    assert sorted(await handled(client, monkeypatch, 3)) == ["b", "c", "e"]
    assert len(told) == 1


async def test_what_cannot_be_read_is_left_behind_for_good_even_where_it_is_alone(
    told: list[dict[str, str]],
) -> None:
    client = Client({LEFT: [BAD]})
    assert await kit_consumer._fetched(client) == []
    assert client.kept == {LEFT: 1}
    assert len(told) == 1


async def test_far_more_than_a_batch_before_it_is_still_read(
    monkeypatch: pytest.MonkeyPatch, told: list[dict[str, str]]
) -> None:
    monkeypatch.setattr(kit_consumer, "BATCH", 4)
    many = [str(number) for number in range(30)]
    client = Client({LEFT: [*many, BAD, "last"], RIGHT: ["one"]})
    seen = await handled(client, monkeypatch, 32)
    assert sorted(seen) == sorted([*many, "last", "one"])
    assert len(told) == 1
