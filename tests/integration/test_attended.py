"""An open case without its process is named, whatever Temporal's lists say of it."""

from collections.abc import AsyncIterator

import httpx
import pytest
from httpx import MockTransport
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from contracts.health_declaration.process import OpenAsked, OpenCases
from deploy.local.paths import BIN
from kit.auth import TENANT_HEADER
from kit.http import ServiceClient
from workflows import attended
from workflows.attended import Round


class Service:
    """Tenants with open cases, in pages, as the service tells them."""

    def __init__(self, cases: dict[int, list[str]]) -> None:
        self._cases = cases

    def __call__(self, request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/open-cases"
        tenant = int(request.headers[TENANT_HEADER])
        asked = OpenAsked.model_validate_json(request.content)
        mine = [one for one in sorted(self._cases.get(tenant, [])) if one > asked.after]
        told = OpenCases(
            declaration_ids=tuple(mine[: asked.limit]),
            next_tenant=min((one for one in self._cases if one > tenant), default=None),
        )
        return httpx.Response(200, text=told.model_dump_json())


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with await WorkflowEnvironment.start_local(
        dev_server_existing_path=str(BIN / "temporal")
    ) as environment:
        yield environment.client


async def started(client: Client, tenant: int, case: str) -> None:
    await client.start_workflow(
        "HealthDeclaration", id=f"health_declaration/{tenant}/{case}", task_queue="nobody"
    )


async def test_an_open_case_whose_process_ended_or_never_began_is_told_in_the_second_round(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attended, "PAGE", 2)
    cases = {3: ["a", "b", "c", "d"], 9: ["e", "f"]}
    for tenant, ids in cases.items():
        for case in ids:
            if case != "d":
                await started(client, tenant, case)
    await client.get_workflow_handle("health_declaration/9/e").terminate("planted")
    http = httpx.AsyncClient(base_url="http://service", transport=MockTransport(Service(cases)))
    rounds = Round(client, ServiceClient(http))
    assert (await rounds.look()).cases == 0
    assert rounds.suspects
    assert (await rounds.look()).cases == 2
    await started(client, 3, "d")
    cases[9].remove("e")
    assert (await rounds.look()).cases == 0
