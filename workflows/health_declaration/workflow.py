"""The life of one declaration: it waits for facts and for terms, and asks the service to act.

What each stage does, and when its terms fall, is the service's to decide; this process makes sure
that somebody asks in time, however long it takes and whatever restarts meanwhile.
"""

from datetime import datetime

from temporalio import workflow

# Pure themselves, and dear to load again for each of thousands of processes.
with workflow.unsafe.imports_passed_through():
    from contracts.health_declaration.process import NextStep
    from workflows.asking import Refusals, ask
    from workflows.health_declaration.activities import HealthDeclarationActivities
    from workflows.health_declaration.messages import (
        Ask,
        DeclarationProcess,
        Moved,
        Pause,
        ProcessState,
    )
    from workflows.timers import BusinessClock, ClockMove, wait_until

CONCLUDED = "integrated"
"""The stage that nothing leads out of."""


@workflow.defn
class HealthDeclaration:
    """Ask, wait for the next moment or fact, ask again, until the case has ended."""

    @workflow.init
    def __init__(self, start: DeclarationProcess) -> None:
        self._start = start
        self._clock = BusinessClock(start.clock)
        self._moved = False
        self._ending = False
        self._reopened = False
        self._concluded = False
        self._refusals = Refusals()
        self._last: Moved | None = None
        self._pause: Pause | None = None
        self._step: NextStep | None = None
        self._since: datetime = workflow.now()

    @workflow.run
    async def run(self, start: DeclarationProcess) -> str:
        """The stage in which the case ended."""
        while True:
            await workflow.wait_condition(lambda: self._pause is None or self._ending)
            if self._concluded:
                return CONCLUDED
            step = await self._advance()
            if step is None:
                await self._refusals.wait(lambda: self._moved)
            elif step.ended and not self._reopened:
                return step.stage
            else:
                await wait_until(step.due_at, self._clock, lambda: self._moved)

    async def _advance(self) -> NextStep | None:
        """What the service says is next; None when it refuses."""
        self._moved = self._reopened = False
        ending, self._ending = self._ending, False
        about = Ask(
            tenant_id=self._start.tenant_id,
            declaration_id=self._start.declaration_id,
            now=self._clock.now(),
            traceparent=self._last.traceparent if self._last else None,
        )
        step = await ask(HealthDeclarationActivities.advance, about, self._refusals)
        if step is None:
            self._ending = self._ending or ending
            return None
        if self._step is None or self._step.stage != step.stage:
            self._since = self._clock.now()
        self._step = step
        return step

    @workflow.signal
    def moved(self, fact: Moved) -> None:
        """A fact moved the case."""
        self._last = fact
        self._moved = True
        self._ending = self._ending or fact.ends
        self._reopened = self._reopened or fact.reopens
        self._concluded = self._concluded or fact.concludes

    @workflow.signal
    def clock_moved(self, move: ClockMove) -> None:
        """The sandbox moved the tenant's clock."""
        self._clock.obey(move)

    @workflow.update
    def pause(self, order: Pause) -> ProcessState:
        """Holds the process: nothing falls due until it is resumed or its case ends."""
        self._pause = order
        return self.state()

    @workflow.update
    def resume(self) -> ProcessState:
        """Lets the process go on and ask at once, also what was refused or not heard of."""
        self._pause = None
        self._moved = True
        return self.state()

    @workflow.query
    def state(self) -> ProcessState:
        """What the process waits for."""
        step = self._step
        return ProcessState(
            stage=step.stage if step else "invited",
            waiting_on=step.waiting_on if step and not self._refusals.code else "operator",
            due_at=step.due_at if step else None,
            since=self._since,
            paused=self._pause is not None,
            paused_by=self._pause.by if self._pause else None,
            last_fact=self._last.fact if self._last else None,
            refused=self._refusals.code,
        )
