"""The operators' door before a process that really runs, for one declaration of a console test."""

import base64
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from kit.errors import install_errors
from kit.http import ServiceClient
from kit.temporal import data_converter, workflow_runner
from services.console.gateways.upstream import Upstream
from tests.support.console import World, changed
from workflows import desk
from workflows.health_declaration.activities import HealthDeclarationActivities
from workflows.health_declaration.messages import DeclarationProcess
from workflows.health_declaration.triggers import process_id
from workflows.health_declaration.workflow import HealthDeclaration

PAYLOAD_KEY = base64.b64encode(bytes(range(32))).decode()
SERVER = shutil.which("temporal-test-server", path=str(Path(sys.executable).parent))
QUEUE = "health_declaration"


@asynccontextmanager
async def running(console: World, tenant: int, declaration_id: str) -> AsyncIterator[None]:
    """Within it the process of the declaration runs, and the console finds the desk."""
    async with AsyncExitStack() as stack:
        env = await stack.enter_async_context(
            await WorkflowEnvironment.start_time_skipping(
                data_converter=data_converter(PAYLOAD_KEY), test_server_existing_path=SERVER
            )
        )
        service = ServiceClient(await stack.enter_async_context(_as_process(console)))
        await stack.enter_async_context(
            Worker(
                env.client,
                task_queue=QUEUE,
                workflows=[HealthDeclaration],
                activities=[HealthDeclarationActivities(service).advance],
                workflow_runner=workflow_runner(),
            )
        )
        await env.client.start_workflow(
            HealthDeclaration.run,
            DeclarationProcess(tenant_id=tenant, declaration_id=declaration_id),
            id=process_id(tenant, declaration_id),
            task_queue=QUEUE,
        )
        app = _door(console, desk.Door(env.client, service))
        transport = httpx.ASGITransport(app)
        http = await stack.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url="http://desk.test")
        )
        apis = console.console.app.state.apis
        known = replace(apis, desk=Upstream("A mesa dos processos", http))
        stack.enter_context(changed(console.console.app.state, "apis", known))
        yield


def _as_process(console: World) -> httpx.AsyncClient:
    token = console.declarations.issuer.token(0, ["process"], "process")
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(console.declarations.app),
        base_url="http://service.test",
        headers={"Authorization": f"Bearer {token}"},
    )


def _door(console: World, door: Any) -> FastAPI:
    app = FastAPI()
    install_errors(app)
    app.state.verifier = console.declarations.app.state.verifier
    app.state.door = door
    app.include_router(desk.router)
    return app
