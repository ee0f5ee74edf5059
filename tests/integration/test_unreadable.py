"""On the real broker: a header whose name is no text stops nobody."""

import asyncio

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.producer import message_accumulator, producer
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

from kit.consumer import consume
from kit.kafka import Envelope
from kit.settings import Settings
from tests.support.bus import Bus
from tests.support.probe import fresh

PARTS = 2


class Bytes(str):
    """A name of a header that other clients would write and this one refuses to."""

    __slots__ = ()

    def encode(self, *_: str) -> bytes:
        return b"\xff\xfe\xfd"


@pytest.fixture
def any_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The producer writes with its builder in Python, which asks the name for its bytes."""
    for module in (message_accumulator, producer):
        monkeypatch.setattr(module, "DefaultRecordBatchBuilder", _DefaultRecordBatchBuilderPy)


@pytest.mark.usefixtures("any_bytes")
async def test_a_header_whose_name_is_no_text_stops_nobody(bus: Bus) -> None:
    topic, group = fresh(), fresh()
    await bus.create(topic, partitions=PARTS)
    async with AIOKafkaProducer(bootstrap_servers=bus.servers) as writing:
        for number in range(6):
            bad = number in {2, 3}
            headers = [(Bytes("name"), b"x")] if bad else []
            for part in range(PARTS):
                said = f"{part}.bad" if bad else f"{part}.{number}"
                sent = {"partition": part, "headers": headers}
                await writing.send_and_wait(topic, said.encode(), **sent)
    seen: list[str] = []
    stopping = asyncio.Event()

    async def handle(batch: list[Envelope]) -> None:
        seen.extend(envelope.payload for envelope in batch)
        if {f"{part}.5" for part in range(PARTS)} <= set(seen):
            stopping.set()

    settings = Settings(kafka_servers=bus.servers)
    async with asyncio.timeout(90):
        await consume(settings, group, [topic], handle, stopping)
    assert sorted(seen) == [f"{part}.{number}" for part in range(PARTS) for number in (0, 1, 4, 5)]
