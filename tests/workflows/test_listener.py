"""What the listener makes of facts, with time that skips."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast
from uuid import uuid4

import pytest
from temporalio import activity
from temporalio.client import (
    Client,
    Interceptor,
    OutboundInterceptor,
    StartWorkflowInput,
    WorkflowExecutionStatus,
    WorkflowHandle,
)
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from contracts.health_declaration.cpt import CptAdvanced
from contracts.health_declaration.events import CptChanged, DeclarationRequested
from kit.consumer import Outage
from kit.kafka import Envelope
from kit.temporal import FINAL, workflow_runner
from workflows import listener
from workflows.clocks import Clocks
from workflows.cpt_end.messages import AskEnds, CptEndClock
from workflows.cpt_end.workflow import CptEnd
from workflows.listener import Listener


class Service:
    """Owns one CPT that comes into force just after it was asked for the first time."""

    def __init__(self) -> None:
        self.end: datetime | None = None
        self.asked, self.answering = asyncio.Event(), asyncio.Event()

    @activity.defn(name="cpt_end.advance")
    async def advance(self, ask: AskEnds) -> CptAdvanced:
        end = self.end
        due = end is not None and end <= ask.now
        self.asked.set()
        await self.answering.wait()
        self.end = None if due else self.end
        return CptAdvanced(ended=int(due), more=False, next_due_at=None if due else end)


class EndsAfterStart(Interceptor):
    """After a call that only starts, the process that was running gets its answer and ends."""

    def __init__(self, service: Service, running: WorkflowHandle[Any, Any]) -> None:
        self._service, self._running = service, running

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:
        service, running = self._service, self._running

        class Outbound(OutboundInterceptor):
            async def start_workflow(self, input: StartWorkflowInput) -> WorkflowHandle[Any, Any]:
                try:
                    return await super().start_workflow(input)
                finally:
                    service.answering.set()
                    if input.start_signal is None:
                        await running.result()

        return Outbound(next)


def envelope(fact: CptChanged) -> Envelope:
    return Envelope(
        event_id=str(fact.id),
        type=fact.type,
        tenant_id=fact.tenant_id,
        topic=fact.topic,
        key=fact.key,
        payload=fact.model_dump_json(),
        traceparent=None,
        occurred_at=datetime.now(UTC),
    )


async def test_a_cpt_that_begins_while_the_clock_is_about_to_end_is_not_lost(
    env: WorkflowEnvironment,
) -> None:
    service = Service()
    async with Worker(
        env.client,
        task_queue="cpt_end",
        workflows=[CptEnd],
        activities=[service.advance],
        workflow_runner=workflow_runner(),
    ):
        running = await env.client.start_workflow(
            CptEnd.run, CptEndClock(tenant_id=7), id="cpt_end/7", task_queue="cpt_end"
        )
        await service.asked.wait()
        service.end = await env.get_current_time() + timedelta(days=9)
        config = env.client.config()
        config["interceptors"] = [*config["interceptors"], EndsAfterStart(service, running)]
        client = Client(**config)
        fact = CptChanged(
            tenant_id=7,
            declaration_id="d",
            person_id="p",
            cpt_id="c",
            starts_on=service.end.date(),
            ends_on=service.end.date(),
        )
        await Listener(client, Clocks(client)).handle([envelope(fact)])
        assert await running.result() == 1
    assert service.end is None


@dataclass
class Temporal:
    """Stands in for the client: refuses what is for one operator, takes the rest."""

    status: RPCStatusCode
    refused_tenant: int = 7
    told: list[str] = field(default_factory=list)

    async def start_workflow(self, *_parts: object, id: str, **_named: object) -> None:
        if id == f"cpt_end/{self.refused_tenant}":
            raise RPCError("refused", self.status, b"")
        self.told.append(id)


def changed(tenant_id: int) -> CptChanged:
    day = date(2027, 1, 1)
    return CptChanged(
        tenant_id=tenant_id,
        declaration_id="d",
        person_id=f"p{tenant_id}",
        cpt_id="c",
        starts_on=day,
        ends_on=day,
    )


@pytest.fixture
def alarms(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the listener counted as untold."""
    counted: list[dict[str, Any]] = []

    class Counter:
        def add(self, _one: int, what: dict[str, Any]) -> None:
            counted.append(what)

    monkeypatch.setattr(listener, "untold", Counter())
    return counted


async def heard(temporal: Temporal, *batch: Envelope) -> None:
    client = cast(Client, temporal)
    await Listener(client, Clocks(client)).handle(batch)


@pytest.mark.parametrize("status", sorted(FINAL, key=lambda one: one.name))
async def test_what_temporal_refuses_for_good_is_an_alarm_and_holds_nobody(
    status: RPCStatusCode, alarms: list[dict[str, Any]]
) -> None:
    temporal = Temporal(status)
    await heard(temporal, envelope(changed(7)), envelope(changed(8)))
    assert temporal.told == ["cpt_end/8"]
    assert alarms == [{"type": CptChanged.type, "error.type": status.name}]


@pytest.mark.parametrize("status", [RPCStatusCode.UNAVAILABLE, RPCStatusCode.PERMISSION_DENIED])
async def test_an_outage_of_temporal_holds_the_batch_until_it_is_over(
    status: RPCStatusCode, alarms: list[dict[str, Any]]
) -> None:
    with pytest.raises(Outage):
        await heard(Temporal(status), envelope(changed(7)), envelope(changed(8)))
    assert alarms == []


async def test_a_fact_that_breaks_its_promise_is_an_alarm_and_holds_nobody(
    alarms: list[dict[str, Any]],
) -> None:
    temporal = Temporal(RPCStatusCode.OK)
    broken = replace(envelope(changed(8)), payload="{}")
    await heard(temporal, broken, envelope(changed(9)))
    assert temporal.told == ["cpt_end/9"]
    assert alarms == [{"type": CptChanged.type, "error.type": "ValidationError"}]


async def test_a_process_that_broke_off_begins_again_when_its_fact_comes_again(
    env: WorkflowEnvironment,
) -> None:
    fact = DeclarationRequested.model_construct(
        id=uuid4(), tenant_id=7, declaration_id="d", actor=None
    )
    hearing = Listener(env.client, Clocks(env.client))
    start = next(one for one in hearing._starts[fact.type])
    await hearing._start(start, fact)
    first = await env.client.get_workflow_handle("health_declaration/7/d").describe()
    await env.client.get_workflow_handle("health_declaration/7/d").terminate()
    await hearing._start(start, fact)
    second = await env.client.get_workflow_handle("health_declaration/7/d").describe()
    assert second.status is WorkflowExecutionStatus.RUNNING
    assert second.run_id != first.run_id
