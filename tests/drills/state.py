"""One hash over all that the services hold, but for a printed list of columns."""

import hashlib

import asyncpg

from deploy.story.stack import Stack

LEFT_OUT = {"outbox": ("published_at",)}
"""When a fact was last sent: a bus that is filled again has other moments, and nothing else."""
TABLES = "select tablename from pg_tables where schemaname = 'public' order by 1"
ROWS = """
    select count(*), coalesce(sum(hashtextextended(said, 7)::numeric), 0)
    from (select (to_jsonb(t) - $1::text[])::text as said from {table} t) as every
"""


async def state(stack: Stack) -> dict[str, tuple[int, str]]:
    """Of every table of every service: its rows and their hash."""
    found: dict[str, tuple[int, str]] = {}
    for service, logins in stack.told["postgres"].items():
        if "owner" not in logins:
            continue
        connection = await asyncpg.connect(str(logins["owner"]))
        try:
            for (table,) in await connection.fetch(TABLES):
                query = ROWS.format(table=table)
                rows, total = await connection.fetchrow(query, list(LEFT_OUT.get(table, ())))
                found[f"{service}.{table}"] = (rows, str(total))
        finally:
            await connection.close()
    return found


def digest(found: dict[str, tuple[int, str]]) -> str:
    """All of it in one line."""
    return hashlib.sha256(repr(sorted(found.items())).encode()).hexdigest()[:16]


def differing(before: dict[str, tuple[int, str]], after: dict[str, tuple[int, str]]) -> list[str]:
    """Tables that are not as they were."""
    return [
        f"{name}: {before.get(name)} ≠ {after.get(name)}"
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    ]
