"""Time of the story: days are jumped only while nobody and nothing is at work."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta

GROUP = timedelta(minutes=50)
"""Moments this close are acted on in one jump: each jump signals every open process."""

LOOK_SECONDS = 0.25
TELL_SECONDS = 20.0
"""How often a wait that lasts is told."""


class Gate:
    """Who is at work, and until when the others sleep."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.moves = 0
        self._working = 0
        self._who: list[str] = []
        self._wanted: dict[object, datetime] = {}
        self._moved = asyncio.Event()

    @property
    def resting(self) -> bool:
        """Whether nobody of the story has anything to do before the clock moves."""
        return self._working == 0

    @property
    def working(self) -> str:
        """How many are at work, and who has not finished."""
        return f"{self._working} agindo: {', '.join(self._who[:4])}"

    @contextlib.contextmanager
    def work(self, who: str) -> Iterator[None]:
        """Somebody lives their story within it."""
        self._working += 1
        self._who.append(who)
        try:
            yield
        finally:
            self._who.remove(who)
            self._working -= 1

    @contextlib.contextmanager
    def rest(self) -> Iterator[None]:
        """Somebody waits for what only the passing of days brings."""
        self._working -= 1
        try:
            yield
        finally:
            self._working += 1

    async def until(self, moment: datetime) -> None:
        """Sleeps until the clock passed the moment."""
        ticket = object()
        with self.rest():
            while self.now < moment:
                self._wanted[ticket] = moment
                await self._moved.wait()
            self._wanted.pop(ticket, None)

    async def dormant[T](self, coming: Awaitable[T]) -> T:
        """Waits for something that days bring, not work."""
        with self.rest():
            return await coming

    def target(self, due: datetime | None) -> datetime | None:
        """Where to jump: just past the next moment that the service or the story waits for."""
        known = [*self._wanted.values(), *([due] if due else [])]
        return min(known) + GROUP if known else None

    def arrived(self, now: datetime) -> None:
        """The clock was moved: who waited for it wakes up."""
        self.now = now
        self.moves += 1
        woken, self._moved = self._moved, asyncio.Event()
        woken.set()


async def patiently(
    done: Callable[[], Awaitable[str]],
    seconds: float,
    what: str,
    tell: Callable[[str], None] | None = None,
) -> None:
    """Until `done` has nothing left to name; TimeoutError names it otherwise."""
    began = told = time.monotonic()
    while left := await done():
        now = time.monotonic()
        if now - began > seconds:
            raise TimeoutError(f"{what}: {left}")
        if tell is not None and now - told > TELL_SECONDS:
            told = now
            tell(f"espera: {left}")
        await asyncio.sleep(LOOK_SECONDS)
