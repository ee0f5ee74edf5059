"""What the services asked of the database while a story was told: the hottest, with real values.

Counted by `pg_stat_statements`, read from a stack of its own whose Postgres also logs every
statement with its parameters. What is found and the databases as the story left them are
kept in `.run/bench/P7`.
"""

import asyncio
import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import asyncpg

from deploy.local import stack
from deploy.local.paths import run_folder
from deploy.local.postgres import SERVICES, programs
from deploy.local.wishes import STATEMENTS
from tests.bench.rounds import FOLDER, say
from tests.bench.story import OWN_RUN as RUN
from tests.bench.story import tell

KEPT = FOLDER / "P7"
MOST, SAMPLES = 20, 20
OURS = tuple(name for name in SERVICES if name != "sandbox")
"""The sandbox stands for parties whose databases are not ours."""
HOTTEST = """
    select datname, queryid, calls, total_exec_time
    from pg_stat_statements
    join pg_database on pg_database.oid = dbid
    join pg_roles on pg_roles.oid = userid
    where rolname = datname || '_app'
    order by total_exec_time desc
"""
TENANT_TABLES = """
    select table_name from information_schema.columns
    where table_schema = 'public' and column_name = 'tenant_id'
"""
_LOGGED = re.compile(r"duration: [\d.]+ ms  execute [^:]+: (.*)", re.DOTALL)
_VALUE = re.compile(r"\$\d+ = (?:'((?:[^']|'')*)'|(NULL))(?:, |$)", re.DOTALL)
Values = list[str | None]


@dataclass(frozen=True)
class Statement:
    """A statement of a service, how often and how long it ran, and values that it ran with."""

    database: str
    query: str
    calls: int
    total_ms: float
    tables: list[str]
    samples: list[Values]


def values(detail: str) -> Values:
    """The parameters as the log tells them."""
    return [
        None if null else text.replace("''", "'") for text, null in _VALUE.findall(detail or "")
    ]


def logged(folder: Path) -> dict[tuple[str, int], tuple[str, list[Values]]]:
    """Database and statement → its text and some of the values it was given."""
    found: dict[tuple[str, int], tuple[str, list[Values]]] = {}
    for path in sorted(folder.glob("*.json")):
        for line in path.open(encoding="utf-8"):
            told: dict[str, Any] = json.loads(line)
            said = _LOGGED.match(told.get("message", ""))
            if said is None or not str(told.get("user", "")).endswith("_app"):
                continue
            key = (told["dbname"], told["query_id"])
            text, samples = found.setdefault(key, (said[1], []))
            # Texts that differ in a constant count as one statement, with other parameters.
            if text == said[1] and len(samples) < SAMPLES:
                samples.append(values(told.get("detail", "")))
    return found


async def hottest(admin: str, log: Path) -> list[Statement]:
    """The statements on tenants' tables that took the most time in all."""
    told = logged(log)
    tables = {name: await _tables(admin, name) for name in OURS}
    connection = await asyncpg.connect(admin)
    try:
        rows = await connection.fetch(HOTTEST)
    finally:
        await connection.close()
    found: list[Statement] = []
    for row in rows:
        query, samples = told.get((row["datname"], row["queryid"]), ("", []))
        named = [
            name for name in tables.get(row["datname"], []) if re.search(rf"\b{name}\b", query)
        ]
        if named:
            calls, spent = row["calls"], row["total_exec_time"]
            found.append(Statement(row["datname"], query, calls, spent, named, samples))
    return found[:MOST]


async def _tables(admin: str, database: str) -> list[str]:
    connection = await asyncpg.connect(_of(admin, database))
    try:
        return [row["table_name"] for row in await connection.fetch(TENANT_TABLES)]
    finally:
        await connection.close()


def _of(admin: str, database: str) -> str:
    return f"{admin.rpartition('/')[0]}/{database}"


def told() -> list[Statement]:
    """A small story on a stack of its own, its statements and its databases kept."""
    os.environ.update({"VINCULO_RUN": RUN, STATEMENTS: "1"})
    admin = stack.up()["postgres"]["admin"]["admin"]
    try:
        asyncio.run(_counted_anew(admin))
        tell()
        found = asyncio.run(hottest(admin, run_folder(RUN) / "data" / "postgres" / "log"))
        asyncio.run(keep(found, admin))
    finally:
        stack.down()
    return found


async def _counted_anew(admin: str) -> None:
    connection = await asyncpg.connect(admin)
    try:
        await connection.execute("create extension if not exists pg_stat_statements")
        await connection.execute("select pg_stat_statements_reset()")
    finally:
        await connection.close()


async def keep(found: list[Statement], admin: str) -> None:
    """The statements, and what `pg_dump` says of each database that they are of."""
    KEPT.mkdir(parents=True, exist_ok=True)
    (KEPT / "statements.json").write_text(json.dumps([asdict(one) for one in found], indent=1))
    program = str(programs() / "pg_dump")
    for name in sorted({one.database for one in found}):
        about = ("-Fc", "-f", str(dump_of(name)), _of(admin, name))
        dumping = await asyncio.create_subprocess_exec(program, *about)
        assert not await dumping.wait(), name


def kept() -> list[Statement]:
    """What the last story left."""
    text = (KEPT / "statements.json").read_text()
    return [Statement(**one) for one in json.loads(text)]


def dump_of(database: str) -> Path:
    """Where a database is kept."""
    return KEPT / f"{database}.dump"


if __name__ == "__main__":
    for one in told():
        say(f"{one.total_ms:9.1f} ms {one.calls:6} {one.database} {one.tables} {one.query[:90]!r}")
