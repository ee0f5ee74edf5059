"""What goes into the clock of a tenant's CPTs."""

from datetime import date, datetime

from contracts.base import Message
from workflows.timers import ClockMove


class CptEndClock(Message):
    """The tenant whose CPTs end in time and are reported to the ERP."""

    tenant_id: int
    clock: ClockMove = ClockMove()


class Recheck(Message):
    """A CPT began, moved or ended: an end may come sooner, and its report may want repeating."""

    fact: str
    ends_on: date | None
    """None where it has ended."""


class AskEnds(Message):
    """One request to the service."""

    tenant_id: int
    now: datetime


class CptEndState(Message):
    """When the next CPT ends or is reported again."""

    next_due_at: datetime | None
    ended: int
    refused: str | None = None
    """The service's code when it refuses: the clock stands still and asks again."""
