"""The one fact of the sandbox that services obey: the clock of a tenant was moved."""

from typing import ClassVar

from contracts.base import Event


class ClockMoved(Event):
    """Business time of a tenant now runs `offset_seconds` ahead of real time.

    The offset is absolute and `version` grows, so the last one holds whatever was missed.
    Production refuses it.
    """

    type: ClassVar[str] = "sandbox.clock.moved.v1"
    topic: ClassVar[str] = "sandbox.clock"
    key_field: ClassVar[str] = "tenant_id"

    offset_seconds: int
    version: int
