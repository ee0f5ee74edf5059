"""How many rows every table has, and one sum over all of what they hold, whatever their order."""

from typing import NamedTuple

import asyncpg

TABLES = """
    select quote_ident(schemaname) || '.' || quote_ident(tablename) from pg_tables
    where schemaname not in ('pg_catalog', 'information_schema') order by 1
"""
# Two halves of 64 bits, so that no two faults are likely to cancel each other.
DIGEST = """
    select count(*),
        coalesce(sum(hashtextextended(t::text, 1)::numeric), 0) || '/'
        || coalesce(sum(hashtextextended(t::text, 2)::numeric), 0)
    from {table} t
"""
PLAIN = {"timezone": "UTC", "datestyle": "ISO", "bytea_output": "hex", "extra_float_digits": "1"}


class Digest(NamedTuple):
    """One table: rows and what they hold."""

    rows: int
    total: str


async def digests(connection: asyncpg.Connection) -> dict[str, Digest]:
    """Of every table, as this transaction sees it."""
    for name, value in PLAIN.items():
        await connection.execute(f"set {name} = '{value}'")
    names = [row[0] for row in await connection.fetch(TABLES)]
    found = {}
    for table in names:
        rows, total = await connection.fetchrow(DIGEST.format(table=table))
        found[table] = Digest(rows, total)
    return found


def differences(
    wanted: dict[str, dict[str, Digest]], found: dict[str, dict[str, Digest]]
) -> list[str]:
    """Tables that are missing, too many, or hold something else, in words."""
    told = []
    for database in sorted(wanted.keys() | found.keys()):
        one, other = wanted.get(database, {}), found.get(database, {})
        told += [
            f"{database}.{table}: {_told(one.get(table))} ≠ {_told(other.get(table))}"
            for table in sorted(one.keys() | other.keys())
            if one.get(table) != other.get(table)
        ]
    return told


def lines(found: dict[str, dict[str, Digest]]) -> list[str]:
    """A line for each table that has rows, and how many have none."""
    every = [(f"{name}.{t}", d) for name, tables in found.items() for t, d in tables.items()]
    full = [f"{name:62} {digest.rows:9} {digest.total}" for name, digest in every if digest.rows]
    return [*full, f"e {len(every) - len(full)} tabelas vazias"]


def _told(digest: Digest | None) -> str:
    return f"{digest.rows} linhas, {digest.total}" if digest else "ausente"
