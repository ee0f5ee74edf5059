"""A database of a story grown to a million rows per table: its own rows again and again.

Each copy has ids of its own, most belong to the story's operator and the rest to four others, so
that states, terms and lengths stay as the story made them.
"""

import asyncpg

OTHERS = 4
COLUMNS = """
    select a.attname as name, format_type(a.atttypid, null) as kind, a.attidentity <> '' as counted,
        coalesce(bool_or(i.indisunique), false) as unique
    from pg_attribute a left join pg_index i on i.indrelid = a.attrelid and a.attnum = any(i.indkey)
    where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    group by a.attnum, a.attname, a.atttypid, a.attidentity order by a.attnum
"""
COUNT = 'select count(*) from "{table}"'
COPIES = """
    insert into "{table}" ({names}) select {made}
    from "{table}", generate_series(1, {times}) n on conflict do nothing
"""
TENANT = f"case when n % 10 < 6 then tenant_id else tenant_id + 1 + n % {OTHERS} end"
NEW = {
    "text": "{name} || '~' || n",
    "character varying": "{name} || '~' || n",
    "uuid": "md5({name}::text || n)::uuid",
    "bytea": "{name} || int4send(n)",
    "bigint": "{name} + n * 1000000::bigint",
}
"""How a copy's id is made from the one it copies."""
SHORT = {
    "text": "left({name}, 500)",
    "character varying": "left({name}, 500)",
    "bytea": "substring({name} from 1 for 500)",
}
"""What is longer lies apart from its row: a million signed papers would only fill the disk."""
NAMED = ("id", "key", "subject", "reference")


def _copied(column: asyncpg.Record) -> str:
    name, kind = column["name"], column["kind"]
    if name == "tenant_id":
        return TENANT
    of_id = column["unique"] or name in NAMED or name.endswith("_id")
    ways = NEW if of_id else SHORT
    return ways[kind].format(name=f'"{name}"') if kind in ways else f'"{name}"'


async def multiply(connection: asyncpg.Connection, table: str, rows: int) -> int:
    """Copies a table's rows until there are so many or more; how many there are then."""
    there = int(await connection.fetchval(COUNT.format(table=table)))
    if not there:
        return 0
    columns = [one for one in await connection.fetch(COLUMNS, table) if not one["counted"]]
    insert = COPIES.format(
        table=table,
        names=", ".join(f'"{one["name"]}"' for one in columns),
        made=", ".join(map(_copied, columns)),
        times=rows // there,
    )
    # Neither foreign keys nor the relay's bell: what is copied was whole before.
    await connection.execute("set session_replication_role = replica")
    await connection.execute(insert, timeout=1800)
    await connection.execute("reset session_replication_role")
    await connection.execute(f'vacuum analyze "{table}"', timeout=1800)
    return int(await connection.fetchval(COUNT.format(table=table)))
