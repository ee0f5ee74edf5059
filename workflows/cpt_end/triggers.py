"""Which facts start the clock of a tenant's CPTs or make it look again."""

from contracts.base import Event
from contracts.health_declaration.events import CptChanged, CptEnded, CptStarted
from workflows.cpt_end.messages import CptEndClock, Recheck
from workflows.cpt_end.workflow import CptEnd
from workflows.timers import ClockMove
from workflows.triggers import PROCESS_LOGIN, Signal, Signals, Start, Starts

TASK_QUEUE = "cpt_end"


def process_id(fact: CptStarted | CptEnded) -> str:
    """One clock per tenant."""
    return f"{TASK_QUEUE}/{fact.tenant_id}"


def _start(fact: CptStarted, clock: ClockMove) -> CptEndClock:
    return CptEndClock(tenant_id=fact.tenant_id, clock=clock)


def _recheck(fact: CptStarted, _traceparent: str | None) -> Recheck:
    return Recheck(fact=fact.type, ends_on=fact.ends_on)


def _ended(fact: CptEnded, _traceparent: str | None) -> Recheck:
    return Recheck(fact=fact.type, ends_on=None)


def _news(fact: Event) -> bool:
    """What ended in time, the clock ended itself."""
    return fact.actor != PROCESS_LOGIN


STARTS: Starts = {
    CptStarted: Start(CptEnd.run, TASK_QUEUE, process_id, _start, again=True),
    CptChanged: Start(CptEnd.run, TASK_QUEUE, process_id, _start, again=True),
}
SIGNALS: Signals = {
    CptStarted: Signal(CptEnd.recheck, process_id, _recheck),
    CptChanged: Signal(CptEnd.recheck, process_id, _recheck),
    CptEnded: Signal(CptEnd.recheck, process_id, _ended, _news),
}
