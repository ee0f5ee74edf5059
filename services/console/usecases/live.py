"""Whether anything changed at the worklist, asked once per operator for all browsers that watch."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Literal

from kit.errors import Problem

Word = Literal["changed", "same"]
Ask = Callable[[str], Awaitable[str]]
"""From somebody's token to the mark of the newest changes."""


WINDOWS = 20
"""Of one person at once; each costs a look at its session every few seconds."""


@dataclass(eq=False)
class Watcher:
    """One browser. Whoever watches lends their token, for as long as it is in force."""

    token: str
    words: asyncio.Queue[Word] = field(default_factory=asyncio.Queue)

    async def next(self, seconds: float) -> Word | None:
        """The next word; None where nothing was heard for so long."""
        with suppress(TimeoutError):
            return await asyncio.wait_for(self.words.get(), seconds)
        return None


@dataclass
class _Round:
    """Those who watch one operator, and the task that asks for them."""

    watchers: list[Watcher] = field(default_factory=list)
    asking: asyncio.Task[None] | None = None


class Hub:
    """All who watch. Nothing is asked of an operator that nobody watches."""

    def __init__(self, ask: Ask, every_seconds: float) -> None:
        self._open = Counter[tuple[int, str]]()
        self._ask = ask
        self._every = every_seconds
        self._rounds: dict[int, _Round] = {}

    @asynccontextmanager
    async def watching(self, tenant: int, token: str, who: str = "") -> AsyncIterator[Watcher]:
        """Within it words about the operator's tasks come in."""
        self._open[tenant, who] += 1
        watcher, circle = Watcher(token), self._rounds.setdefault(tenant, _Round())
        circle.watchers.append(watcher)
        if circle.asking is None or circle.asking.done():
            circle.asking = asyncio.create_task(self._go_round(circle))
        try:
            yield watcher
        finally:
            self._open[tenant, who] -= 1
            circle.watchers.remove(watcher)
            if not circle.watchers and circle.asking is not None:
                circle.asking.cancel()
                self._rounds.pop(tenant, None)

    def full(self, tenant: int, who: str) -> bool:
        """Whether somebody has as many windows as anybody looks at."""
        return self._open[tenant, who] >= WINDOWS

    async def aclose(self) -> None:
        """Nobody is told anything any more."""
        for circle in self._rounds.values():
            if circle.asking is not None:
                circle.asking.cancel()

    async def _go_round(self, circle: _Round) -> None:
        """Each time in another's name: one whose login is no longer believed silences nobody."""
        known: str | None = None
        for turn in count():
            lender = circle.watchers[turn % len(circle.watchers)]
            with suppress(Problem):
                mark = await self._ask(lender.token)
                word: Word = "same" if known in (None, mark) else "changed"
                known = mark
                for watcher in circle.watchers:
                    watcher.words.put_nowait(word)
            await asyncio.sleep(self._every)
