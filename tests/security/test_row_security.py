"""RLS beneath everything: each table of each catalogue, asked by the service's own login."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from kit import db
from services.registry.queries import people
from tests.security.ground import OURS, THEIRS, Ground
from tests.security.operators import Operators

SERVICES = ("registry", "health_declaration", "contact", "worklist", "console")
LEFT_OPEN = {"inbox", "alembic_version"}
"""Without a tenant: ids of facts that were heard, and the number of the last migration."""
_TABLES = """
    select c.relname as name, c.relispartition as part, c.relrowsecurity and c.relforcerowsecurity
        as walled, exists (select from pg_policy where polrelid = c.oid) as policed,
        has_table_privilege($1, c.oid, 'select') as readable,
        exists (select from pg_attribute where attrelid = c.oid and attname = 'tenant_id') as tenant
    from pg_class c where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace
"""


def _dsn(operators: Operators, service: str, login: str) -> str:
    served = operators.served | {"console": operators.world.console}
    return served[service].dsn.replace("//postgres@", f"//{service}_{login}@")


async def _tables(operators: Operators, service: str) -> list[asyncpg.Record]:
    async with connected(_dsn(operators, service, "app")) as own:
        found = list(await own.fetch(_TABLES, f"{service}_app"))
    assert len(found) > len(LEFT_OPEN)
    return found


@asynccontextmanager
async def connected(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()


@pytest.mark.parametrize("service", SERVICES)
async def test_every_table_with_a_tenant_is_walled_policed_and_no_part_of_it_is_readable(
    operators: Operators, service: str
) -> None:
    tables = await _tables(operators, service)
    assert {one["name"] for one in tables if not one["tenant"]} == LEFT_OPEN
    whole = [one for one in tables if one["tenant"] and not one["part"]]
    assert [one["name"] for one in whole if not (one["walled"] and one["policed"])] == []
    # A part would be asked past the wall of the whole: nobody of ours may.
    assert [one["name"] for one in tables if one["part"] and one["readable"]] == []


@pytest.mark.parametrize("service", SERVICES)
async def test_no_login_of_a_service_sees_a_row_of_another_tenant(
    operators: Operators, service: str
) -> None:
    """Bare SQL, no filter of ours: all rows that there are, as the other operator's requests."""
    tables = await _tables(operators, service)
    names = [one["name"] for one in tables if one["tenant"] and one["readable"]]
    seen = {
        tenant: await _seen(_dsn(operators, service, "app"), tenant, names)
        for tenant in (operators.theirs, operators.ours)
    }
    for tenant, found in seen.items():
        assert {name: told for name, told in found.items() if told - {tenant}} == {}
    assert any(seen[operators.ours].values()), "there was something to be seen"


async def _seen(dsn: str, tenant: int, names: list[str]) -> dict[str, set[int]]:
    """Table → the tenants whose rows come."""
    async with connected(dsn) as own:
        await own.execute("select set_config('app.tenant', $1, false)", str(tenant))
        queries = {one: f'select distinct tenant_id from "{one}"' for one in names}  # noqa: S608
        return {one: {row[0] for row in await own.fetch(q)} for one, q in queries.items()}


async def test_planted_without_the_applications_filter_the_answer_is_empty_all_the_same(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The filter asks for our rows in the name of their request: only the database says no."""
    person_id, _ = await ground.registered()
    found = await _asked_past_the_filter(ground, person_id, monkeypatch)
    assert found == 404


async def test_planted_without_the_wall_too_the_row_comes(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    person_id, _ = await ground.registered()
    await ground.registry.rows("alter role registry_app bypassrls")
    try:
        assert await _asked_past_the_filter(ground, person_id, monkeypatch) == 200
    finally:
        await ground.registry.rows("alter role registry_app nobypassrls")


async def _asked_past_the_filter(ground: Ground, person_id: str, patch: pytest.MonkeyPatch) -> int:
    asked = people.whole

    async def unfiltered(tx: db.Transaction, wanted: str) -> object:
        tx.tenant_id = OURS
        return await asked(tx, wanted)

    patch.setattr(people, "whole", unfiltered)
    headers = ground.registry.as_(THEIRS, "registrar")
    path = f"/people/{person_id}"
    return (await ground.registry.http.get(path, headers=headers)).status_code
