"""Passes every move of a tenant's clock to the processes that are open, in sandbox mode alone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from contracts.sandbox.events import ClockMoved
from kit.clock import Clock
from kit.clock_follower import beside, following
from kit.logs import logger
from kit.settings import Settings
from kit.temporal import outage
from workflows.timers import ClockMove

AT_ONCE = 50
SWEEPS = 2
VISIBILITY_LAG_SECONDS = 1.5
"""The list of open processes lags behind their starts: it is swept again after this."""
AGAIN_SECONDS = 1.0
log = logger("workflows.clocks")


class Clocks:
    """The last move of each tenant, for processes that start later."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._moves: dict[int, ClockMove] = {}
        self._untold: set[int] = set()
        self._news = asyncio.Event()
        self._room = asyncio.Semaphore(AT_ONCE)

    def of(self, tenant_id: int) -> ClockMove:
        """Where the tenant's clock stands."""
        return self._moves.get(tenant_id, ClockMove())

    def version(self, tenant_id: int) -> int:
        """Of the last move heard; 0 for none."""
        return self.of(tenant_id).version

    def hear(self, moved: ClockMoved) -> None:
        """Takes a newer move and has it passed on; of several only the newest is."""
        if moved.version > self.of(moved.tenant_id).version:
            self._moves[moved.tenant_id] = ClockMove(
                offset_seconds=moved.offset_seconds, version=moved.version
            )
            self._untold.add(moved.tenant_id)
            self._news.set()

    @classmethod
    @asynccontextmanager
    async def following(cls, settings: Settings, client: Client) -> AsyncIterator["Clocks"]:
        """Within it, moves are heard and passed on."""
        clocks = cls(client)
        clock = Clock(settings.time_zone, movable=settings.sandbox)
        async with following(settings, clock, clocks.hear), beside(clocks._pass_on_all()):
            yield clocks

    async def _pass_on_all(self) -> None:
        while True:
            await self._news.wait()
            await self.pass_on()

    async def pass_on(self) -> None:
        """Tells the open processes of every tenant with news, and those that had only just begun.

        After a restart every tenant has news: they share the wait between the sweeps.
        """
        self._news.clear()
        tenants, self._untold = self._untold, set()
        for sweep in range(SWEEPS):
            if sweep:
                await asyncio.sleep(VISIBILITY_LAG_SECONDS)
            for tenant_id in tenants:
                await self._sweep(tenant_id)

    async def _sweep(self, tenant_id: int) -> None:
        """Signals every open process of the tenant; again until Temporal answers."""
        while True:
            try:
                await self._signal_open(tenant_id)
            except RPCError as unreachable:
                if not outage(unreachable):
                    log.error("processes not told of the clock", error=unreachable.status.name)
                    return
                log.warning("processes not told of the clock yet", error=unreachable.status.name)
                await asyncio.sleep(AGAIN_SECONDS)
            else:
                return

    async def _signal_open(self, tenant_id: int) -> None:
        signals = [self._signal(name, tenant_id) for name in await self._open(tenant_id)]
        for outcome in await asyncio.gather(*signals, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome

    async def _open(self, tenant_id: int) -> list[str]:
        """Ids of the tenant's open processes."""
        return [
            found.id
            for prefix in ("health_declaration", "cpt_end")
            async for found in self._client.list_workflows(
                f"WorkflowId STARTS_WITH '{prefix}/{tenant_id}' AND ExecutionStatus='Running'"
            )
            if found.id.split("/")[1] == str(tenant_id)
        ]

    async def _signal(self, process_id: str, tenant_id: int) -> None:
        async with self._room:
            handle = self._client.get_workflow_handle(process_id)
            try:
                await handle.signal("clock_moved", self.of(tenant_id))
            except RPCError as refused:
                if refused.status is RPCStatusCode.NOT_FOUND:
                    log.info("a process ended before it heard of the clock")
                elif outage(refused):
                    raise
                else:
                    log.error("a process cannot be told of the clock", error=refused.status.name)
