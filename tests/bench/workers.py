"""P9: what a process costs its worker, beside an empty workflow that does as much waiting.

`make bench GOAL=P9`. On the real Temporal, with encrypted payloads and the production worker's
settings. Each instance asks five times and is signalled four times, and each signal ends a timer;
the service that is asked answers at once from within the worker, in ours as in the peer. CPU is of
the worker alone. The memory is what a worker grows by while processes wait in its cache.
"""

import asyncio
import itertools
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from tempfile import TemporaryDirectory
from typing import Any

import psutil
from temporalio.client import Client, WorkflowHandle

from deploy.local.paths import BIN
from kit.temporal import connect
from tests.bench.rounds import ROUNDS, Figure, conclude, in_turn, over
from tests.bench.workers_served import ASKS, EMPTY, SCENARIOS, Empty, settings
from tests.support.bench import free_port, until
from workflows.worker import PROCESSES

EACH, CACHED, AT_ONCE = 50, 60, 10
PRAGMAS = ("journal_mode=wal", "synchronous=normal")
"""As the local stack keeps its histories."""
KILOBYTE = 1024


@dataclass
class Served:
    """A worker, and the processes that it is given to run."""

    name: str
    client: Client
    queue: str
    process: Process
    numbers: Callable[[], int]

    @property
    def pid(self) -> int:
        """Who takes the CPU."""
        return self.process.pid

    async def start(self, count: int) -> list[WorkflowHandle[Any, Any]]:
        """So many more, until each has asked once and waits."""
        handles = [await self._start(self.numbers()) for _ in range(count)]
        await self._answered(count)
        return handles

    async def _start(self, number: int) -> WorkflowHandle[Any, Any]:
        named = {"id": f"{self.queue}/{number}", "task_queue": self.queue}
        if self.name == EMPTY:
            return await self.client.start_workflow(Empty.run, number, **named)
        workflow: Any = PROCESSES[self.name].workflow
        start = SCENARIOS[self.name].start(number)
        return await self.client.start_workflow(workflow.run, start, **named)

    async def live(self) -> int:
        """So many from their start to their end."""
        handles = await self.start(EACH)
        for _ in range(ASKS - 1):
            room = asyncio.Semaphore(AT_ONCE)
            await asyncio.gather(*(self._tell(handle, room) for handle in handles))
            await self._answered(EACH)
        await asyncio.gather(*(handle.result() for handle in handles))
        return EACH

    async def _tell(self, handle: WorkflowHandle[Any, Any], room: asyncio.Semaphore) -> None:
        async with room:
            if self.name == EMPTY:
                await handle.signal(Empty.told)
            else:
                await handle.signal(SCENARIOS[self.name].signal, SCENARIOS[self.name].told)

    async def _answered(self, count: int) -> None:
        assert self.process.stdout is not None
        await asyncio.wait_for(self.process.stdout.readexactly(count), 300)

    async def grows(self) -> float:
        """Kilobytes that each of so many waiting processes adds."""
        before = psutil.Process(self.pid).memory_info().rss
        self.waiting = await self.start(CACHED)
        return (psutil.Process(self.pid).memory_info().rss - before) / CACHED / KILOBYTE


@asynccontextmanager
async def served(name: str, address: str) -> AsyncIterator[Served]:
    """A worker of its own on a queue of its own."""
    queue = f"bench-{name}-{time.time_ns()}"
    command = (sys.executable, "-m", "tests.bench.workers_served", name, address, queue)
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE)
    numbers = itertools.count(1)
    client = await connect(settings(address))
    try:
        yield Served(name, client, queue, process, partial(next, numbers))
    finally:
        process.terminate()
        await process.wait()


async def lived(address: str) -> dict[str, list[float]]:
    """CPU milliseconds of the worker per process, the types and the empty one in turn."""
    async with AsyncExitStack() as closing:
        names = (*PROCESSES, EMPTY)
        workers = {name: await closing.enter_async_context(served(name, address)) for name in names}
        pids = {name: [worker.pid] for name, worker in workers.items()}
        return await in_turn({name: worker.live for name, worker in workers.items()}, pids)


async def held(name: str, address: str) -> list[float]:
    """Kilobytes per cached process, round by round, after some to warm up."""
    handles: list[WorkflowHandle[Any, Any]] = []
    async with served(name, address) as worker:
        grown = []
        for _ in range(ROUNDS + 1):
            grown.append(await worker.grows())
            handles += worker.waiting
    for handle in handles:
        await handle.terminate()
    return grown[1:]


async def run(address: str) -> int:
    """CPU, then memory, of every type of process that there is."""
    costs = await lived(address)
    memory = {name: await held(name, address) for name in (*PROCESSES, EMPTY)}
    figures = [
        *(
            Figure(f"{name} ÷ empty", over(costs[name], costs[EMPTY]), most=1.2)
            for name in PROCESSES
        ),
        *(Figure(f"{name}, cached", memory[name], most=200, unit="KB") for name in PROCESSES),
        Figure("empty, cached", memory[EMPTY], unit="KB"),
        *(Figure(f"worker's CPU, {name}", each, unit="ms") for name, each in costs.items()),
    ]
    told = f"{EACH} processes a round, {ASKS} requests each; CPU of the worker"
    return conclude("P9", told, figures, {"cpu_ms": costs, "kb": memory})


async def alone() -> int:
    """On a Temporal of its own, with nothing beside it."""
    port = free_port()
    with TemporaryDirectory() as folder:
        command = [str(BIN / "temporal"), "server", "start-dev", "--headless", "--port", str(port)]
        command += ["--db-filename", f"{folder}/state.db", "--log-level", "never"]
        command += [part for one in PRAGMAS for part in ("--sqlite-pragma", one)]
        server = await asyncio.create_subprocess_exec(*command, stdout=DEVNULL)
        try:
            await until(partial(_answers, f"127.0.0.1:{port}"), every=0.5)
            return await run(f"127.0.0.1:{port}")
        finally:
            server.terminate()
            await server.wait()


async def _answers(address: str) -> bool:
    try:
        return bool(await connect(settings(address)))
    except RuntimeError:
        return False


def main() -> int:
    """Says by its exit code whether the goals were met."""
    return asyncio.run(alone())


if __name__ == "__main__":
    sys.exit(main())
