"""The operators' door answers ordinary failures as problems, never as errors of its own."""

import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from kit.errors import install_errors
from kit.http import ServiceClient
from kit.temporal import EncryptedPayloads, workflow_runner
from tests.support.bench import Tokens, bearer
from tests.support.histories import decrypted, payloads_in
from tests.workflows.conftest import PAYLOAD_KEY
from workflows import desk
from workflows.health_declaration.messages import DeclarationProcess
from workflows.health_declaration.workflow import HealthDeclaration

CASE = "0" * 36
PROCESS = f"health_declaration/1/{CASE}"
Owner = Callable[[httpx.Request], Awaitable[httpx.Response]]


@asynccontextmanager
async def door(env: WorkflowEnvironment, owner: Owner) -> AsyncIterator[httpx.AsyncClient]:
    """The desk, before a service that answers as told and a process whose worker is away."""
    await env.client.start_workflow(
        HealthDeclaration.run,
        DeclarationProcess(tenant_id=1, declaration_id=CASE),
        id=PROCESS,
        task_queue="health_declaration",
    )
    app = FastAPI()
    install_errors(app)
    app.state.verifier = Tokens()
    app.include_router(desk.router)
    async with (
        httpx.AsyncClient(transport=httpx.MockTransport(owner), base_url="http://owner") as http,
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app, raise_app_exceptions=True),
            base_url="http://desk/processes/declarations",
            headers=bearer(1, "operator"),
        ) as client,
    ):
        app.state.door = desk.Door(env.client, ServiceClient(http))
        yield client


async def noted(_request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"stage": "invited"})


@pytest.fixture
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "PATIENCE", timedelta(seconds=0.5))


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a worker answered what the process waits for."""

    async def nothing(_handle: object) -> None:
        return None

    monkeypatch.setattr(desk, "_state", nothing)


async def test_blanks_are_no_reason(env: WorkflowEnvironment) -> None:
    async def never(request: httpx.Request) -> httpx.Response:
        raise AssertionError(request.url)

    async with door(env, never) as client:
        for order in ("pause", "resume", "cancel"):
            answer = await client.post(f"/{CASE}/{order}", json={"reason": "   "})
            assert (answer.status_code, answer.json()["code"]) == (422, "validation-failed")


@pytest.mark.usefixtures("little_patience")
async def test_a_process_whose_worker_is_away_is_asked_again_later(
    env: WorkflowEnvironment,
) -> None:
    async with door(env, noted) as client:
        answer = await client.get(f"/{CASE}")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


@pytest.mark.usefixtures("answering", "little_patience")
async def test_an_order_that_no_worker_takes_is_given_again_later(
    env: WorkflowEnvironment,
) -> None:
    async with door(env, noted) as client:
        answer = await client.post(f"/{CASE}/resume", json={"reason": "férias do médico"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


@pytest.mark.usefixtures("answering")
async def test_an_owner_that_is_away_is_asked_again_later(env: WorkflowEnvironment) -> None:
    async def away(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("away")

    async with door(env, away) as client:
        answer = await client.post(f"/{CASE}/cancel", json={"reason": "férias do médico"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


@pytest.mark.usefixtures("answering")
async def test_why_a_case_is_held_stays_with_its_owner(env: WorkflowEnvironment) -> None:
    told: list[bytes] = []

    async def owner(request: httpx.Request) -> httpx.Response:
        told.append(request.content)
        return await noted(request)

    held = Worker(
        env.client,
        task_queue="health_declaration",
        workflows=[HealthDeclaration],
        workflow_runner=workflow_runner(),
    )
    async with door(env, owner) as client, held:
        answer = await client.post(f"/{CASE}/pause", json={"reason": "internada"})
    assert answer.status_code == 200
    assert b"internada" in told[0]
    history = await env.client.get_workflow_handle(PROCESS).fetch_history()
    codec = EncryptedPayloads(base64.b64decode(PAYLOAD_KEY))
    clear = [p.data for e in (await decrypted(history, codec)).events for p in payloads_in(e)]
    assert b"operator" in b"".join(clear)
    assert b"internada" not in b"".join(clear)


@pytest.mark.usefixtures("answering")
@pytest.mark.parametrize("order", ["pause", "resume"])
async def test_a_process_that_ends_under_an_order_is_told_as_ended(
    env: WorkflowEnvironment, order: str
) -> None:
    async def ending(request: httpx.Request) -> httpx.Response:
        await env.client.get_workflow_handle(PROCESS).terminate()
        return await noted(request)

    async with door(env, ending) as client:
        answer = await client.post(f"/{CASE}/{order}", json={"reason": "férias do médico"})
    assert (answer.status_code, answer.json()["code"]) == (409, "process-ended")
