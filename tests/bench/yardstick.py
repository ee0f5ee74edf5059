"""What this machine takes for what the trial of the ring took: a bare process, signalled once.

The trial spent 19 ms of CPU in Temporal and 11.5 ms in the workflow worker on each declaration: a
process that waits, is signalled, asks by one activity and ends, with neither codec nor telemetry.
The same shape here tells how dear a millisecond of the trial is on this machine and at this load.
`python -m tests.bench.yardstick` is the worker; a bench starts it and asks for rounds.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import Worker

from tests.bench.rounds import cpu_seconds

TRIAL_MS = 19.0 + 11.5
"""Temporal's and the worker's share of the trial's 45 ms."""
QUEUE = "yardstick"


@activity.defn(name="yardstick.release")
async def release(case: int) -> str:
    """What the trial's process asked its service for; here nobody is behind it."""
    return f"released {case}"


@workflow.defn
class Bare:
    """Waits for one fact, asks once, ends."""

    def __init__(self) -> None:
        self._signed = False

    @workflow.run
    async def run(self, case: int) -> str:
        """What the activity answered."""
        await workflow.wait_condition(lambda: self._signed)
        return await workflow.execute_activity(
            release, case, start_to_close_timeout=timedelta(seconds=30)
        )

    @workflow.signal
    def signed(self) -> None:
        """The fact."""
        self._signed = True


class Yardstick:
    """Bare processes beside the stack's own, and what they cost its Temporal and their worker."""

    def __init__(self, client: Client, temporal_pid: int, worker_pid: int) -> None:
        self._client = client
        self._pids = (temporal_pid, worker_pid)

    async def round_ms(self, count: int, at_once: int) -> float:
        """CPU milliseconds per process, from its signal to its end."""
        mark = time.time_ns()
        handles = [
            await self._client.start_workflow(
                Bare.run, number, id=f"yardstick/{mark}/{number}", task_queue=QUEUE
            )
            for number in range(count)
        ]
        # Until each has run to where it waits: a query is answered only then.
        await asyncio.gather(*(handle.query("__stack_trace") for handle in handles))
        before = cpu_seconds(self._pids)
        room = asyncio.Semaphore(at_once)

        async def ended(number: int) -> None:
            async with room:
                await handles[number].signal(Bare.signed)
                await handles[number].result()

        await asyncio.gather(*map(ended, range(count)))
        return 1000 * (cpu_seconds(self._pids) - before) / count


@asynccontextmanager
async def yardstick(address: str, temporal_pid: int) -> AsyncIterator[Yardstick]:
    """Within it a worker of its own serves bare processes on the stack's Temporal."""
    client = await Client.connect(address)
    worker = await asyncio.create_subprocess_exec(sys.executable, "-m", __name__, address)
    try:
        yield Yardstick(client, temporal_pid, worker.pid)
    finally:
        worker.terminate()
        await worker.wait()


async def serve(address: str) -> None:
    """The worker, until it is told to stop."""
    client = await Client.connect(address)
    async with Worker(client, task_queue=QUEUE, workflows=[Bare], activities=[release]):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
