"""A second bus and second databases with the keys of the live stack, where facts are fed again.

One service at a time works here, started as the stack starts it, among the same stand-ins. Of the
other services none is there: nobody but the feed tells it anything.
"""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx

from deploy.local import postgres, stack
from deploy.local.environment import environment, process_environment, program, topics
from deploy.local.launch import Job
from deploy.local.paths import ROOT
from deploy.local.ports import HOST
from deploy.local.processes import MIGRATION, PROCESSES, Process
from deploy.local.runner import open_log, run_job
from deploy.local.running import world_of
from deploy.local.world import World
from tests.chaos import bus
from tests.support.bench import until

SECONDS = 180.0
KEPT = ("secrets.json", "secrets")
WANTED = {"VINCULO_ONLY": "parts,sandbox", "BROKER": "kafka", "STACK": ""}
OIDC = ("VINCULO_OIDC_ISSUER", "VINCULO_OIDC_JWKS_URL", "VINCULO_OIDC_AUDIENCE")


@dataclass(frozen=True)
class Arena:
    """The parts of the second stack, and the first one's for what the second has not."""

    world: World
    live: World

    async def fresh(self, service: str) -> None:
        """Empty topics and an empty database of the service; every person's key."""
        await bus.without_topics(self.world.bootstrap)
        connection = await asyncpg.connect(postgres.admin_dsn(self.world))
        for name in (service, "keyring"):
            await connection.execute(f"drop database if exists {name} with (force)")
        await connection.close()
        await postgres.make_databases(self.world)
        for job in (topics(self.world), self._migration("keyring"), self._migration(service)):
            await run_job(job, self.world.log(job.name))
        await self._copy_keys()

    async def run(self, service: str, *statements: str) -> None:
        """Does to its database what no program of ours would."""
        connection = await asyncpg.connect(postgres.admin_dsn(self.world, service))
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    async def rows(self, service: str, query: str, *given: object) -> list[asyncpg.Record]:
        """What its database holds, of all tenants."""
        connection = await asyncpg.connect(postgres.admin_dsn(self.world, service))
        try:
            return list(await connection.fetch(query, *given))
        finally:
            await connection.close()

    def worker(self, service: str) -> AbstractAsyncContextManager[None]:
        """Its background process at work."""
        return self._running(named(f"{service}.worker"), ())

    @asynccontextmanager
    async def app(self, service: str) -> AsyncIterator[httpx.AsyncClient]:
        """Its API; the live stack's issuer vouches for whoever asks."""
        process = named(f"{service}.app")
        port = self.world.ports[process.port]
        listening = ("--host", HOST, "--port", str(port))
        async with (
            self._running(process, listening, self._issuer(process)),
            httpx.AsyncClient(base_url=f"http://{HOST}:{port}", timeout=60) as client,
        ):
            await until(lambda: _answers(client), SECONDS)
            yield client

    def _issuer(self, process: Process) -> dict[str, str]:
        known = process_environment(self.live, process, process.name)
        return {name: known[name] for name in OIDC}

    def _migration(self, name: str) -> Job:
        command = program(("python", "-m", "kit.migrate", name))
        given = environment(self.world, MIGRATION, name, f"migrate.{name}")
        return Job(f"migrate.{name}", command, given)

    async def _copy_keys(self) -> None:
        origin = await asyncpg.connect(postgres.admin_dsn(self.live, "keyring"))
        keys = await origin.fetch("select * from person_key")
        await origin.close()
        target = await asyncpg.connect(postgres.admin_dsn(self.world, "keyring"))
        columns = list(keys[0].keys())
        await target.copy_records_to_table(
            "person_key", records=[tuple(key) for key in keys], columns=columns
        )
        await target.close()

    @asynccontextmanager
    async def _running(
        self, process: Process, arguments: tuple[str, ...], more: Mapping[str, str] | None = None
    ) -> AsyncIterator[None]:
        given = process_environment(self.world, process, process.name) | dict(more or {})
        with open_log(self.world.log(process.name)) as log:
            started = await asyncio.create_subprocess_exec(
                *program(process.command), *arguments, cwd=ROOT, env=given, stdout=log, stderr=log
            )
            try:
                yield
                if started.returncode is not None:
                    raise RuntimeError(f"{process.name} parou; veja {self.world.log(process.name)}")
            finally:
                if started.returncode is None:
                    started.terminate()
                await started.wait()


@asynccontextmanager
async def arena(live: World) -> AsyncIterator[Arena]:
    """Up within the block; its data do not outlive it."""
    run = live.run / "chaos" / "arena"
    await asyncio.to_thread(stack.reset, run)
    run.mkdir(parents=True, exist_ok=True)
    for name in KEPT:
        _copy(live.run / name, run / name)
    command = [sys.executable, "-m", "deploy.local", "up"]
    wishes = os.environ | WANTED | {"VINCULO_RUN": str(run)}
    try:
        await asyncio.to_thread(
            subprocess.run, command, check=True, cwd=ROOT, env=wishes, stdout=subprocess.DEVNULL
        )
        yield Arena(world_of(run), live)
    finally:
        await asyncio.to_thread(stack.reset, run)


def named(name: str) -> Process:
    """The process of that name; LookupError where the stack starts none."""
    for process in PROCESSES:
        if process.name == name:
            return process
    raise LookupError(f"the stack starts no {name}")


async def _answers(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/ready")).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def _copy(origin: Path, target: Path) -> None:
    if origin.is_dir():
        shutil.copytree(origin, target)
    else:
        shutil.copy2(origin, target)
