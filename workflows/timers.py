"""Deterministic helpers of every process: a clock the sandbox can move, and waiting."""

from collections.abc import Callable
from datetime import datetime, timedelta

from temporalio import workflow

from contracts.base import Message

SOON = timedelta(days=1)
"""A moment this near deserves a timer of its own after the sandbox moved the clock."""


class ClockMove(Message):
    """The tenant's clock as the sandbox set it: absolute, growing version."""

    offset_seconds: int = 0
    version: int = 0


class BusinessClock:
    """Workflow time plus what the sandbox moved it by."""

    def __init__(self, start: ClockMove) -> None:
        self._move = start

    @property
    def move(self) -> ClockMove:
        """The last move obeyed, for a run that hands over to another."""
        return self._move

    @property
    def version(self) -> int:
        """Its version."""
        return self._move.version

    def now(self) -> datetime:
        """Business time, aware, UTC."""
        return workflow.now() + timedelta(seconds=self._move.offset_seconds)

    def obey(self, move: ClockMove) -> None:
        """Takes a newer move; an older or repeated one changes nothing."""
        if move.version > self._move.version:
            self._move = move


async def wait_until(
    due_at: datetime | None, clock: BusinessClock, woken: Callable[[], bool]
) -> None:
    """Returns when the moment comes or `woken` holds; with no moment only `woken` ends it.

    A moved clock re-arms the timer only when it brings the moment near: every other move of a
    long story would cost each waiting process two events for nothing.
    """
    if due_at is None:
        await workflow.wait_condition(woken)
        return
    while not woken() and (left := due_at - clock.now()) > timedelta():
        seen = clock.version

        def near(seen: int = seen) -> bool:
            return woken() or (clock.version != seen and due_at - clock.now() <= SOON)

        try:
            await workflow.wait_condition(near, timeout=left)
        except TimeoutError:
            return
