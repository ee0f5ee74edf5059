"""What a partner sends in a bad form parks its own key on a real Postgres, and no more."""

import json
import random
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from aiokafka.structs import ConsumerRecord

from kit.kafka import read
from tests.support.postgres import Postgres
from tests.support.probe import Noted, Probe, probe, write


@pytest.fixture(scope="module")
async def service(postgres: Postgres) -> AsyncIterator[Probe]:
    async with probe(postgres) as made:
        yield made


@pytest.fixture
def tenant() -> int:
    return random.randrange(10, 10**9)  # noqa: S311 (no secret)


def arrived(tenant: int, key: str, value: bytes, traceparent: bytes = b"") -> Any:
    headers: Any = (
        ("ce_type", Noted.type.encode()),
        ("ce_tenantid", str(tenant).encode()),
        ("ce_id", str(uuid4()).encode()),
        ("traceparent", traceparent),
        ("empty", None),
    )
    found: ConsumerRecord[bytes, bytes] = ConsumerRecord(
        Noted.topic, 0, 1, 2**62, 0, key.encode(), value, None, 0, 0, headers
    )
    return read(found)


async def test_a_message_with_junk_all_over_parks_alone(service: Probe, tenant: int) -> None:
    good = json.dumps({"tenant_id": tenant, "note": "good", "number": 1}).encode()
    nul = json.dumps({"tenant_id": tenant, "note": "a\0b", "number": 1}).encode()
    raw = b'{"note": "\0", "number": "\xff"}\0'
    await service.inbox({Noted: write}).handle(
        [
            arrived(tenant, "nul", nul, b"00-\0"),
            arrived(tenant, "r\0w", raw, b"\0" * 400),
            arrived(tenant, "good", good, b"\0"),
        ]
    )
    assert await service.notes(tenant) == [("good", 1)]
    assert [key for key, _ in await service.parked(tenant)] == ["nul", "r\ufffdw"]
