"""`python -m workflows.worker PROCESS`: runs one process type on the task queue named after it."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import uvloop
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from kit import telemetry
from kit.health import serve_health, stop_signal
from kit.http import ServiceClient
from kit.temporal import connect
from workflows import attended, figures
from workflows.cpt_end.activities import CptEndActivities
from workflows.cpt_end.workflow import CptEnd
from workflows.health_declaration.activities import HealthDeclarationActivities
from workflows.health_declaration.workflow import HealthDeclaration
from workflows.service import WorkerSettings, service_http


@dataclass(frozen=True)
class Process:
    """One process type: its workflow, the activities made from the service's client, and what its
    worker looks after besides."""

    workflow: type
    activities: Callable[[ServiceClient], list[Callable[..., Any]]]
    looks: tuple[Callable[[Client, ServiceClient], Coroutine[Any, Any, None]], ...] = ()


PROCESSES = {
    "health_declaration": Process(
        HealthDeclaration,
        lambda service: [HealthDeclarationActivities(service).advance],
        looks=(attended.keep_looking,),
    ),
    "cpt_end": Process(CptEnd, lambda service: [CptEndActivities(service).advance]),
}


async def run(name: str, settings: WorkerSettings) -> None:
    """Works until told to stop; work in hand is finished first."""
    stopping = stop_signal()
    client = await connect(settings)
    process = PROCESSES[name]
    async with service_http(settings, settings.health_declaration_url) as http:
        worker = Worker(
            client,
            task_queue=name,
            workflows=[process.workflow],
            activities=process.activities(ServiceClient(http)),
            # Tests and replays have the strict sandbox; here it would be a third of the work.
            workflow_runner=UnsandboxedWorkflowRunner(),
            max_cached_workflows=settings.max_cached_workflows,
        )
        telling = figures.keep_telling(client, name, process.workflow.__name__)
        looks = [look(client, ServiceClient(http)) for look in process.looks]
        async with worker, asyncio.TaskGroup() as group:
            watching = [group.create_task(one) for one in (telling, *looks)]
            await serve_health(settings, stopping)
            for one in watching:
                one.cancel()


def main() -> None:
    """Reads which process to run."""
    settings = WorkerSettings()
    telemetry.setup(settings.service, settings.process or "worker", settings.otlp_endpoint)
    uvloop.run(run(sys.argv[1], settings))


if __name__ == "__main__":
    main()
