"""What waits in a database is told over all tenants, by a login that reads none of it."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from kit import figures
from tests.support.heard import Heard
from tests.support.postgres import Postgres
from tests.support.probe import Noted, Probe, probe

PARKED = (
    "insert into parked (tenant_id, event_id, topic, key, type, payload)"
    " values ($1, $2, 't', $3, 'x', '{}')"
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


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> dict[str, Heard]:
    found = {name: Heard() for name in ("waiting", "age", "parked")}
    for name, figure in found.items():
        monkeypatch.setattr(figures, name, figure)
    return found


async def test_an_empty_database_tells_that_nothing_waits(
    relay: asyncpg.Connection, heard: dict[str, Heard]
) -> None:
    await figures.tell(relay)
    assert heard["waiting"].told == {(): 0}
    assert heard["age"].told == {(): 0.0}
    assert heard["parked"].told == {("outbox",): 0, ("inbox",): 0}


async def test_facts_that_wait_and_keys_that_are_parked_are_counted_of_every_tenant(
    service: Probe, relay: asyncpg.Connection, heard: dict[str, Heard]
) -> None:
    for tenant in (1, 2):
        facts = [Noted(tenant_id=tenant, note=f"k{n}", number=n) for n in range(3)]
        await service.record(tenant, facts)
    await service.rows("update outbox set published_at = now() where key = 'k0'")
    await service.rows("update outbox set parked_at = now() where key = 'k1' and tenant_id = 1")
    await service.rows("update outbox set recorded_at = now() - interval '9 minutes'")
    for tenant, event, key in ((1, "a", "k"), (1, "b", "k"), (2, "a", "k")):
        await service.rows(PARKED, tenant, event, key)
    await figures.tell(relay)
    assert heard["waiting"].told == {(): 3}
    assert heard["age"].told[()] == pytest.approx(540, abs=60)
    assert heard["parked"].told == {("outbox",): 1, ("inbox",): 2}


@pytest.mark.parametrize(
    "statement", ["select payload from parked", "delete from parked", "select error from parked"]
)
async def test_who_counts_parked_keys_reads_and_removes_nothing_of_them(
    relay: asyncpg.Connection, statement: str
) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await relay.execute(statement)
