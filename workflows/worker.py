"""`python -m workflows.worker PROCESS`: runs one process type on the task queue named after it."""

import asyncio
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import uvloop
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from kit import telemetry
from kit.auth import ServiceToken
from kit.health import serve_health, stop_signal
from kit.http import ServiceClient
from kit.settings import Settings
from kit.temporal import connect
from workflows import figures
from workflows.cpt_end.activities import CptEndActivities
from workflows.cpt_end.workflow import CptEnd
from workflows.health_declaration.activities import HealthDeclarationActivities
from workflows.health_declaration.workflow import HealthDeclaration

REQUEST_SECONDS = 25.0


class WorkerSettings(Settings):
    """Where the service is that the processes ask."""

    service: str = "workflows"
    health_declaration_url: str = ""
    max_cached_workflows: int = 2000


@dataclass(frozen=True)
class Process:
    """One process type: its workflow and the activities made from the service's client."""

    workflow: type
    activities: Callable[[ServiceClient], list[Callable[..., Any]]]


PROCESSES = {
    "health_declaration": Process(
        HealthDeclaration, lambda service: [HealthDeclarationActivities(service).advance]
    ),
    "cpt_end": Process(CptEnd, lambda service: [CptEndActivities(service).advance]),
}


def service_http(settings: Settings, url: str) -> httpx.AsyncClient:
    """A pool of connections to one service, with the process's own token."""
    token = ServiceToken(settings.token_url, settings.client_id, settings.client_secret)
    return httpx.AsyncClient(base_url=url, auth=token, timeout=REQUEST_SECONDS)


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
        async with worker, asyncio.TaskGroup() as group:
            watching = group.create_task(telling)
            await serve_health(settings, stopping)
            watching.cancel()


def main() -> None:
    """Reads which process to run."""
    settings = WorkerSettings()
    telemetry.setup(settings.service, settings.process or "worker", settings.otlp_endpoint)
    uvloop.run(run(sys.argv[1], settings))


if __name__ == "__main__":
    main()
