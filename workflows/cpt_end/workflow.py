"""The clock of a tenant's CPTs: their ends are rows with a due moment, not two-year timers.

The same clock has reports repeated that the ERP refused or did not answer.
"""

from datetime import datetime, timedelta

from temporalio import workflow

# Pure themselves, and dear to load again for each process.
with workflow.unsafe.imports_passed_through():
    from workflows.asking import Refusals, ask
    from workflows.cpt_end.activities import CptEndActivities
    from workflows.cpt_end.messages import AskEnds, CptEndClock, CptEndState, Recheck
    from workflows.timers import BusinessClock, ClockMove, wait_until

LONG = 60
"""Events after which a run hands over to a fresh one."""
SETTLED = timedelta(hours=1)
"""How long after a report was made it is asked when it is to be repeated: once for many."""


@workflow.defn
class CptEnd:
    """Does what is due in batches, sleeps to the next moment, ends itself when none is left."""

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
            await self._sleep()

    async def _sleep(self) -> None:
        """Until the next moment, which a fact may bring nearer meanwhile."""
        while not self._awake() and self._next is not None and self._next > self._clock.now():
            due = self._next

            def nearer(due: datetime = due) -> bool:
                return self._awake() or self._next != due

            await wait_until(due, self._clock, nearer)

    def _awake(self) -> bool:
        return self._woken or _long()

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
        """A CPT began, moved or ended: at once if it ends before the one waited for, else soon.

        While the service is being asked its answer may already be old, so then it is at once; and
        so it is after a refusal.
        """
        unsure = self._asking or self._refusals.code is not None
        if unsure or self._next is None or _before(fact, self._next):
            self._woken = True
        else:
            self._next = min(self._next, self._clock.now() + SETTLED)

    @workflow.signal
    def clock_moved(self, move: ClockMove) -> None:
        """The sandbox moved the tenant's clock."""
        self._clock.obey(move)

    @workflow.query
    def state(self) -> CptEndState:
        """When the next CPT ends."""
        return CptEndState(next_due_at=self._next, ended=self._ended, refused=self._refusals.code)


def _before(fact: Recheck, moment: datetime) -> bool:
    return fact.ends_on is not None and fact.ends_on < moment.date()


def _long() -> bool:
    return workflow.info().get_current_history_length() > LONG
