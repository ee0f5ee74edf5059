"""The memory that the programs of the stack hold, while something is done to them."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import psutil

from deploy.story.stack import Stack

LOOK_SECONDS = 1.0
MB = 2**20
PARTS = ("postgres", "kafka", "temporal", "keycloak", "ui")
"""Not ours: they size their memory by their own settings."""


class Memory:
    """The most that each of our processes held, by what was going on."""

    def __init__(self, stack: Stack) -> None:
        ours = {n: pid for n, pid in stack.ready.items() if not n.startswith(PARTS)}
        self._processes = {name: psutil.Process(pid) for name, pid in ours.items()}
        self._most: defaultdict[str, dict[str, float]] = defaultdict(dict)

    @asynccontextmanager
    async def watched(self, word: str) -> AsyncIterator[None]:
        """Looks now and then until the block ends."""
        looking = asyncio.create_task(self._look(self._most[word]))
        try:
            yield
        finally:
            looking.cancel()

    async def _look(self, most: dict[str, float]) -> None:
        while True:
            for name, process in self._processes.items():
                with suppress(psutil.Error):
                    most[name] = max(most.get(name, 0), process.memory_info().rss / MB)
            await asyncio.sleep(LOOK_SECONDS)

    def peaks(self, before: str, after: str) -> list[tuple[str, float, float]]:
        """Each process in MB, under the one and under the other."""
        was, became = self._most[before], self._most[after]
        return [(name, was[name], became[name]) for name in sorted(was.keys() & became.keys())]
