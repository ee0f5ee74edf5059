"""What the listener makes of facts, with time that skips."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio import activity
from temporalio.client import (
    Client,
    Interceptor,
    OutboundInterceptor,
    StartWorkflowInput,
    WorkflowHandle,
)
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from contracts.health_declaration.cpt import CptAdvanced
from contracts.health_declaration.events import CptChanged
from kit.kafka import Envelope
from kit.temporal import workflow_runner
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
