"""The clock of a tenant's CPTs: their ends are rows with a due moment, not two-year timers."""

from datetime import datetime

from temporalio import workflow

# Pure themselves, and dear to load again for each process.
with workflow.unsafe.imports_passed_through():
    from workflows.asking import Refusals, ask
    from workflows.cpt_end.activities import CptEndActivities
    from workflows.cpt_end.messages import AskEnds, CptEndClock, CptEndState, Recheck
    from workflows.timers import BusinessClock, ClockMove, wait_until

LONG = 60
"""Events after which a run hands over to a fresh one."""


@workflow.defn
class CptEnd:
    """Ends what is due in batches, sleeps to the next end, ends itself when no CPT is in force."""

    @workflow.init
    def __init__(self, start: CptEndClock) -> None:
        self._tenant_id = start.tenant_id
        self._clock = BusinessClock(start.clock)
        self._refusals = Refusals()
        self._woken = False
        self._asking = False
        self._next: datetime | None = None
        self._ended = 0

    @workflow.run
    async def run(self, start: CptEndClock) -> int:
        """How many CPTs ended in this run."""
        while True:
            self._woken = False
            more = await self._advance()
            if _long():
                workflow.continue_as_new(start.model_copy(update={"clock": self._clock.move}))
            if more or self._woken:
                continue
            if self._refusals.code:
                await self._refusals.wait(lambda: self._woken)
                continue
            if self._next is None:
                return self._ended
            # Moves of the clock add up while it waits: a long wait, too, goes on in a fresh run.
            await wait_until(self._next, self._clock, lambda: self._woken or _long())

    async def _advance(self) -> bool:
        self._asking = True
        about = AskEnds(tenant_id=self._tenant_id, now=self._clock.now())
        advanced = await ask(CptEndActivities.advance, about, self._refusals)
        self._asking = False
        if advanced is None:
            return False
        self._ended += advanced.ended
        self._next = advanced.next_due_at
        return advanced.more

    @workflow.signal
    def recheck(self, fact: Recheck) -> None:
        """A CPT began or moved: it matters if it ends before the one waited for.

        While the service is being asked its answer may already be old, so then it always matters;
        and so it does after a refusal.
        """
        unsure = self._asking or self._refusals.code is not None
        if unsure or self._next is None or fact.ends_on < self._next.date():
            self._woken = True

    @workflow.signal
    def clock_moved(self, move: ClockMove) -> None:
        """The sandbox moved the tenant's clock."""
        self._clock.obey(move)

    @workflow.query
    def state(self) -> CptEndState:
        """When the next CPT ends."""
        return CptEndState(next_due_at=self._next, ended=self._ended, refused=self._refusals.code)


def _long() -> bool:
    return workflow.info().get_current_history_length() > LONG
