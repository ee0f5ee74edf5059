"""On the real broker: what a partner packed small and unpacks large is refused to the partner."""

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import MessageSizeTooLargeError

from kit.topics import bound
from tests.support.bus import Bus
from tests.support.probe import fresh

LARGE = 5_000_000


async def test_a_batch_that_unpacks_too_large_is_refused_and_a_small_one_is_taken(
    bus: Bus,
) -> None:
    topic = fresh()
    await bus.create(topic, partitions=1, retention_ms="3600000")
    admin = AIOKafkaAdminClient(bootstrap_servers=bus.servers)
    await admin.start()
    try:
        assert [await bound(admin, [topic]) for _ in range(2)] == [[topic], []]
    finally:
        await admin.close()
    packing = AIOKafkaProducer(
        bootstrap_servers=bus.servers,
        compression_type="gzip",
        max_request_size=2 * LARGE,
        max_batch_size=2 * LARGE,
    )
    async with packing as producer:
        with pytest.raises(MessageSizeTooLargeError):
            await producer.send_and_wait(topic, bytes(LARGE))
        await producer.send_and_wait(topic, b"small" * 100)
    assert [len(one.payload) for one in await bus.messages(topic)] == [500]
