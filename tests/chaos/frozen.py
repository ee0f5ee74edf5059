"""A part that is away: its programs stand still, connections to it stay open and say nothing."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress

import psutil

from deploy.story.stack import Stack

STILL_SECONDS, GO_SECONDS = 0.4, 0.2


def programs(stack: Stack, part: str) -> list[psutil.Process]:
    """All of a part's processes, those that started others first."""
    pids = stack.pids
    names = sorted(name for name in pids if name.split(".")[0] == part)
    roots = [pids[name] for name in names]
    found = [psutil.Process(pid) for pid in roots if pid is not None]
    return [one for root in found for one in (root, *root.children(recursive=True))]


@asynccontextmanager
async def frozen(stack: Stack, part: str) -> AsyncIterator[None]:
    """Within it the part stands still; whatever happens, it goes on afterwards."""
    still = programs(stack, part)
    try:
        _signal(still, signal.SIGSTOP)
        yield
    finally:
        _signal(still, signal.SIGCONT)


@asynccontextmanager
async def slowed(stack: Stack, part: str) -> AsyncIterator[None]:
    """Within it the part stands still two thirds of the time: a line on which all is late."""

    async def stutter() -> None:
        while True:
            async with frozen(stack, part):
                await asyncio.sleep(STILL_SECONDS)
            await asyncio.sleep(GO_SECONDS)

    stuttering = asyncio.create_task(stutter())
    try:
        yield
    finally:
        stuttering.cancel()
        with suppress(asyncio.CancelledError):
            await stuttering


def _signal(processes: Iterable[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)
