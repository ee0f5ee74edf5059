"""The audit chain on a real Postgres: cheap to seal, and no tampering goes unseen."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from kit.audit import audit_grants, audit_table, seal_chain, verify_chain
from tests.support.postgres import Postgres

OWNER, APP, RELAY = "trail_owner", "trail_app", "trail_relay"
table = audit_table(MetaData())


class Trail:
    """A database with an audit table and its three logins."""

    def __init__(self, postgres: Postgres, database: str) -> None:
        self.postgres, self.database = postgres, database

    def engine(self, role: str) -> AsyncEngine:
        return create_async_engine(self.postgres.url(self.database, role))

    @asynccontextmanager
    async def connect(self, role: str) -> AsyncIterator[asyncpg.Connection]:
        connection = await asyncpg.connect(self.postgres.dsn(self.database, role))
        try:
            yield connection
        finally:
            await connection.close()

    async def add(self, *entries: dict[str, object]) -> None:
        engine = self.engine(APP)
        async with engine.begin() as connection:
            for entry in entries:
                await connection.execute(table.insert().values(entry))
        await engine.dispose()

    async def seal(self, limit: int = 1000) -> int:
        async with self.connect(RELAY) as connection:
            return await seal_chain(connection, limit)

    async def broken_at(self, tenant_id: int) -> int | None:
        async with self.connect(RELAY) as connection:
            return (await verify_chain(connection, tenant_id)).broken_at

    async def tamper(self, statement: str) -> None:
        async with self.connect(OWNER) as connection:
            await connection.execute(statement)


@pytest.fixture
async def trail(postgres: Postgres) -> Trail:
    trail = Trail(postgres, await postgres.database(OWNER, APP, RELAY))
    engine = trail.engine(OWNER)
    async with engine.begin() as connection:
        await connection.run_sync(table.metadata.create_all)
        for statement in audit_grants(APP, RELAY):
            await connection.exec_driver_sql(statement)
    await engine.dispose()
    return trail


def entry(tenant_id: int, number: int) -> dict[str, object]:
    return {
        "tenant_id": tenant_id,
        "actor": "u-1",
        "actor_name": "Ana|Lúcia",
        "action": "case.read",
        "subject": f"case-{number}",
        "details": {"version": number},
    }


async def sealed(trail: Trail, rows: int = 10) -> None:
    await trail.add(*(entry(tenant, n) for n in range(rows) for tenant in (1, 2)))
    while await trail.seal(limit=7):
        pass


async def test_each_tenant_has_a_chain_that_holds(trail: Trail) -> None:
    await sealed(trail)
    async with trail.connect(RELAY) as connection:
        for tenant in (1, 2):
            report = await verify_chain(connection, tenant)
            assert (report.entries, report.broken_at) == (10, None)
            assert report.head is not None
            assert report.holds
    async with trail.connect(OWNER) as connection:
        await connection.execute("set timezone = 'America/Sao_Paulo'")
        await connection.execute("set datestyle = 'German'")
        assert (await verify_chain(connection, 1)).holds


async def test_a_tenant_without_entries_holds(trail: Trail) -> None:
    assert await trail.seal() == 0
    assert await trail.broken_at(9) is None


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("update audit set subject = 'x' where tenant_id = 1 and chain_seq = 4", 4),
        ("update audit set reason = '' where tenant_id = 1 and chain_seq = 4", 4),
        ("update audit set details = '{}' where tenant_id = 1 and chain_seq = 1", 1),
        ("update audit set at = at + interval '1 us' where tenant_id = 1 and chain_seq = 4", 4),
        ("update audit set hash = sha256('x') where tenant_id = 1 and chain_seq = 4", 4),
        ("update audit set prev = null where tenant_id = 1 and chain_seq = 4", 4),
        ("delete from audit where tenant_id = 1 and chain_seq = 4", 5),
        ("delete from audit where tenant_id = 1 and chain_seq = 1", 2),
        ("update audit set tenant_id = 3 where tenant_id = 1 and chain_seq = 4", 5),
    ],
)
async def test_a_touched_row_breaks_the_chain_where_it_stands(
    trail: Trail, statement: str, place: int
) -> None:
    await sealed(trail)
    await trail.tamper(statement)
    assert await trail.broken_at(1) == place
    assert await trail.broken_at(2) is None


async def test_swapping_two_rows_breaks_the_chain(trail: Trail) -> None:
    await sealed(trail)
    async with trail.connect(OWNER) as connection, connection.transaction():
        for before, after in ((4, -4), (7, 4), (-4, 7)):
            await connection.execute(
                "update audit set chain_seq = $2 where tenant_id = 1 and chain_seq = $1",
                before,
                after,
            )
    assert await trail.broken_at(1) == 4


async def test_unsealing_a_changed_row_to_have_it_sealed_again_is_seen(trail: Trail) -> None:
    await sealed(trail)
    await trail.tamper(
        "update audit set subject = 'x', chain_seq = null, prev = null, hash = null"
        " where tenant_id = 1 and chain_seq = 4"
    )
    await trail.seal()
    assert await trail.broken_at(1) == 5


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        (APP, "update audit set subject = 'x'"),
        (APP, "delete from audit"),
        (APP, "update audit set chain_seq = null"),
        (APP, "truncate audit"),
        (
            APP,
            "insert into audit (tenant_id, actor, actor_name, action, subject, chain_seq)"
            " values (1, 'a', 'a', 'a', 'a', 1)",
        ),
        (RELAY, "update audit set subject = 'x'"),
        (RELAY, "delete from audit"),
        (
            RELAY,
            "insert into audit (tenant_id, actor, actor_name, action, subject)"
            " values (1, 'a', 'a', 'a', 'a')",
        ),
    ],
)
async def test_no_login_of_ours_may_rewrite_the_trail(
    trail: Trail, role: str, statement: str
) -> None:
    await sealed(trail, rows=1)
    async with trail.connect(role) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)


async def test_two_sealers_at_once_make_one_chain(trail: Trail) -> None:
    await trail.add(*(entry(1, n) for n in range(200)))

    async def work() -> int:
        return sum([await trail.seal(limit=9) for _ in range(30)])

    done = await asyncio.gather(work(), work(), work())
    while await trail.seal():
        pass
    assert sum(done) <= 200
    async with trail.connect(RELAY) as connection:
        report = await verify_chain(connection, 1)
        assert (report.entries, report.holds) == (200, True)
