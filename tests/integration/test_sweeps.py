"""What was done and answered long ago is forgotten, of every tenant, by a login that reads none."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from kit.sweeps import sweep
from tests.support.postgres import Postgres
from tests.support.probe import Probe, probe

INBOX = "insert into inbox (event_id, done_at) values ($1, now() - make_interval(days => $2))"
REPLIES = (
    "insert into idempotency (tenant_id, key, fingerprint, reply, created_at)"
    " values ($1, $2, 'f', 'r', now() - make_interval(hours => $3))"
)


@pytest.fixture
async def service(postgres: Postgres) -> AsyncIterator[Probe]:
    async with probe(postgres) as made:
        yield made


@pytest.fixture
async def relay(service: Probe) -> AsyncIterator[asyncpg.Connection]:
    url = service.settings.relay_database_url.replace("+asyncpg", "")
    connection = await asyncpg.connect(url)
    yield connection
    await connection.close()


async def left(service: Probe) -> tuple[set[str], set[str]]:
    """Facts still known as done, and keys whose reply is still kept."""
    done = await service.rows("select event_id from inbox")
    replies = await service.rows("select key from idempotency")
    return {row[0] for row in done}, {row[0] for row in replies}


async def test_only_what_is_old_is_forgotten_of_every_tenant(
    service: Probe, relay: asyncpg.Connection
) -> None:
    for name, days in (("new", 0), ("late", 59), ("old", 61)):
        await service.rows(INBOX, name, days)
    for tenant, key, hours in ((1, "kept", 47), (1, "old-1", 49), (2, "old-2", 49)):
        await service.rows(REPLIES, tenant, key, hours)
    await sweep(relay, service.settings)
    assert await left(service) == ({"new", "late"}, {"kept"})


async def test_a_sweep_takes_a_little_and_the_next_one_goes_on(
    service: Probe, relay: asyncpg.Connection
) -> None:
    for number in range(5):
        await service.rows(INBOX, f"e{number}", 90)
        await service.rows(REPLIES, 1, f"k{number}", 90)
    for expected in (3, 1, 0):
        await sweep(relay, service.settings, limit=2)
        assert [len(kind) for kind in await left(service)] == [expected] * 2


@pytest.mark.parametrize(
    "statement",
    [
        "select reply from idempotency",
        "update idempotency set reply = 'x'",
        "insert into inbox (event_id) values ('x')",
    ],
)
async def test_who_sweeps_reads_and_writes_nothing_of_it(
    relay: asyncpg.Connection, statement: str
) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await relay.execute(statement)
