"""The life of a declaration's process, with time that skips."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta

import pytest
from temporalio import activity
from temporalio.client import WorkflowHandle
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from contracts.health_declaration.process import NextStep
from contracts.health_declaration.stages import ENDED
from deploy.story.gate import patiently
from kit.temporal import workflow_runner
from workflows.health_declaration.messages import Ask, DeclarationProcess, Moved, Pause
from workflows.health_declaration.workflow import HealthDeclaration
from workflows.timers import ClockMove

Handle = WorkflowHandle[HealthDeclaration, str]
SECONDS = 120.0


class Service:
    """Stands in for the owner of the case: reminders a day apart, then an end."""

    def __init__(self) -> None:
        self.asked: list[Ask] = []
        self.reminders = 3
        self.signed = False
        self.due_at: datetime | None = None
        self.refuses = 0
        self.stage = "invited"
        self.outages = 0
        self.meanwhile: Callable[[], Awaitable[None]] | None = None
        """What happens between this service's answer and its arrival."""

    @activity.defn(name="health_declaration.advance")
    async def advance(self, ask: Ask) -> NextStep:
        if self.outages:
            self.outages -= 1
            raise ConnectionError("away")
        if self.refuses:
            self.refuses -= 1
            raise ApplicationError("not-found", 404, type="Refused", non_retryable=True)
        self.asked.append(ask)
        step = self._next(ask)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            await meanwhile()
        return step

    def _next(self, ask: Ask) -> NextStep:
        if self.signed:
            return self._step("integrated", ended=True)
        if self.stage in ENDED:
            return self._step(self.stage, ended=True)
        if self.due_at is not None and self.due_at <= ask.now:
            self.reminders -= 1
            self.due_at = None
        if self.reminders == 0:
            return self._step("expired", ended=True)
        self.due_at = self.due_at or ask.now + timedelta(days=1)
        return self._step("invited", ended=False)

    def _step(self, stage: str, *, ended: bool) -> NextStep:
        return NextStep.model_validate(
            {"stage": stage, "due_at": self.due_at, "waiting_on": "proponent", "ended": ended}
        )


@pytest.fixture
async def service(env: WorkflowEnvironment) -> AsyncIterator[Service]:
    service = Service()
    async with Worker(
        env.client,
        task_queue="health_declaration",
        workflows=[HealthDeclaration],
        activities=[service.advance],
        workflow_runner=workflow_runner(),
    ):
        yield service


async def start(env: WorkflowEnvironment, clock: ClockMove | None = None) -> Handle:
    return await env.client.start_workflow(
        HealthDeclaration.run,
        DeclarationProcess(tenant_id=1, declaration_id="d1", clock=clock or ClockMove()),
        id="health_declaration/1/d1",
        task_queue="health_declaration",
    )


async def test_a_silent_proponent_is_asked_for_until_the_case_expires(
    env: WorkflowEnvironment, service: Service
) -> None:
    began = await env.get_current_time()
    assert await (await start(env)).result() == "expired"
    assert await env.get_current_time() - began >= timedelta(days=3)
    assert len(service.asked) == 4


async def test_a_fact_ends_the_wait_at_once(env: WorkflowEnvironment, service: Service) -> None:
    handle = await start(env)
    await env.sleep(timedelta(hours=3))
    service.signed = True
    await handle.signal(HealthDeclaration.moved, Moved(fact="signed", traceparent="00-aa-bb-01"))
    assert await handle.result() == "integrated"
    assert service.asked[-1].traceparent == "00-aa-bb-01"
    assert service.reminders == 3


async def test_the_fact_that_nothing_follows_ends_the_process_unasked(
    env: WorkflowEnvironment, service: Service
) -> None:
    handle = await start(env)
    await env.sleep(timedelta(hours=3))
    asked = len(service.asked)
    last = Moved(fact="integrated", ends=True, concludes=True)
    await handle.signal(HealthDeclaration.moved, last)
    assert await handle.result() == "integrated"
    assert len(service.asked) == asked


async def test_it_ends_a_paused_process_and_a_refused_one_too(
    env: WorkflowEnvironment, service: Service
) -> None:
    last = Moved(fact="integrated", ends=True, concludes=True)
    handle = await paused(env)
    await handle.signal(HealthDeclaration.moved, last)
    assert await handle.result() == "integrated"
    service.refuses = 9
    with env.auto_time_skipping_disabled():
        handle = await start(env)
        await refused(handle)
        await handle.signal(HealthDeclaration.moved, last)
        assert await handle.result() == "integrated"


async def test_a_case_that_goes_on_while_its_process_ends_keeps_the_process(
    env: WorkflowEnvironment, service: Service
) -> None:
    # Asked patiently, outside the task: there the server would let the process end.
    service.stage, service.outages = "cancelled", 1

    async def reopened() -> None:
        service.stage, service.signed = "invited", True
        running = env.client.get_workflow_handle("health_declaration/1/d1")
        await running.signal(HealthDeclaration.moved, Moved(fact="reopened", reopens=True))

    service.meanwhile = reopened
    assert await (await start(env)).result() == "integrated"
    assert len(service.asked) == 2


async def test_hearing_a_fact_twice_changes_nothing(
    env: WorkflowEnvironment, service: Service
) -> None:
    handle = await start(env)
    for _ in range(2):
        await handle.signal(HealthDeclaration.moved, Moved(fact="letter"))
    assert await handle.result() == "expired"
    assert service.reminders == 0


async def test_a_pause_holds_every_term(env: WorkflowEnvironment, service: Service) -> None:
    handle = await start(env)
    await env.sleep(timedelta(hours=1))
    state = await handle.execute_update(HealthDeclaration.pause, Pause(by="ana"))
    assert (state.paused, state.paused_by) == (True, "ana")
    await env.sleep(timedelta(days=30))
    assert service.reminders == 3
    await handle.execute_update(HealthDeclaration.resume)
    assert await handle.result() == "expired"


async def test_a_moved_clock_makes_terms_fall_due(
    env: WorkflowEnvironment, service: Service
) -> None:
    handle = await start(env)
    await env.sleep(timedelta(minutes=1))
    with env.auto_time_skipping_disabled():
        move = ClockMove(offset_seconds=int(timedelta(days=1).total_seconds()), version=1)
        await handle.signal(HealthDeclaration.clock_moved, move)
        await handle.signal(HealthDeclaration.clock_moved, move)
    assert await handle.result() == "expired"
    assert service.asked[1].now - service.asked[0].now >= timedelta(days=1)


async def test_an_older_move_of_the_clock_is_not_obeyed(
    env: WorkflowEnvironment, service: Service
) -> None:
    handle = await start(env, ClockMove(offset_seconds=3600, version=5))
    await handle.signal(HealthDeclaration.clock_moved, ClockMove(offset_seconds=9, version=4))
    assert await handle.result() == "expired"
    assert service.asked[0].now - await env.get_current_time() < timedelta(hours=1)


async def test_a_service_that_is_away_is_asked_until_it_answers(
    env: WorkflowEnvironment, service: Service
) -> None:
    service.outages = 4
    assert await (await start(env)).result() == "expired"


async def refused(handle: Handle) -> None:
    """Until the process says that it was refused."""

    async def left() -> str:
        return "" if (await handle.query(HealthDeclaration.state)).refused else "no refusal"

    await patiently(left, SECONDS, "a refusal")


async def test_a_process_outlives_refusals_and_asks_again_after_a_while(
    env: WorkflowEnvironment, service: Service
) -> None:
    service.refuses = 3
    began = await env.get_current_time()
    assert await (await start(env)).result() == "expired"
    pauses = timedelta(minutes=15) + timedelta(hours=1) + timedelta(hours=4)
    assert timedelta(days=3) + pauses <= await env.get_current_time() - began < timedelta(days=4)


async def test_a_refused_process_says_so_and_a_fact_makes_it_ask_again(
    env: WorkflowEnvironment, service: Service
) -> None:
    service.refuses = 1
    with env.auto_time_skipping_disabled():
        handle = await start(env)
        await refused(handle)
        state = await handle.query(HealthDeclaration.state)
        assert (state.refused, state.waiting_on) == ("not-found", "operator")
        service.signed = True
        await handle.signal(HealthDeclaration.moved, Moved(fact="signed"))
        assert await handle.result() == "integrated"
    assert (await handle.query(HealthDeclaration.state)).refused is None


async def test_who_resumes_a_refused_process_makes_it_ask_again(
    env: WorkflowEnvironment, service: Service
) -> None:
    service.refuses, service.signed = 1, True
    with env.auto_time_skipping_disabled():
        handle = await start(env)
        await refused(handle)
        await handle.execute_update(HealthDeclaration.resume)
        assert await handle.result() == "integrated"


async def paused(env: WorkflowEnvironment) -> Handle:
    handle = await start(env)
    await env.sleep(timedelta(hours=1))
    await handle.execute_update(HealthDeclaration.pause, Pause(by="ana"))
    return handle


async def test_the_fact_that_ends_the_case_ends_a_paused_process_too(
    env: WorkflowEnvironment, service: Service
) -> None:
    handle = await paused(env)
    service.stage, service.refuses = "cancelled", 1
    await handle.signal(HealthDeclaration.moved, Moved(fact="cancelled", ends=True))
    assert await handle.result() == "cancelled"


async def test_any_other_fact_leaves_a_paused_process_alone(
    env: WorkflowEnvironment, service: Service
) -> None:
    handle = await paused(env)
    asked = len(service.asked)
    await handle.signal(HealthDeclaration.moved, Moved(fact="signed"))
    await env.sleep(timedelta(days=9))
    assert (len(service.asked), service.reminders) == (asked, 3)


async def test_the_state_tells_what_is_waited_for(
    env: WorkflowEnvironment, service: Service
) -> None:
    handle = await start(env)
    await env.sleep(timedelta(minutes=5))
    state = await handle.query(HealthDeclaration.state)
    assert (state.stage, state.waiting_on, state.paused) == ("invited", "proponent", False)
    assert state.due_at is not None
