"""Kill -9 of each kind of process, once, while work is in flight; the story must still hold."""

import asyncio
import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

import asyncpg

from deploy.story.gate import patiently
from deploy.story.quiet import Quiet
from deploy.story.report import Report
from deploy.story.world import World

BREATH_SECONDS = 1.5
"""Between a victim's return and the next one: only one of them is missing at a time."""
RETURN_SECONDS = 180.0
LOOK_SECONDS = 0.1
UNTOUCHED = ("ui",)


@dataclass(frozen=True)
class Fallen:
    """One victim, and what was in flight then."""

    name: str
    requests: int
    unpublished: str


class Killer:
    """Goes through those whom the plan names, one by one, and lets people in meanwhile."""

    def __init__(self, world: World, quiet: Quiet, report: Report, plan: Iterable[str]) -> None:
        self._world = world
        self._quiet = quiet
        self._report = report
        self._left = list(plan)
        self._all = len(self._left)
        self._returned = 0
        self._falling = False
        self._over = asyncio.Event()
        self._door = asyncio.Lock()
        self._lost: list[str] = []
        self.fallen: list[Fallen] = []

    async def run(self, over: asyncio.Event) -> None:
        """One victim after the other, each only while all others run and people are at work."""
        self._over = over
        while self._left and not self._over.is_set():
            unpublished = await self._unpublished()
            pid = self._world.stack.ready.get(self._left[0])
            if pid is not None and self._all_run() and self._in_flight():
                await self._kill(self._left.pop(0), pid, unpublished)
            await self._pause(LOOK_SECONDS)

    async def turn(self, place: int, people: int) -> None:
        """A person waits here until their share of the victims has fallen and serves again.

        So there is work for the last victim too, however short the story or slow the machine. When
        all serve and nobody who came in has anything left to do, the next one comes in as well.
        """
        async with self._door:
            while self._ahead(place, people) and (self._falling or not self._world.gate.resting):
                await self._pause(LOOK_SECONDS)

    def spared(self) -> list[str]:
        """Whom the story ended too early for, and who did not come back."""
        return [*self._left, *self._lost]

    def _ahead(self, place: int, people: int) -> bool:
        return bool(self._left) and place * self._all > self._returned * people

    def _in_flight(self) -> bool:
        return self._world.wire.open > 0 and not self._world.gate.resting

    def _all_run(self) -> bool:
        return len(self._world.stack.ready) == len(self._world.stack.pids)

    async def _kill(self, name: str, pid: int, unpublished: str) -> None:
        self._report.say(
            f"kill -9 {name} ({pid}): {self._world.wire.open} pedidos abertos, "
            f"{unpublished} fatos por publicar"
        )
        self._falling = True
        self.fallen.append(Fallen(name, self._world.wire.open, unpublished))
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        if not await self._back(name, pid):
            self._lost.append(f"{name} não voltou em {RETURN_SECONDS:.0f} s")
        await self._pause(BREATH_SECONDS)
        self._falling = False
        self._returned += 1

    async def _back(self, name: str, killed: int) -> bool:
        """Whether it serves again, as another process: its death alone is no return."""

        async def away() -> str:
            return "" if self._world.stack.ready.get(name, killed) != killed else "fora do ar"

        try:
            await patiently(away, RETURN_SECONDS, name)
        except TimeoutError:
            return False
        return True

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
