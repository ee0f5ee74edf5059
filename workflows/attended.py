"""`python -m workflows.attended`: every open case has a process that waits for it.

Which cases are open the service says, a page at a time; whether the process of each runs, Temporal
says by its id, for its lists lag behind what starts and ends. A case that opened or ended a moment
ago is no fault: only who is missing in two rounds is told.
"""

import asyncio
import sys
from collections.abc import Iterable

import httpx
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from contracts.health_declaration.process import OpenAsked, OpenCases
from kit.http import Refused, ServiceClient
from kit.invariants import LOOK_SECONDS, Finding, tell, verdict
from kit.logs import logger
from kit.temporal import connect
from workflows.health_declaration.triggers import process_id
from workflows.service import WorkerSettings, service_http

KIND = "declaration_attended"
AT_ONCE = 10
PAGE = 200
FIRST_TENANT = 1
SECOND_SECONDS = 30.0
"""How much later whoever asked now looks again at what was missing."""
log = logger("workflows.attended")


class Round:
    """Looks over all open cases of all tenants."""

    def __init__(self, client: Client, service: ServiceClient) -> None:
        self._client = client
        self._service = service
        self._room = asyncio.Semaphore(AT_ONCE)
        self._missing: set[str] = set()

    @property
    def suspects(self) -> bool:
        """Whether somebody was missing in the last round."""
        return bool(self._missing)

    async def look(self) -> Finding:
        """How many were missing in the last round and are in this one."""
        before, self._missing = self._missing, await self._unattended()
        return Finding(KIND, False, len(before & self._missing))

    async def _unattended(self) -> set[str]:
        missing: set[str] = set()
        tenant: int | None = FIRST_TENANT
        after = ""
        while tenant is not None:
            page = await self._page(tenant, after)
            missing |= await self._without_process(tenant, page.declaration_ids)
            if len(page.declaration_ids) == PAGE:
                after = page.declaration_ids[-1]
            else:
                tenant, after = page.next_tenant, ""
        return missing

    async def _page(self, tenant: int, after: str) -> OpenCases:
        asked = OpenAsked(after=after, limit=PAGE)
        return await self._service.post(tenant, "/open-cases", asked, OpenCases)

    async def _without_process(self, tenant: int, cases: Iterable[str]) -> set[str]:
        ids = [process_id(tenant, case) for case in cases]
        running = await asyncio.gather(*map(self._runs, ids))
        return {one for one, runs in zip(ids, running, strict=True) if not runs}

    async def _runs(self, wanted: str) -> bool:
        async with self._room:
            try:
                found = await self._client.get_workflow_handle(wanted).describe()
            except RPCError as refused:
                if refused.status is not RPCStatusCode.NOT_FOUND:
                    raise
                return False
            return found.status is WorkflowExecutionStatus.RUNNING


async def keep_looking(client: Client, service: ServiceClient) -> None:
    """Until cancelled; a round that an outage broke off begins again at the next look."""
    rounds = Round(client, service)
    while True:
        try:
            tell([await rounds.look()])
        except (RPCError, Refused, httpx.HTTPError) as away:
            log.warning("open cases were not looked at", error=type(away).__name__)
        await asyncio.sleep(LOOK_SECONDS)


async def _now(settings: WorkerSettings) -> int:
    client = await connect(settings)
    async with service_http(settings, settings.health_declaration_url) as http:
        rounds = Round(client, ServiceClient(http))
        await rounds.look()
        if rounds.suspects:
            await asyncio.sleep(SECOND_SECONDS)
        return verdict([await rounds.look()])


if __name__ == "__main__":
    sys.exit(asyncio.run(_now(WorkerSettings())))
