"""What goes into the clock of a tenant's CPTs."""

from datetime import date, datetime

from contracts.base import Message
from workflows.timers import ClockMove


class CptEndClock(Message):
    """The tenant whose CPTs end in time."""

    tenant_id: int
    clock: ClockMove = ClockMove()


class Recheck(Message):
    """A CPT began or its dates moved: the next end may come sooner."""

    fact: str
    ends_on: date


class AskEnds(Message):
    """One request to the service."""

    tenant_id: int
    now: datetime


class CptEndState(Message):
    """When the next CPT ends."""

    next_due_at: datetime | None
    ended: int
    refused: str | None = None
    """The service's code when it refuses: the clock stands still and asks again."""
