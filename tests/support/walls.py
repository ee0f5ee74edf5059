"""What a login meets at every table of a catalogue that holds rows of more than one tenant."""

from collections.abc import Iterable
from dataclasses import dataclass

import asyncpg

MINE, THEIRS = "71", "72"
_TABLES = """
select c.oid, n.nspname, c.relname, c.relispartition as part,
  c.relrowsecurity and c.relforcerowsecurity as guarded,
  exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id'
    and not a.attisdropped) as tenanted
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
order by c.relname
"""
_NEEDED = """
select attname, format_type(atttypid, null) as type from pg_attribute
where attrelid = $1 and attnum > 0 and not attisdropped and attnotnull and not atthasdef
  and attidentity = '' and attname <> 'tenant_id'
"""
_ANYTHING = {
    "text": "'x'",
    "character varying": "'x'",
    "integer": "1",
    "bigint": "1",
    "smallint": "1",
    "boolean": "false",
    "date": "current_date",
    "timestamp with time zone": "now()",
    "jsonb": "'{}'",
    "bytea": "'x'",
    "integer[]": "'{}'",
    "character varying[]": "'{}'",
}

OF_NOBODY = {"inbox", "alembic_version"}
"""Written by hand: ids of facts already heard, and the number of the newest revision."""
_EVERY = "select from #"
_WAYS = {
    "reads": "select from # where tenant_id = 72",
    "reads without a filter": "select from # where tenant_id <> 71",
    "changes": "update # set tenant_id = tenant_id where tenant_id = 72",
    "removes": "delete from # where tenant_id = 72",
    "gives away": "update # set tenant_id = 72 where tenant_id = 71",
    "writes": "insert into # (tenant_id) values (72)",
}
"""What the application's login tries as MINE."""


@dataclass(frozen=True)
class Place:
    """One table or partition; `name` is fit for a statement."""

    oid: int
    name: str
    guarded: bool
    tenanted: bool
    part: bool
    """A partition: its rows come through the table that it is a part of."""

    def said(self, statement: str) -> str:
        """A statement with this place's name where # stands."""
        return statement.replace("#", self.name)


async def places(admin: asyncpg.Connection) -> list[Place]:
    """Every table and partition of the database."""
    return [
        Place(
            row["oid"],
            f"{row['nspname']}.{row['relname']}",
            row["guarded"],
            row["tenanted"],
            row["part"],
        )
        for row in await admin.fetch(_TABLES)
    ]


async def faults(admin: asyncpg.Connection, app: asyncpg.Connection) -> list[str]:
    """Ways of the application's login into another tenant's rows, where nothing filters for it."""
    found: list[str] = []
    every = sorted(await places(admin), key=lambda place: place.part)
    for place in every:
        if place.name.removeprefix("public.") in OF_NOBODY:
            continue
        if not place.tenanted:
            found.append(f"{place.name} has no tenant_id")
            continue
        if not place.guarded:
            found.append(f"{place.name} has no forced row security")
        if not place.part:
            await _one_row_each(admin, place)
        found += await _ways(app, place)
    return found


async def _one_row_each(admin: asyncpg.Connection, place: Place) -> None:
    """A row of each of two tenants, whatever else the table would refer to."""
    needed = await admin.fetch(_NEEDED, place.oid)
    columns = ", ".join(["tenant_id", *(row["attname"] for row in needed)])
    others = [_ANYTHING[row["type"]] for row in needed]
    async with admin.transaction():
        await admin.execute("set local session_replication_role = replica")
        for tenant in (MINE, THEIRS):
            values = ", ".join([tenant, *others])
            insert = ["insert into #", f"({columns})", "values", f"({values})"]
            await admin.execute(place.said(" ".join(insert)))


async def _ways(app: asyncpg.Connection, place: Place) -> Iterable[str]:
    """What the login reaches as MINE, and without any tenant."""
    met = {
        way: await _reached(app, MINE, place.said(statement)) for way, statement in _WAYS.items()
    }
    met["reads as nobody"] = await _reached(app, "", place.said(_EVERY))
    own = await _reached(app, MINE, place.said(_EVERY))
    told = [f"{way} {place.name} of another tenant" for way, rows in met.items() if rows]
    return told if own or place.part else [*told, f"sees nothing of its own in {place.name}"]


async def _reached(app: asyncpg.Connection, tenant: str, statement: str) -> int:
    """How many rows a statement reached; it is undone, and 0 where it was refused."""
    undone = app.transaction()
    await undone.start()
    try:
        await app.execute("select set_config('app.tenant', $1, true)", tenant)
        return int((await app.execute(statement)).rpartition(" ")[2])
    except asyncpg.InsufficientPrivilegeError:
        return 0
    except asyncpg.IntegrityConstraintViolationError:
        return 1  # The wall comes before the constraints: it had let this pass.
    finally:
        await undone.rollback()
