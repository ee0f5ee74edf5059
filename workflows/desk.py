"""The operators' door to a running process: what it waits for, pause, resume, cancel with reason.

`uvicorn --factory workflows.desk:create`. Every order is audited by the service that owns the case,
before it is given.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import Annotated

import httpx
from fastapi import APIRouter, Depends, FastAPI, Path, Request
from temporalio.client import Client, RPCTimeoutOrCancelledError, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from contracts.health_declaration.process import Order, Process, ProcessNote, ProcessNoted, Waiting
from contracts.health_declaration.stages import DUE_TOLD, coarse
from kit.auth import Caller, requires
from kit.bare_app import bare_app
from kit.errors import Conflict, NotFound, Problem, Unavailable
from kit.http import Refused, ServiceClient
from kit.settings import Settings
from kit.temporal import connect
from workflows.health_declaration.messages import Pause
from workflows.health_declaration.triggers import process_id
from workflows.health_declaration.workflow import HealthDeclaration
from workflows.service import service_http

router = APIRouter(tags=["desk"])
Reader = Annotated[Caller, Depends(requires("desk.read"))]
Writer = Annotated[Caller, Depends(requires("desk.write"))]
PATIENCE = timedelta(seconds=10)
"""A process whose worker is away answers nobody: whoever asked is told to come back."""
DeclarationId = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$")]


class DeskSettings(Settings):
    """Where the service is that audits what operators order."""

    service: str = "desk"
    health_declaration_url: str = ""


class Door:
    """The two parties an operator's order goes to."""

    def __init__(self, client: Client, service: ServiceClient) -> None:
        self.client = client
        self.service = service

    def handle(self, caller: Caller, declaration_id: str) -> WorkflowHandle[HealthDeclaration, str]:
        """The process of one declaration of the caller's tenant."""
        wanted = process_id(caller.tenant_id, declaration_id)
        return self.client.get_workflow_handle_for(HealthDeclaration.run, wanted)

    async def describe(self, caller: Caller, declaration_id: str) -> Process:
        """What it waits for; 404 when the tenant has no such process."""
        handle = self.handle(caller, declaration_id)
        with _answered(NotFound()):
            description = await handle.describe(rpc_timeout=PATIENCE)
            running = description.status is not None and description.status.name == "RUNNING"
            state = await _state(handle) if running else None
        return Process(
            process_id=handle.id,
            run_id=description.run_id,
            status=description.status.name.lower() if description.status else "unknown",
            state=state,
        )

    async def note(self, caller: Caller, declaration_id: str, action: str, reason: str) -> None:
        """Has the owner of the case write down who ordered what, and why."""
        body = ProcessNote(action=action, by=caller.sub, by_name=caller.name, reason=reason)
        path = f"/declarations/{declaration_id}/process-notes"
        try:
            await self.service.post(caller.tenant_id, path, body, ProcessNoted)
        except Refused as refusal:
            raise NotFound() if refusal.status == 404 else Conflict(code=refusal.code) from None
        except httpx.HTTPError:
            raise Unavailable() from None


def _door(request: Request) -> Door:
    door: Door = request.app.state.door
    return door


OpenDoor = Annotated[Door, Depends(_door)]


@router.get("/processes/declarations/{declaration_id}")
async def state(declaration_id: DeclarationId, caller: Reader, door: OpenDoor) -> Process:
    return await door.describe(caller, declaration_id)


@router.post("/processes/declarations/{declaration_id}/pause")
async def pause(
    declaration_id: DeclarationId, body: Order, caller: Writer, door: OpenDoor
) -> Process:
    await _running(door, caller, declaration_id)
    await door.note(caller, declaration_id, "pause", body.reason)
    handle = door.handle(caller, declaration_id)
    with _answered(_ended()):
        order = Pause(by=caller.sub)
        await handle.execute_update(HealthDeclaration.pause, order, rpc_timeout=PATIENCE)
    return await door.describe(caller, declaration_id)


@router.post("/processes/declarations/{declaration_id}/resume")
async def resume(
    declaration_id: DeclarationId, body: Order, caller: Writer, door: OpenDoor
) -> Process:
    await _running(door, caller, declaration_id)
    await door.note(caller, declaration_id, "resume", body.reason)
    handle = door.handle(caller, declaration_id)
    with _answered(_ended()):
        await handle.execute_update(HealthDeclaration.resume, rpc_timeout=PATIENCE)
    return await door.describe(caller, declaration_id)


@router.post("/processes/declarations/{declaration_id}/cancel")
async def cancel(
    declaration_id: DeclarationId, body: Order, caller: Writer, door: OpenDoor
) -> Process:
    """Cancelling is the owner's to do: its fact ends the process by itself."""
    await _running(door, caller, declaration_id)
    await door.note(caller, declaration_id, "cancel", body.reason)
    return await door.describe(caller, declaration_id)


async def _state(handle: WorkflowHandle[HealthDeclaration, str]) -> Waiting:
    state = await handle.query(HealthDeclaration.state, rpc_timeout=PATIENCE)
    stage = coarse(state.stage)
    due_at = state.due_at if stage in DUE_TOLD else None
    return Waiting.model_validate(state.model_dump() | {"stage": stage, "due_at": due_at})


async def _running(door: Door, caller: Caller, declaration_id: str) -> None:
    process = await door.describe(caller, declaration_id)
    if process.status != "running":
        raise _ended({"status_now": process.status})


def _ended(extra: dict[str, object] | None = None) -> Conflict:
    return Conflict("O processo já terminou", "process-ended", extra=extra)


@contextmanager
def _answered(absent: Problem) -> Iterator[None]:
    """Temporal's refusals as problems: `absent` when it has no such process, or no longer."""
    try:
        yield
    except RPCError as refused:
        raise (absent if refused.status is RPCStatusCode.NOT_FOUND else Unavailable()) from None
    except RPCTimeoutOrCancelledError:
        raise Unavailable() from None


def create() -> FastAPI:
    """The app, from the environment."""
    settings = DeskSettings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        client = await connect(settings, lazy=True)
        async with service_http(settings, settings.health_declaration_url) as http:
            app.state.door = Door(client, ServiceClient(http))
            app.state.ready = True
            yield
            app.state.ready = False

    return bare_app(settings, title="Processos", routers=[router], lifespan=lifespan)
