"""The figures of a task queue as Temporal itself tells them."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from deploy.local.paths import BIN
from tests.support.bench import until
from tests.support.heard import Heard
from workflows import figures

QUEUE, WORKFLOW = "cpt_end", "CptEnd"


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with await WorkflowEnvironment.start_local(
        dev_server_existing_path=str(BIN / "temporal")
    ) as environment:
        yield environment.client


async def test_what_waits_without_a_worker_and_what_was_terminated_is_counted(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = {name: Heard() for name in ("backlog", "age", "failed")}
    for name, figure in heard.items():
        monkeypatch.setattr(figures, name, figure)
    await figures.tell(client, QUEUE, WORKFLOW)
    assert {name: figure.told[QUEUE,] for name, figure in heard.items()} == {
        "backlog": 0,
        "age": 0.0,
        "failed": 0,
    }
    for number in range(2):
        handle = await client.start_workflow(
            WORKFLOW, id=f"f{number}", task_queue=QUEUE, run_timeout=timedelta(hours=1)
        )
    await handle.terminate("to be counted")

    async def counted() -> bool:
        await figures.tell(client, QUEUE, WORKFLOW)
        return heard["failed"].told[QUEUE,] == 1 and heard["backlog"].told[QUEUE,] >= 1

    await until(counted)
    assert heard["age"].told[QUEUE,] > 0
