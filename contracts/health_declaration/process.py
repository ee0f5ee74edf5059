"""What the desk of the processes tells operators and takes from them."""

from datetime import datetime

from contracts.base import Message
from contracts.health_declaration.desk import Reason
from contracts.health_declaration.stages import CoarseStage


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
