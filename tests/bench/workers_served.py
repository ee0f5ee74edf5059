"""`python -m tests.bench.workers_served PROCESS|empty ADDRESS QUEUE`: a worker of P9.

It works as `workflows.worker` does, but the service that its processes ask is a stand-in in this
very process. For every request that the stand-in answered it writes a byte, so that the driver
knows how far they are without asking. `empty` runs the empty workflow of the same shape.
"""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import uvloop
from temporalio import activity, workflow
from temporalio.common import RetryPolicy
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from contracts.base import Message
from contracts.health_declaration.cpt import CptAdvanced
from contracts.health_declaration.process import NextStep
from kit.http import ServiceClient
from kit.settings import Settings
from kit.temporal import connect
from workflows.cpt_end.messages import CptEndClock, Recheck
from workflows.health_declaration.messages import DeclarationProcess, Moved
from workflows.worker import PROCESSES

ASKS = 5
"""Requests of each instance: the first unbidden, the others after a signal that ends a timer."""
PAYLOAD_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
EMPTY = "empty"
LATER = timedelta(days=10)


@dataclass(frozen=True)
class Scenario:
    """How one type of process is started, told something, and answered: not yet, then the end."""

    start: Callable[[int], Message]
    signal: str
    told: Message
    waits: Message
    ends: Message


def _step(*, ended: bool) -> NextStep:
    step = {"stage": "integrated" if ended else "invited", "waiting_on": "proponent"}
    return NextStep.model_validate(step | {"due_at": datetime.now(UTC) + LATER, "ended": ended})


def _ends(due_at: datetime | None) -> CptAdvanced:
    return CptAdvanced(ended=1, more=False, next_due_at=due_at)


SCENARIOS = {
    "health_declaration": Scenario(
        start=lambda n: DeclarationProcess(tenant_id=n, declaration_id=f"declaration-{n}"),
        signal="moved",
        told=Moved(fact="health_declaration.declaration.referred.v1"),
        waits=_step(ended=False),
        ends=_step(ended=True),
    ),
    "cpt_end": Scenario(
        start=lambda n: CptEndClock(tenant_id=n),
        signal="recheck",
        told=Recheck(fact="health_declaration.cpt.started.v1", ends_on=datetime.now(UTC).date()),
        waits=_ends(datetime.now(UTC) + LATER),
        ends=_ends(None),
    ),
}
"""Every process of `workflows.worker` has one: who adds a process adds its scenario."""


@workflow.defn(sandboxed=False)
class Empty:
    """Asks, waits for a signal or for a term, asks again: nothing else."""

    def __init__(self) -> None:
        self._told = False

    @workflow.run
    async def run(self, number: int) -> None:
        """Until it has asked as often as the others."""
        for turn in range(ASKS):
            self._told = False
            await workflow.execute_local_activity(
                reply,
                number,
                start_to_close_timeout=timedelta(seconds=5),
                retry_policy=RetryPolicy(maximum_attempts=1),
            )
            if turn + 1 < ASKS:
                await workflow.wait_condition(lambda: self._told, timeout=LATER)

    @workflow.signal
    def told(self) -> None:
        """The fact."""
        self._told = True


@activity.defn
async def reply(_number: int) -> None:
    """What the empty workflow asks."""
    heard()


def heard() -> None:
    """One request more was answered."""
    os.write(sys.stdout.fileno(), b".")


class StandIn:
    """Answers as the service would, at once."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._asked: Counter[tuple[int, str]] = Counter()

    async def post(self, tenant_id: int, path: str, _body: Message, _reply: type) -> Message:
        """The last request of an instance is answered with its end."""
        self._asked[tenant_id, path] += 1
        heard()
        last = self._asked[tenant_id, path] == ASKS
        return self._scenario.ends if last else self._scenario.waits


def settings(address: str) -> Settings:
    """What driver and workers connect with."""
    return Settings(temporal_address=address, payload_key=PAYLOAD_KEY)


async def serve(name: str, address: str, queue: str) -> None:
    """Until told to stop."""
    workflows: list[type] = [Empty]
    activities: list[Callable[..., Any]] = [reply]
    if name != EMPTY:
        process = PROCESSES[name]
        workflows = [process.workflow]
        activities = process.activities(cast(ServiceClient, StandIn(SCENARIOS[name])))
    worker = Worker(
        await connect(settings(address)),
        task_queue=queue,
        workflows=workflows,
        activities=activities,
        workflow_runner=UnsandboxedWorkflowRunner(),
        max_cached_workflows=2000,
    )
    async with worker:
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve(*sys.argv[1:]))
