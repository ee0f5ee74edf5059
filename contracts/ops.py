"""What every service answers the same way: parked messages and the audit trail."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from contracts.base import Message
from contracts.values import Moment


class ClockSeen(Message):
    """Where one process sees the clock of a tenant. `process` tells which of several answered."""

    now: datetime
    version: int
    process: str = ""


class ClockVersion(Message):
    """The last move of a tenant's clock that a background process obeyed; 0 for none."""

    version: int


class DueMoment(Message):
    """The next moment at which something falls due for a tenant; None when nothing does."""

    due_at: datetime | None


class ParkedKey(Message):
    """One key whose messages wait behind a poison one."""

    topic: str
    key: str
    tenant_id: int
    messages: int
    first_error: str
    parked_at: datetime


class ParkedPage(Message):
    """Keys waiting, oldest first."""

    items: tuple[ParkedKey, ...]


class Redriven(Message):
    """What came of re-driving a key."""

    handled: int
    still_parked: bool


class Requeued(Message):
    """How many facts of a key of the outbox are sent again, in their order."""

    facts: int


Wanted = Annotated[str, Field(min_length=1, max_length=200)]


class AuditFilter(Message):
    """What a page of the trail may ask for."""

    subject: tuple[Wanted, ...] = Field(default=(), max_length=100)
    """Any of these: a person and the cases they are in are asked for at once."""
    actor: Wanted | None = None
    action: Wanted | None = None
    since: Moment | None = None
    until: Moment | None = None
    """Before this moment, which is not counted in."""


class AuditEntry(Message):
    """One entry of the trail. `details` holds ids, versions and hashes only.

    A `reason` is a code. What somebody `typed` instead may tell of health, and is asked for apart.
    """

    entry_id: int
    at: datetime
    actor: str
    actor_name: str
    action: str
    subject: str
    reason: str | None
    typed: bool = False
    details: dict[str, Any]
    chain_seq: int | None
    hash: str | None


class ReasonWanted(Message):
    """What somebody's own words of the trail are read for."""

    reason: str = Field(min_length=10, max_length=300)


class ReasonRevealed(Message):
    """The words; None where they went with the person's data. Who read them is in the trail."""

    reason: str | None


class AuditPage(Message):
    """A page of the trail, newest first."""

    items: tuple[AuditEntry, ...]
    next_cursor: str | None


class ChainReport(Message):
    """Whether the hash chain of the tenant still holds, and what it does not cover yet.

    `unsealed_since`: when the oldest entry outside the chain was written. Sealing takes a second;
    a moment long past means that it stopped.
    """

    entries: int
    sealed: int
    broken_at: int | None
    unsealed: int = 0
    unsealed_since: datetime | None = None
