"""P6: what a request costs with token, tenant, row-level security and telemetry, beside none.

`make bench GOAL=P6`. Three API processes of the same two routes over one Postgres: ours with every
request traced to a file, ours with the SDK of OpenTelemetry disabled, and the bare peer of
`api_served`, as the database's superuser, whom no row-level security holds. Each is asked in turn.
CPU is of the API process and of Postgres; the client's is left out.
"""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

import httpx

from kit import telemetry
from tests.bench.parts import server_pid
from tests.bench.rounds import FOLDER, Figure, conclude, in_turn, over
from tests.support.bench import free_port, until
from tests.support.postgres import Postgres, running
from tests.support.probe import Probe, probe

EACH, AT_ONCE, KEYS = 1_000, 8, 200
OURS, SILENT, BARE = "ours", "ours without telemetry", "bare"
FILLER = "x" * 200


@dataclass(frozen=True)
class Api:
    """One process and a client of it."""

    pid: int
    http: httpx.AsyncClient

    async def writes(self) -> int:
        """Notes of few keys, some at once."""
        return await self._all(lambda n: self._write(f"k{n % KEYS}", n))

    async def reads(self) -> int:
        """One note each."""
        return await self._all(lambda n: self.http.get(f"/notes/k{n % KEYS}"))

    async def _write(self, key: str, number: int) -> httpx.Response:
        return await self.http.post(f"/notes/{key}", json={"number": number, "filler": FILLER})

    async def _all(self, asked: Callable[[int], Awaitable[httpx.Response]]) -> int:
        room = asyncio.Semaphore(AT_ONCE)

        async def one(number: int) -> None:
            async with room:
                (await asked(number)).raise_for_status()

        await asyncio.gather(*map(one, range(EACH)))
        return EACH


@asynccontextmanager
async def served(kind: str, environment: dict[str, str]) -> AsyncIterator[Api]:
    """The process, until the block ends."""
    port = free_port()
    command = (sys.executable, "-m", "tests.bench.api_served", kind, str(port))
    process = await asyncio.create_subprocess_exec(
        *command, env=os.environ | environment, stdout=PIPE
    )
    assert process.stdout is not None
    token = (await process.stdout.readline()).decode().strip()
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers) as http:
        try:
            await until(partial(_answers, http))
            yield Api(process.pid, http)
        finally:
            process.terminate()
            await process.wait()


async def _answers(http: httpx.AsyncClient) -> bool:
    try:
        return (await http.get("/openapi.json")).is_success
    except httpx.ConnectError:
        return False


def environment(service: Probe) -> dict[str, str]:
    """What an API process of the probe is given."""
    told = service.settings.model_dump(include={"service", "keyring_url", "kek_file", "index_key"})
    given = {f"VINCULO_{name.upper()}": str(value) for name, value in told.items()}
    return given | {"VINCULO_DATABASE_URL": service.settings.database_url}


@asynccontextmanager
async def processes(postgres: Postgres) -> AsyncIterator[dict[str, Api]]:
    """All three over one database."""
    async with AsyncExitStack() as stack:
        service = await stack.enter_async_context(probe(postgres))
        given = environment(service)
        superuser = service.admin.replace("postgresql://", "postgresql+asyncpg://")
        asked = {
            OURS: ("ours", given | {telemetry.SPANS_FILE: str(FOLDER / "P6-spans.jsonl")}),
            SILENT: ("ours", given | {"OTEL_SDK_DISABLED": "true"}),
            BARE: ("bare", {"VINCULO_DATABASE_URL": superuser}),
        }
        yield {name: await stack.enter_async_context(served(*of)) for name, of in asked.items()}


async def run() -> int:
    """Writes, then reads, of each process in turn."""
    with running() as postgres:
        async with processes(postgres) as apis:
            database = await server_pid(postgres)
            pids = {name: [api.pid, database] for name, api in apis.items()}
            writes = await in_turn({name: api.writes for name, api in apis.items()}, pids)
            reads = await in_turn({name: api.reads for name, api in apis.items()}, pids)
    kinds = {"write": writes, "read": reads}
    judged = [
        figure
        for kind, costs in kinds.items()
        for figure in (
            Figure(f"{kind}: ours ÷ bare", over(costs[OURS], costs[BARE]), most=2.5),
            Figure(f"{kind}: telemetry on ÷ off", over(costs[OURS], costs[SILENT]), most=1.5),
        )
    ]
    told = [
        Figure(f"CPU of a {kind}, {name}", each, unit="ms")
        for kind, costs in kinds.items()
        for name, each in costs.items()
    ]
    conditions = f"{EACH} requests a round, {AT_ONCE} at once; CPU of the API process and Postgres"
    return conclude("P6", conditions, [*judged, *told], kinds)


def main() -> int:
    """Says by its exit code whether the goals were met."""
    return asyncio.run(run())


if __name__ == "__main__":
    sys.exit(main())
