"""Every table of every service: with the service's own login and no filter, one tenant is seen."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import asyncpg
import pytest

from deploy.local.postgres import SERVICES
from kit.migrate import metadata_of, migrate
from tests.support.postgres import Postgres
from tests.support.probe import probe
from tests.support.walls import faults, places


@dataclass(frozen=True)
class Doors:
    """One service's database: who runs the server, and the application's own login."""

    service: str
    admin: asyncpg.Connection
    app: asyncpg.Connection


@pytest.fixture(scope="module", params=SERVICES)
async def doors(request: pytest.FixtureRequest, postgres: Postgres) -> AsyncIterator[Doors]:
    service: str = request.param
    logins = [f"{service}_{kind}" for kind in ("owner", "app", "relay")]
    name = await postgres.database(*logins)
    await asyncio.to_thread(migrate, service, postgres.url(name, logins[0]))
    admin = await asyncpg.connect(postgres.dsn(name))
    app = await asyncpg.connect(postgres.dsn(name, logins[1]))
    yield Doors(service, admin, app)
    await app.close()
    await admin.close()


async def test_no_table_lets_the_applications_login_into_another_tenant(doors: Doors) -> None:
    assert await faults(doors.admin, doors.app) == []


async def test_every_table_of_the_models_was_asked(doors: Doors) -> None:
    asked = {place.name.removeprefix("public.") for place in await places(doors.admin)}
    assert asked == {*metadata_of(doors.service).tables, "alembic_version"}


SPLIT = """
create table later (tenant_id int not null) partition by list (tenant_id);
create table later_71 partition of later for values in (71);
create table later_72 partition of later for values in (72);
alter table later enable row level security;
alter table later force row level security;
create policy tenant on later to probe_app
  using (tenant_id = nullif(current_setting('app.tenant', true), '')::int);
grant select, insert, update, delete on later to probe_app
"""


@pytest.mark.parametrize(
    ("planted", "told"),
    [
        ("create table later (id int)", "later has no tenant_id"),
        ("create table later (tenant_id int)", "later has no forced row security"),
        (
            "create table later (tenant_id int not null); grant all on later to probe_app",
            "reads without a filter public.later of another tenant",
        ),
        (
            "create table later (tenant_id int not null); grant insert on later to probe_app",
            "writes public.later of another tenant",
        ),
        ("alter table note no force row level security", "note has no forced row security"),
        ("alter table outbox disable row level security", "outbox has no forced row security"),
        ("create policy wide on note to probe_app using (true)", "reads as nobody public.note"),
        ("alter policy tenant on note with check (true)", "writes public.note"),
        ("drop policy tenant on note", "sees nothing of its own in public.note"),
        (SPLIT, "later_72 has no forced row security"),
        (f"{SPLIT}; grant select on later_72 to probe_app", "reads public.later_72"),
    ],
)
async def test_planted_fault_a_hole_in_a_wall_is_told(
    postgres: Postgres, planted: str, told: str
) -> None:
    async with probe(postgres) as made:
        admin = await asyncpg.connect(made.admin)
        app = await asyncpg.connect(made.settings.database_url.replace("+asyncpg", ""))
        try:
            await admin.execute(planted)
            assert any(told in one for one in await faults(admin, app))
        finally:
            await app.close()
            await admin.close()


async def test_the_probe_itself_has_no_hole(postgres: Postgres) -> None:
    async with probe(postgres) as made:
        admin = await asyncpg.connect(made.admin)
        app = await asyncpg.connect(made.settings.database_url.replace("+asyncpg", ""))
        assert await faults(admin, app) == []
        await app.close()
        await admin.close()
