"""What waits for workers and what failed is told of each task queue."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from google.protobuf.duration_pb2 import Duration
from temporalio.api.taskqueue.v1 import TaskQueueStats
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest, DescribeTaskQueueResponse
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

import kit.temporal
from kit.http import Refused
from tests.support.heard import Heard
from workflows import figures


@dataclass
class Temporal:
    """The part of a client that is asked."""

    namespace: str = "default"
    asked: list[Any] = field(default_factory=list)

    @property
    def workflow_service(self) -> SimpleNamespace:
        return SimpleNamespace(describe_task_queue=self.describe)

    async def describe(self, asked: DescribeTaskQueueRequest) -> DescribeTaskQueueResponse:
        self.asked.append(asked)
        lasted = Duration()
        lasted.FromTimedelta(timedelta(seconds=20 * len(self.asked)))
        stats = TaskQueueStats(approximate_backlog_count=4, approximate_backlog_age=lasted)
        return DescribeTaskQueueResponse(stats=stats)

    async def count_workflows(self, query: str) -> SimpleNamespace:
        self.asked.append(query)
        return SimpleNamespace(count=2)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> dict[str, Heard]:
    found = {name: Heard() for name in ("backlog", "age", "failed")}
    for name, figure in found.items():
        monkeypatch.setattr(figures, name, figure)
    return found


async def test_backlog_its_age_and_failures_are_told_of_the_queue(heard: dict[str, Heard]) -> None:
    temporal = Temporal()
    await figures.tell(cast(Client, temporal), "cpt_end", "CptEnd")
    assert {name: figure.told for name, figure in heard.items()} == {
        "backlog": {("cpt_end",): 8},
        "age": {("cpt_end",): 40.0},
        "failed": {("cpt_end",): 2},
    }
    workflow, activity, query = temporal.asked
    assert (workflow.task_queue.name, workflow.report_stats) == ("cpt_end", True)
    assert workflow.task_queue_type != activity.task_queue_type
    assert "WorkflowType = 'CptEnd'" in query
    assert "'Failed', 'Terminated', 'TimedOut'" in query


async def test_while_temporal_is_away_the_worker_goes_on(
    heard: dict[str, Heard], monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []

    async def rested(_: float) -> None:
        looks.append(1)
        if len(looks) == 2:
            raise StopAsyncIteration

    async def away(_: object) -> AsyncIterator[None]:
        raise RPCError("away", RPCStatusCode.UNAVAILABLE, b"")

    temporal = Temporal()
    monkeypatch.setattr(temporal, "describe", away)
    monkeypatch.setattr(figures.asyncio, "sleep", rested)
    with pytest.raises((StopAsyncIteration, RuntimeError)):
        await figures.keep_telling(cast(Client, temporal), "cpt_end", "CptEnd")
    assert len(looks) == 2
    assert heard["backlog"].told == {}


def test_what_a_service_refuses_a_process_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Heard()
    monkeypatch.setattr(kit.temporal, "refused", counted)
    assert isinstance(kit.temporal.final(Refused(404, "not_found")), ApplicationError)
    assert counted.told == {("not_found",): 1}
