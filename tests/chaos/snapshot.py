"""All that a service holds, in clear, as text: what is sealed is opened with whosever key fits."""

import base64
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime

import asyncpg

from kit.crypto import Keks, Unreadable, open_bytes
from tests.chaos.state_hash import ID, Tables

SEALED = re.compile(r"sealed:v1:([\w-]+)")
TABLES = "select tablename from pg_tables where schemaname = 'public' order by 1"
KEYS = "select tenant_id, person_id, wrapped, kek_id from person_key where wrapped is not null"

Keys = Mapping[str, tuple[bytes, bytes]]
"""Person → key, and what binds a sealed value to its place."""


async def keys_of(dsn: str, tenant: int, keks_text: str) -> Keys:
    """Every key of the tenant's people, and of its services."""
    keks = Keks.parse(keks_text)
    connection = await asyncpg.connect(dsn)
    try:
        rows = [row for row in await connection.fetch(KEYS) if row["tenant_id"] == tenant]
    finally:
        await connection.close()
    bound = {row["person_id"]: f"{tenant}|{row['person_id']}".encode() for row in rows}
    return {
        row["person_id"]: (
            keks.unwrap(row["kek_id"], row["wrapped"], bound[row["person_id"]]),
            bound[row["person_id"]],
        )
        for row in rows
    }


async def snapshot(dsn: str, keys: Keys) -> Tables:
    """Every table with every row and column."""
    connection = await asyncpg.connect(dsn)
    try:
        tables = [row["tablename"] for row in await connection.fetch(TABLES)]
        held = {table: await connection.fetch(f'table "{table}"') for table in tables}
    finally:
        await connection.close()
    return {
        table: [{name: opened(as_text(value), keys) for name, value in row.items()} for row in rows]
        for table, rows in held.items()
    }


def as_text(value: object) -> str:
    """A value so that equal ones read alike."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, str) and value[:1] in ("{", "["):
        with suppress(ValueError):
            return json.dumps(json.loads(value), sort_keys=True, ensure_ascii=False)
    return str(value)


def opened(text: str, keys: Keys) -> str:
    """The text with everything sealed in clear; RuntimeError where no key fits."""
    return SEALED.sub(lambda found: _clear(found[1], text, keys), text)


def _clear(sealed: str, beside: str, keys: Keys) -> str:
    body = base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
    near = [one for one in ID.findall(beside) if one in keys]
    for person in (*near, *keys):
        key, bound = keys[person]
        with suppress(Unreadable):
            clear = json.loads(open_bytes(key, body, bound))
            return as_text(clear if isinstance(clear, str) else json.dumps(clear))
    raise RuntimeError("sealed with a key that nobody has")
