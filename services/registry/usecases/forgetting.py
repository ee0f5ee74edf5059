"""Refused lines hold whatever a partner sent: after a short while only their reasons are kept."""

import asyncio

from sqlalchemy import text

from kit.db import Begin

NO_TENANT = 0
AT_ONCE = 5_000
PAUSE_SECONDS = 3600.0
_FORGET = text("select forget_refused_lines(:days, :most)")


async def forget_lines(begin: Begin, days: int, most: int = AT_ONCE) -> int:
    """Drops lines older than `days`, of every tenant; how many there were."""
    async with begin(NO_TENANT) as tx:
        found = await tx.session.execute(_FORGET, {"days": days, "most": most})
        return int(found.scalar_one())


async def keep_forgetting(begin: Begin, days: int, stopping: asyncio.Event) -> None:
    """Once an hour until told to stop; a round that was full is followed by another at once."""
    while not stopping.is_set():
        if await forget_lines(begin, days) == AT_ONCE:
            continue
        try:
            await asyncio.wait_for(stopping.wait(), PAUSE_SECONDS)
        except TimeoutError:
            continue
