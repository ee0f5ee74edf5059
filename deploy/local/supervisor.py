"""Starts one stack in order, keeps it alive, tells how it is, stops it in reverse.

`python -m deploy.local.supervisor` runs detached. SIGTERM stops the stack; SIGUSR1 makes it
read again which programs are to be held stopped (held.json).
"""

import asyncio
import os
import signal
import sys
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

import psutil

from deploy.local import migrated, postgres, temporal
from deploy.local.description import describe
from deploy.local.environment import clocks, migrations, rebuilds, topics
from deploy.local.full import databases, realm, temporal_server
from deploy.local.launch import Job, JobFailed, Launch
from deploy.local.parts import first_parts, later_parts, ours, parts, prepare
from deploy.local.paths import is_full, read_json, run_folder, write_json
from deploy.local.people import with_tokens
from deploy.local.processes import port_names
from deploy.local.runner import Runner, run_job
from deploy.local.status import State
from deploy.local.wishes import wishes
from deploy.local.world import World, open_world

JOBS_AT_ONCE = 2
RETRY_SECONDS = 1.0


class NotReady(Exception):
    """A program did not serve in the time it may take."""

    def __init__(self, name: str, log: Path) -> None:
        super().__init__(f"{name} não ficou pronto a tempo; veja {log}.")


class Supervisor:
    """The programs of one stack and what is told about them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._runners: dict[str, Runner] = {}
        self._description: dict[str, Any] = {}
        started = psutil.Process().create_time()
        self.state = State(os.getpid(), started, wishes())

    async def start(self) -> None:
        await self._start_parts()
        await self._start_ours()
        self._description = describe(self._world, await with_tokens(self._world))
        self.state.ready = True
        self.tell("")

    async def _start_parts(self) -> None:
        self.tell("preparando pastas de dados")
        await asyncio.to_thread(prepare, self._world)
        self.tell("iniciando as partes")
        await self._start(first_parts(self._world))
        await postgres.make_databases(self._world)
        if self._world.full:
            await self._start_later_parts()
        await temporal.keep_history(self._world)

    async def _start_later_parts(self) -> None:
        await databases.make_databases(self._world)
        for job in await temporal_server.schemas(self._world):
            await run_job(job, self._world.log(job.name))
        await self._start(later_parts(self._world))
        await temporal_server.make_namespace(self._world)
        await realm.seed(self._world)

    async def _start_ours(self) -> None:
        launches = ours(self._world)
        if not launches:
            return
        if not migrated.up_to_date(self._world):
            self.tell("migrando os bancos")
            await self._jobs(migrations(self._world))
            migrated.remember(self._world)
        self.tell("criando os tópicos")
        await self._jobs([topics(self._world)])
        self.tell("iniciando os processos")
        await self._start(launches)
        if any(runner.launch.forgets for runner in self._runners.values()):
            await self._rebuilt()

    async def _rebuilt(self) -> None:
        await self._jobs(clocks(self._world))
        await self._jobs(rebuilds(self._world))

    async def _start(self, launches: list[Launch]) -> None:
        for launch in launches:
            runner = Runner(launch, self._world.log(launch.name), self.tell, self._revived)
            self._runners[launch.name] = runner
            runner.start()
        await asyncio.gather(*(self._ready(launch.name) for launch in launches))

    async def _ready(self, name: str) -> None:
        try:
            await self._runners[name].ready()
        except TimeoutError as error:
            raise NotReady(name, self._world.log(name)) from error

    async def _jobs(self, jobs: Iterable[Job]) -> None:
        turn = asyncio.Semaphore(JOBS_AT_ONCE)

        async def in_turn(job: Job) -> None:
            async with turn:
                await run_job(job, self._world.log(job.name))

        await asyncio.gather(*(in_turn(job) for job in jobs))

    async def _revived(self, launch: Launch) -> None:
        """A broker that forgets gets its topics, and what travelled on them, again."""
        while launch.forgets and self._description.get("services"):
            try:
                await self._jobs([topics(self._world)])
                await self._rebuilt()
            except JobFailed:
                # Postgres may be coming back too; unfilled, the broker must not seem ready.
                await asyncio.sleep(RETRY_SECONDS)
            else:
                return

    async def obey(self) -> None:
        """Holds and releases what held.json says."""
        held = set(read_json(self._world.run / "held.json").get("names", []))
        for name, runner in self._runners.items():
            if name in held and not runner.status.held:
                await runner.hold()
            elif name not in held and runner.status.held:
                runner.start()

    async def stop(self) -> None:
        """Ours first, all at once; then the parts, last started first."""
        self.state.ready = False
        self.tell("parando")
        names = {launch.name for launch in parts(self._world)}
        mine = [runner for name, runner in self._runners.items() if name not in names]
        await asyncio.gather(*(runner.stop() for runner in mine))
        started = reversed([r for n, r in self._runners.items() if n in names])
        for _, alike in groupby(started, lambda runner: runner.launch.name.partition(".")[0]):
            # Brokers together: the last of a cluster would wait for a majority that is gone.
            await asyncio.gather(*(runner.stop() for runner in alike))
        self.tell("parado")

    def tell(self, doing: str | None = None) -> None:
        """Writes stack.json once all is up, then the state that says so; a pid is never stale."""
        if doing is not None:
            self.state.doing = doing
        self.state.processes = [runner.status for runner in self._runners.values()]
        if self.state.ready:
            now = {
                "pids": {name: runner.status.pid for name, runner in self._runners.items()},
                "ready": [name for name, runner in self._runners.items() if runner.status.ready],
            }
            write_json(self._world.run / "stack.json", self._description | now)
        self.state.write(self._world.run)

    def fail(self, reason: str) -> None:
        self.state.failed = reason
        self.tell()


async def supervise(world: World) -> int:
    supervisor = Supervisor(world)
    loop, ended, tasks = asyncio.get_running_loop(), asyncio.Event(), set[asyncio.Task[None]]()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)

    def obey() -> None:
        task = asyncio.create_task(supervisor.obey())
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    loop.add_signal_handler(signal.SIGUSR1, obey)
    failed = await start_or_end(supervisor, ended)
    await supervisor.stop()
    return int(failed)


async def start_or_end(supervisor: Supervisor, ended: asyncio.Event) -> bool:
    """Starts, then waits for the order to stop; True when it could not start."""
    starting = asyncio.create_task(supervisor.start())
    ending = asyncio.create_task(ended.wait())
    await asyncio.wait({starting, ending}, return_when=asyncio.FIRST_COMPLETED)
    starting.cancel()
    results = await asyncio.gather(starting, return_exceptions=True)
    if isinstance(results[0], Exception):
        supervisor.fail(str(results[0]) or repr(results[0]))
        ending.cancel()
        return True
    await ending
    return False


def main() -> int:
    run = run_folder()
    (run / "held.json").unlink(missing_ok=True)
    return asyncio.run(supervise(open_world(run, port_names(full=is_full()))))


if __name__ == "__main__":
    sys.exit(main())
