"""What goes into a declaration's process and what it tells: ids and moments only."""

from datetime import datetime

from contracts.base import Message
from workflows.timers import ClockMove


class DeclarationProcess(Message):
    """The case this process waits for."""

    tenant_id: int
    declaration_id: str
    clock: ClockMove = ClockMove()


class Moved(Message):
    """A fact moved the case. Set, never toggled: hearing it twice asks the service once more."""

    fact: str
    traceparent: str | None = None
    ends: bool = False
    """The case has ended with it: a pause holds nothing any more."""
    reopens: bool = False
    """The case goes on after it had ended: a process about to end with it does not."""
    concludes: bool = False
    """The case has ended with it for good: there is nothing left to ask the service."""


class Ask(Message):
    """One request to the service."""

    tenant_id: int
    declaration_id: str
    now: datetime
    traceparent: str | None = None


class Pause(Message):
    """Who holds the process. Why is about the person: it stays with the owner of the case."""

    by: str


class ProcessState(Message):
    """What the process waits for, since when, and whether somebody holds it."""

    stage: str
    waiting_on: str
    due_at: datetime | None
    since: datetime
    paused: bool
    paused_by: str | None
    last_fact: str | None
    refused: str | None = None
    """The service's code when it refuses what the process asks: it stands still and asks again."""
