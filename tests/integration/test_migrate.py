"""Every service's database, migrated as in production: who may see, write and own what."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from kit.migrate import metadata_of, migrate
from tests.support.postgres import Postgres
from tests.support.probe import Noted, Probe, note, probe

SERVICES = ("registry", "health_declaration", "contact", "worklist", "console", "sandbox")
OPEN_TO_ALL_TENANTS = {"inbox", "alembic_version"}


@dataclass(frozen=True)
class Database:
    service: str
    admin: str
    owner_url: str

    async def rows(self, query: str, *arguments: object) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.admin)
        try:
            return list(await connection.fetch(query, *arguments))
        finally:
            await connection.close()


@pytest.fixture(scope="module", params=SERVICES)
async def database(request: pytest.FixtureRequest, postgres: Postgres) -> Database:
    service: str = request.param
    logins = [f"{service}_{kind}" for kind in ("owner", "app", "relay")]
    name = await postgres.database(*logins)
    for _ in range(2):  # asked again it changes nothing
        await asyncio.to_thread(migrate, service, postgres.url(name, logins[0]))
    return Database(service, postgres.dsn(name), postgres.url(name, logins[0]))


async def test_the_revisions_make_exactly_what_the_models_say(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        options = {"compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, metadata_of(database.service)))

    engine = create_async_engine(database.owner_url)
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


async def test_service_logins_own_nothing_and_pass_no_row_security(database: Database) -> None:
    logins = [f"{database.service}_app", f"{database.service}_relay"]
    roles = await database.rows(
        "select rolname, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication"
        " from pg_roles where rolname = any($1)",
        logins,
    )
    assert len(roles) == 2
    assert not [row for row in roles if any(row[name] for name in list(row.keys())[1:])]
    owned = await database.rows(
        "select relname from pg_class c join pg_roles r on r.oid = c.relowner"
        " where r.rolname = any($1)",
        logins,
    )
    makers = await database.rows(
        "select login from unnest($1::text[]) as login"
        " where has_schema_privilege(login, 'public', 'create')"
        " or has_database_privilege(login, current_database(), 'create')",
        logins,
    )
    assert (owned, makers) == ([], [])


async def test_every_table_but_the_inbox_is_under_forced_row_security(database: Database) -> None:
    open_ones = await database.rows(
        "select relname from pg_class where relkind in ('r', 'p') and relnamespace ="
        " 'public'::regnamespace and not (relrowsecurity and relforcerowsecurity)"
    )
    assert {row["relname"] for row in open_ones} == OPEN_TO_ALL_TENANTS


async def test_the_relay_may_touch_the_outbox_seal_the_audit_remove_the_old_and_nothing_else(
    database: Database,
) -> None:
    rights = await _rights(database, f"{database.service}_relay")
    assert rights == {
        "outbox": {"SELECT", "UPDATE", "DELETE"},
        "audit": {"SELECT"},
        "inbox": {"DELETE"},
        "idempotency": {"DELETE"},
    }
    columns = await database.rows(
        "select column_name from information_schema.column_privileges"
        " where grantee = $1 and table_name = 'audit' and privilege_type = 'UPDATE'",
        f"{database.service}_relay",
    )
    assert {row["column_name"] for row in columns} == {"chain_seq", "prev", "hash"}


async def test_the_application_can_neither_change_nor_remove_facts_and_audit(
    database: Database,
) -> None:
    rights = await _rights(database, f"{database.service}_app")
    assert rights["outbox"] == {"SELECT", "INSERT"}
    assert rights["audit"] == {"SELECT"}
    written = await database.rows(
        "select column_name from information_schema.column_privileges"
        " where grantee = $1 and table_name = 'audit' and privilege_type <> 'SELECT'",
        f"{database.service}_app",
    )
    assert not {row["column_name"] for row in written} & {"id", "at", "chain_seq", "prev", "hash"}


async def _rights(database: Database, login: str) -> dict[str, set[str]]:
    """Table → what the login may do with whole rows of it, public's rights included."""
    found = await database.rows(
        "select relname, array_agg(right_) as rights from pg_class,"
        " unnest(array['SELECT','INSERT','UPDATE','DELETE','TRUNCATE']) as right_"
        " where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace"
        " and has_table_privilege($1, pg_class.oid, right_) group by relname",
        login,
    )
    return {row["relname"]: set(row["rights"]) for row in found}


@pytest.fixture(scope="module")
async def service(postgres: Postgres) -> AsyncIterator[Probe]:
    async with probe(postgres) as made:
        for tenant in (1, 2):
            async with made.begin(tenant) as tx:
                row = {"tenant_id": tenant, "key": f"t{tenant}", "number": tenant}
                await tx.session.execute(note.insert().values(row))
                await tx.record(Noted(tenant_id=tenant, note="k", number=tenant))
                await tx.audit("note.written", "k")
        yield made


@pytest.fixture
async def as_app(service: Probe) -> AsyncIterator[asyncpg.Connection]:
    """The application's own login, speaking bare SQL: no filter of ours is left."""
    url = service.settings.database_url.replace("+asyncpg", "")
    connection = await asyncpg.connect(url)
    yield connection
    await connection.close()


async def enter(connection: asyncpg.Connection, tenant: int) -> None:
    await connection.execute("select set_config('app.tenant', $1, false)", str(tenant))


@pytest.mark.parametrize("table", ["note", "outbox", "audit"])
async def test_without_the_applications_filter_another_tenants_rows_stay_invisible(
    as_app: asyncpg.Connection, table: str
) -> None:
    seen = f"select distinct tenant_id from {table}"  # noqa: S608 (names of this test)
    for tenant in (1, 2):
        await enter(as_app, tenant)
        assert [row[0] for row in await as_app.fetch(seen)] == [tenant]


async def test_without_a_tenant_nothing_is_seen(as_app: asyncpg.Connection) -> None:
    assert await as_app.fetch("select * from note") == []
    await as_app.execute("select set_config('app.tenant', '', false)")
    assert await as_app.fetch("select * from note") == []


async def test_another_tenants_rows_cannot_be_written_changed_or_removed(
    as_app: asyncpg.Connection, service: Probe
) -> None:
    await enter(as_app, 1)
    assert await as_app.execute("update note set number = 9 where tenant_id = 2") == "UPDATE 0"
    assert await as_app.execute("delete from note where tenant_id = 2") == "DELETE 0"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await as_app.execute("insert into note (tenant_id, key, number) values (2, 'k', 1)")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await as_app.execute("update note set tenant_id = 2 where tenant_id = 1")
    assert await service.notes(2) == [("t2", 2)]


@pytest.mark.parametrize(
    "statement",
    [
        "update outbox set payload = '{}'",
        "delete from outbox",
        "update audit set actor = 'x'",
        "delete from audit",
        "truncate audit",
        "alter table note disable row level security",
        "drop policy tenant on note",
        "create table mine (id int)",
        "set role probe_owner",
    ],
)
async def test_the_application_login_is_refused(as_app: asyncpg.Connection, statement: str) -> None:
    await enter(as_app, 1)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await as_app.execute(statement)


async def test_the_relay_login_sees_facts_of_all_tenants_and_no_other_table(
    service: Probe,
) -> None:
    url = service.settings.relay_database_url.replace("+asyncpg", "")
    connection = await asyncpg.connect(url)
    try:
        seen = await connection.fetch("select distinct tenant_id from outbox order by 1")
        assert [row[0] for row in seen] == [1, 2]
        for table in ("note", "parked", "idempotency"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetch(f"select * from {table}")  # noqa: S608 (named here)
    finally:
        await connection.close()


async def test_planted_a_login_that_passes_row_security_is_noticed(
    service: Probe, as_app: asyncpg.Connection
) -> None:
    await service.rows("alter role probe_app bypassrls")
    try:
        await enter(as_app, 1)
        assert {row[0] for row in await as_app.fetch("select tenant_id from note")} == {1, 2}
        roles = await service.rows("select rolbypassrls from pg_roles where rolname = 'probe_app'")
        assert roles[0][0]
    finally:
        await service.rows("alter role probe_app nobypassrls")
