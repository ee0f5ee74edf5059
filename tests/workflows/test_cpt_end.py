"""The clock of a tenant's CPTs, with time that skips."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta

import pytest
from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from contracts.health_declaration.cpt import CptAdvanced
from deploy.story.gate import patiently
from kit.temporal import workflow_runner
from workflows.cpt_end.messages import AskEnds, CptEndClock, Recheck
from workflows.cpt_end.workflow import CptEnd
from workflows.timers import ClockMove

SECONDS = 120.0


class Service:
    """Stands in for the owner of the CPTs: ends at most two at a time."""

    def __init__(self) -> None:
        self.ends: list[datetime] = []
        self.batches: list[int] = []
        self.asked: list[datetime] = []
        self.refuses = 0

    @activity.defn(name="cpt_end.advance")
    async def advance(self, ask: AskEnds) -> CptAdvanced:
        self.asked.append(ask.now)
        if self.refuses:
            self.refuses -= 1
            raise ApplicationError("refused", 422, type="Refused", non_retryable=True)
        due = [end for end in self.ends if end <= ask.now][:2]
        for end in due:
            self.ends.remove(end)
        self.batches.append(len(due))
        first = min(self.ends, default=None)
        return CptAdvanced(
            ended=len(due), more=first is not None and first <= ask.now, next_due_at=first
        )


@pytest.fixture
async def service(env: WorkflowEnvironment) -> AsyncIterator[Service]:
    service = Service()
    async with Worker(
        env.client,
        task_queue="cpt_end",
        workflows=[CptEnd],
        activities=[service.advance],
        workflow_runner=workflow_runner(),
    ):
        yield service


async def test_cpts_end_in_batches_on_their_day_and_then_the_clock_ends(
    env: WorkflowEnvironment, service: Service
) -> None:
    now = await env.get_current_time()
    service.ends = [now + timedelta(days=730)] * 5
    ended = await env.client.execute_workflow(
        CptEnd.run, CptEndClock(tenant_id=1), id="cpt_end/1", task_queue="cpt_end"
    )
    assert ended == 5
    assert service.ends == []
    assert max(service.batches) == 2


async def test_a_cpt_that_begins_later_but_ends_sooner_is_seen(
    env: WorkflowEnvironment, service: Service
) -> None:
    now = await env.get_current_time()
    service.ends = [now + timedelta(days=700)]
    handle = await env.client.start_workflow(
        CptEnd.run, CptEndClock(tenant_id=1), id="cpt_end/1", task_queue="cpt_end"
    )
    await env.sleep(timedelta(days=1))
    service.ends.append(now + timedelta(days=10))
    await handle.signal(CptEnd.recheck, Recheck(fact="started", ends_on=now.date()))
    await env.sleep(timedelta(days=11))
    assert len(service.ends) == 1
    assert await handle.result() == 2


async def test_reports_of_cpts_that_end_later_are_asked_about_once_and_soon(
    env: WorkflowEnvironment, service: Service
) -> None:
    now = await env.get_current_time()
    service.ends = [now + timedelta(days=700)]
    handle = await env.client.start_workflow(
        CptEnd.run, CptEndClock(tenant_id=1), id="cpt_end/1", task_queue="cpt_end"
    )
    await env.sleep(timedelta(days=1))
    asked = len(service.batches)
    later = (now + timedelta(days=720)).date()
    await handle.signal(CptEnd.recheck, Recheck(fact="started", ends_on=later))
    await handle.signal(CptEnd.recheck, Recheck(fact="ended", ends_on=None))
    assert len(service.batches) == asked
    await env.sleep(timedelta(days=1))
    assert len(service.batches) == asked + 1
    assert await handle.result() == 1


async def test_a_long_history_hands_over_to_a_fresh_run(
    env: WorkflowEnvironment, service: Service
) -> None:
    now = await env.get_current_time()
    service.ends = [now + timedelta(days=day) for day in range(1, 60)]
    handle = await env.client.start_workflow(
        CptEnd.run, CptEndClock(tenant_id=1), id="cpt_end/1", task_queue="cpt_end"
    )
    await handle.result()
    assert service.ends == []
    first = env.client.get_workflow_handle("cpt_end/1", run_id=handle.first_execution_run_id)
    assert len((await first.fetch_history()).events) < 120


async def test_a_refusal_does_not_end_the_clock_of_the_whole_tenant(
    env: WorkflowEnvironment, service: Service
) -> None:
    now = await env.get_current_time()
    service.ends, service.refuses = [now + timedelta(days=1)], 2
    ended = await env.client.execute_workflow(
        CptEnd.run, CptEndClock(tenant_id=1), id="cpt_end/1", task_queue="cpt_end"
    )
    assert ended == 1


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async def left() -> str:
        return "" if await holds() else "not yet"

    await patiently(left, SECONDS, "the clock of CPTs")


async def test_a_cpt_that_begins_after_a_refusal_makes_the_clock_ask_at_once(
    env: WorkflowEnvironment, service: Service
) -> None:
    today = await env.get_current_time()
    service.ends = [today + timedelta(days=700)]

    async def asked(times: int) -> bool:
        return len(service.asked) == times

    async def refused() -> bool:
        return (await handle.query(CptEnd.state)).refused == "refused"

    with env.auto_time_skipping_disabled():
        handle = await env.client.start_workflow(
            CptEnd.run, CptEndClock(tenant_id=1), id="cpt_end/1", task_queue="cpt_end"
        )
        await until(lambda: asked(1))
        service.refuses = 1
        await handle.signal(CptEnd.recheck, Recheck(fact="started", ends_on=today.date()))
        await until(refused)
        later = (today + timedelta(days=720)).date()
        await handle.signal(CptEnd.recheck, Recheck(fact="started", ends_on=later))
        await until(lambda: asked(3))


async def test_a_run_hands_over_the_newest_move_of_the_clock_not_the_last_heard(
    env: WorkflowEnvironment, service: Service
) -> None:
    month = timedelta(days=30)
    now = await env.get_current_time()
    service.ends = [now + month + timedelta(days=day) for day in range(1, 60)]
    handle = await env.client.start_workflow(
        CptEnd.run, CptEndClock(tenant_id=1), id="cpt_end/1", task_queue="cpt_end"
    )
    move = ClockMove(offset_seconds=int(month.total_seconds()), version=2)
    await handle.signal(CptEnd.clock_moved, move)
    await handle.signal(CptEnd.clock_moved, ClockMove(offset_seconds=0, version=1))
    await handle.result()
    assert service.asked == sorted(service.asked)
