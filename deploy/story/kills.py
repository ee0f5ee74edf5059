"""Kill -9 of each kind of process, once, while work is in flight; the story must still hold."""

import asyncio
import os
import signal

import asyncpg

from deploy.story.quiet import Quiet
from deploy.story.report import Report
from deploy.story.world import World

FIRST = ("postgres", "kafka", "temporal")
BREATH_SECONDS = 1.5
"""Between a victim's return and the next one: only one of them is missing at a time."""
RETURN_SECONDS = 60.0
UNTOUCHED = ("ui",)


class Killer:
    """Goes through every process that stack.json names."""

    def __init__(self, world: World, quiet: Quiet, report: Report) -> None:
        self._world = world
        self._quiet = quiet
        self._report = report
        self._left = [name for name in _order(world.stack.pids) if name not in UNTOUCHED]
        self._over = asyncio.Event()

    async def run(self, over: asyncio.Event) -> None:
        """One victim after the other, each only while requests or facts are in flight."""
        self._over = over
        while self._left and not self._over.is_set():
            unpublished = await self._unpublished()
            if self._world.wire.open and not self._world.gate.resting:
                await self._kill(self._left.pop(0), unpublished)
            await self._pause(0.1)

    def spared(self) -> list[str]:
        """Whom the story ended too early for."""
        return list(self._left)

    async def _kill(self, name: str, unpublished: str) -> None:
        pid = self._world.stack.pids[name]
        self._report.say(
            f"kill -9 {name} ({pid}): {self._world.wire.open} pedidos abertos, "
            f"{unpublished} fatos por publicar"
        )
        os.kill(pid, signal.SIGKILL)
        for _ in range(int(RETURN_SECONDS / 0.2)):
            if self._world.stack.pids.get(name, pid) != pid:
                break
            await self._pause(0.2)
        await self._pause(BREATH_SECONDS)

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._over.wait(), seconds)
        except TimeoutError:
            return

    async def _unpublished(self) -> str:
        try:
            return str(await self._quiet.unpublished())
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return "?"


def _order(pids: dict[str, int]) -> list[str]:
    """The shared parts come when most is in flight: in the middle."""
    ours = [name for name in pids if name not in FIRST]
    middle = len(ours) // 3
    return [*ours[:middle], *(name for name in FIRST if name in pids), *ours[middle:]]
