"""What a process asks of its service, what operators order of it and are told."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from contracts.base import Message
from contracts.health_declaration.desk import Reason, WaitingOn
from contracts.health_declaration.stages import CoarseStage, Stage
from contracts.values import Moment


class Order(Message):
    """Why the operator orders it."""

    reason: Reason


class Waiting(Message):
    """What a process waits for, as far as it tells nobody's health: operators need no more."""

    stage: CoarseStage
    waiting_on: str
    due_at: datetime | None
    """None after the signature: how long the term is tells which stage stands behind the coarse
    one, and what still falls due once released, a restriction brought about."""
    since: datetime
    paused: bool
    paused_by: str | None
    refused: str | None
    """The service's code when it refuses what the process asks."""


class Process(Message):
    """A process and its link for whoever looks into Temporal."""

    process_id: str
    run_id: str | None
    status: str
    state: Waiting | None


class Advance(Message):
    """Do what is due at `now`; asking twice does it once."""

    now: Moment


class NextStep(Message):
    """Where the case stands after it and when to ask again. `due_at` None: only a fact moves it."""

    stage: Stage
    due_at: datetime | None
    waiting_on: WaitingOn
    ended: bool


class OpenAsked(Message):
    """Which open cases of the tenant come next; a page at a time, in the order of their ids."""

    after: str = Field(default="", max_length=40)
    limit: int = Field(default=200, ge=1, le=500)


class OpenCases(Message):
    """Each of them must have a process that waits for it. `next_tenant` has cases too, if any."""

    declaration_ids: tuple[str, ...]
    next_tenant: int | None


class ProcessNote(Message):
    """What an operator orders of the process of a case; the owner audits it, and cancels itself."""

    action: Literal["pause", "resume", "cancel"]
    by: str = Field(min_length=1, max_length=200)
    by_name: str = Field(default="", max_length=200)
    reason: Reason


class ProcessNoted(Message):
    """Written down."""

    stage: Stage | CoarseStage
