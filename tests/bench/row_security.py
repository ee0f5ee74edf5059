"""P7: the hottest queries of a story under row-level security, beside an explicit tenant.

`make bench GOAL=P7`; `tests.bench.statements` tells where the queries and their values come from.
Each runs with the values that the story gave it, over the story's databases grown to a million rows
per table, once as the service's login and once as a login that passes row-level security: there the
tenant is what the query itself says, or, where it says none, what a view of one tenant adds. CPU is
of the one backend that answers. What writes is rolled back, and what an empty transaction costs is
taken off on both sides.
"""

import asyncio
import json
import re
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import asyncpg

from deploy.local.postgres import programs
from tests.bench.multiplied import multiply
from tests.bench.rounds import ROUNDS, Figure, conclude, over, say
from tests.bench.statements import Statement, Values, dump_of, kept, told
from tests.support.postgres import Postgres, running

CHUNK_SECONDS, TRIES = 0.2, 5
ROWS, LARGE = 1_000_000, 100_000
SET_TENANT = "select set_config('app.tenant', $1, true)"
OPERATOR = "select tenant_id from outbox group by 1 order by count(*) desc limit 1"
TWIN = "twin"
OPEN = (
    "alter role twin bypassrls",
    "create schema twin",
    "grant usage on schema public, twin to twin",
    "grant all on all tables in schema public to twin",
    "grant all on all sequences in schema public to twin",
    "alter default privileges in schema twin grant all on tables to twin",
)
VIEW = "create view twin.{table} as select * from public.{table} where tenant_id = {tenant}"
_SAYS_TENANT = re.compile(r"tenant_id\s*=|insert\s", re.IGNORECASE)
_READS = re.compile(r"\s*select", re.IGNORECASE)
_UUID = re.compile(r"[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}")
CONVERT: dict[str, Callable[[str], Any]] = {
    "int2": int,
    "int4": int,
    "int8": int,
    "bool": lambda text: text == "t",
    "float8": float,
    "numeric": Decimal,
    "date": date.fromisoformat,
    "timestamptz": datetime.fromisoformat,
    "bytea": lambda text: bytes.fromhex(text[2:]),
}
_ELEMENT = re.compile(r'"((?:[^"\\]|\\.)*)"|([^,]+)')


def value(text: str | None, kind: asyncpg.Type) -> Any:
    """A value of the log as the driver takes it."""
    if text is None:
        return None
    if kind.kind == "array":
        element = kind.name.removeprefix("_").removesuffix("[]")
        return [_scalar(*found, element) for found in _ELEMENT.findall(text[1:-1])]
    return CONVERT.get(kind.name, str)(text)


def _scalar(quoted: str, plain: str, kind: str) -> Any:
    if plain == "NULL":
        return None
    return CONVERT.get(kind, str)(plain or re.sub(r"\\(.)", r"\1", quoted))


@dataclass
class Side:
    """One login, and what it has prepared of the query at hand."""

    connection: asyncpg.Connection
    clock: int
    """The kernel's name for the CPU clock of its backend: whole ticks would ask for long rounds."""
    tenant: str

    async def one(self, prepared: Any, sample: list[Any]) -> None:
        """In a transaction of its own that leaves nothing."""
        transaction = self.connection.transaction()
        await transaction.start()
        await self.connection.fetchval(SET_TENANT, self.tenant)
        if prepared is not None:
            await prepared.fetch(*sample)
        await transaction.rollback()

    async def many(self, prepared: Any, samples: list[list[Any]], count: int) -> None:
        """In one transaction."""
        async with self.connection.transaction():
            await self.connection.fetchval(SET_TENANT, self.tenant)
            for number in range(count):
                await prepared.fetch(*samples[number % len(samples)])

    def used(self) -> float:
        """CPU seconds of its backend."""
        return time.clock_gettime(self.clock)


async def side(stack: AsyncExitStack, dsn: str, tenant: str) -> Side:
    """A connection, closed with the stack."""
    connection = await asyncpg.connect(dsn)
    stack.push_async_callback(connection.close)
    backend = await connection.fetchval("select pg_backend_pid()")
    return Side(connection, ~backend << 3 | 2, tenant)


class Query:
    """A statement, asked of both sides in turn."""

    def __init__(self, told: Statement, tenant: str) -> None:
        self.told = told
        # Others were asked by loops for operators whose story this is not.
        own = [sample for sample in told.samples if tenant in sample]
        self._samples = own or told.samples
        self.reads = _READS.match(told.query) is not None
        self.samples: list[list[Any]] = []
        self._count = TRIES

    @property
    def name(self) -> str:
        """What it does to which tables."""
        verb = self.told.query.split()[0].lower()
        return f"{self.told.database} {verb} {'+'.join(self.told.tables)}"

    async def costs(self, on: Side) -> float:
        """CPU microseconds of one asking."""
        prepared = await on.connection.prepare(self.told.query)
        if not self.samples:
            kinds = prepared.get_parameters()
            self.samples = [_typed(self._fresh(one), kinds) for one in self._samples]
        before = on.used()
        await self._asked(on, prepared)
        return 1e6 * (on.used() - before) / self._count

    async def _asked(self, on: Side, prepared: Any) -> None:
        if self.reads:
            await on.connection.fetchval("select 1")
            await on.many(prepared, self.samples, self._count)
            return
        for number in range(self._count):
            await on.one(prepared, self.samples[number % len(self.samples)])

    async def empty(self, on: Side) -> float:
        """CPU microseconds of a transaction that asks nothing, where each asking has its own."""
        if self.reads:
            return 0.0
        before = on.used()
        for _ in range(self._count):
            await on.one(None, [])
        return 1e6 * (on.used() - before) / self._count

    def _fresh(self, sample: Values) -> Values:
        """What the story inserted is there already: the same with ids of its own."""
        if not self.told.query.lstrip().lower().startswith("insert"):
            return sample
        return [None if one is None else _UUID.sub(_other, one) for one in sample]

    async def suits(self, on: Side) -> None:
        """Chooses how often to ask in a round."""
        each = await self.costs(on)
        self._count = max(TRIES, min(20_000, int(1e6 * CHUNK_SECONDS / each)))

    async def plan(self, on: Side) -> Any:
        """How the database answers under row-level security."""
        transaction = on.connection.transaction()
        await transaction.start()
        await on.connection.fetchval(SET_TENANT, on.tenant)
        explain = f"explain (analyze, buffers, format json) {self.told.query}"
        found = await on.connection.fetchval(explain, *self.samples[0])
        await transaction.rollback()
        return json.loads(found)


def _typed(sample: Values, kinds: tuple[asyncpg.Type, ...]) -> list[Any]:
    return [value(text, kind) for text, kind in zip(sample, kinds, strict=True)]


def _other(found: re.Match[str]) -> str:
    made = str(uuid.uuid5(uuid.NAMESPACE_URL, found[0]))
    return made if "-" in found[0] else made.replace("-", "")


def sequential(plan: Any, large: set[str]) -> list[str]:
    """Large tables that a plan reads from end to end."""
    if isinstance(plan, list):
        return [name for one in plan for name in sequential(one, large)]
    node = plan.get("Plan", plan)
    own = [node["Relation Name"]] if node.get("Node Type") == "Seq Scan" else []
    return [name for name in own if name in large] + sequential(node.get("Plans", []), large)


@dataclass(frozen=True)
class Grown:
    """A story's database, a million rows in each table that is asked, and its operator."""

    dsn: Callable[[str], str]
    tenant: int
    rows: dict[str, int]


async def grown(postgres: Postgres, database: str, tables: set[str], rows: int) -> Grown:
    """Restored, multiplied, and open to the twin."""
    logins = [f"{database}_{kind}" for kind in ("owner", "app", "relay")]
    name = await postgres.database(*logins, TWIN)
    restore = [str(programs() / "pg_restore"), "-d", postgres.dsn(name)]
    await asyncio.to_thread(subprocess.run, [*restore, str(dump_of(database))], check=True)
    connection = await asyncpg.connect(postgres.dsn(name))
    try:
        tenant = await connection.fetchval(OPERATOR)
        there = {table: await multiply(connection, table, rows) for table in sorted(tables)}
        for statement in (*OPEN, *(VIEW.format(table=one, tenant=tenant) for one in tables)):
            await connection.execute(statement)
    finally:
        await connection.close()
    say(f"{database}: {there}")
    return Grown(lambda login: postgres.dsn(name, login), tenant, there)


class Result:
    """What was found of all queries."""

    def __init__(self) -> None:
        self.figures: list[Figure] = []
        self.raw: list[dict[str, Any]] = []
        self.sequential: list[str] = []

    def add(
        self, query: Query, ours: list[float], theirs: list[float], plan: Any, there: Grown
    ) -> None:
        """One query's rounds and plan."""
        name = f"{len(self.figures) + 1:2} {query.name}"
        large = {table for table, rows in there.rows.items() if rows > LARGE}
        self.sequential += [f"{name}: {table}" for table in sequential(plan, large)]
        self.figures.append(Figure(name, over(ours, theirs), most=1.25))
        say(f"{name}: {self.figures[-1].told}, {statistics.median(ours):.0f} µs")
        told = {"query": query.told.query, "calls": query.told.calls, "ms": query.told.total_ms}
        self.raw.append(told | {"name": name, "rls_us": ours, "twin_us": theirs, "plan": plan})


async def compared(told: Statement, there: Grown, result: Result) -> None:
    """One query on both sides, round by round, and its plan."""
    async with AsyncExitStack() as stack:
        secured = await side(stack, there.dsn(f"{told.database}_app"), str(there.tenant))
        twin = await side(stack, there.dsn(TWIN), str(there.tenant))
        if _SAYS_TENANT.search(told.query) is None:
            await twin.connection.execute("set search_path = twin, public")
        query = Query(told, str(there.tenant))
        await query.suits(secured)
        ours: list[float] = []
        theirs: list[float] = []
        nothing: list[float] = []
        for number in range(ROUNDS + 1):
            for on, costs in ((secured, ours), (twin, theirs))[:: 1 if number % 2 else -1]:
                costs.append(await query.costs(on))
                nothing.append(await query.empty(on))
        # The same on both sides: one figure for all rounds takes off no noise of its own.
        off = statistics.median(nothing)
        ours, theirs = ([one - off for one in costs[1:]] for costs in (ours, theirs))
        result.add(query, ours, theirs, await query.plan(secured), there)


async def run(rows: int) -> int:
    """Every query of the story that is kept."""
    asked, result = kept(), Result()
    with running() as postgres:
        for database in sorted({one.database for one in asked}):
            own = [one for one in asked if one.database == database]
            tables = {name for one in own for name in one.tables}
            there = await grown(postgres, database, tables, rows)
            for one in own:
                await compared(one, there, result)
    scans = Figure("sequential scans of large tables", [len(result.sequential)], most=0, unit="")
    for found in result.sequential:
        say(f"sequential scan in {found}")
    conditions = f"{len(asked)} queries, {rows:,} rows per table; CPU of the backend"
    return conclude("P7", conditions, [*result.figures, scans], result.raw)


def main() -> int:
    """Tells a story first, unless `kept` is said; a number is of rows, fewer for a quick look."""
    if "kept" not in sys.argv:
        told()
    return asyncio.run(run(next((int(one) for one in sys.argv[1:] if one.isdigit()), ROWS)))


if __name__ == "__main__":
    sys.exit(main())
