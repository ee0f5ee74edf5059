"""An invariant of production: every open declaration has a process that waits for it."""

from collections.abc import Iterable

from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from contracts.health_declaration.stages import ENDED
from deploy.story.http import pages
from deploy.story.world import World

READER = "analista.1"
RUNNING = "WorkflowId STARTS_WITH '{prefix}' AND ExecutionStatus='Running'"


async def unattended(world: World) -> list[str]:
    """Open cases without a running process: their reminders and terms would never come."""
    told = world.stack.told["temporal"]
    client = await Client.connect(told["address"], namespace=told["namespace"])
    prefix = f"health_declaration/{world.batch.tenant}/"
    cases = await pages(world.staff(READER), "/declarations")
    # The list lags behind starts; whom it does not name is looked for by id.
    listed = {found.id async for found in client.list_workflows(RUNNING.format(prefix=prefix))}
    missing = [
        one
        for one in suspects(cases, listed, prefix)
        if not await _runs(client, f"{prefix}{one}") and await _open(world, one)
    ]
    return [f"{prefix}{one}" for one in missing]


def suspects(cases: Iterable[dict[str, str]], running: Iterable[str], prefix: str) -> list[str]:
    """Open cases that no running process is named after."""
    named = set(running)
    open_cases = {one["declaration_id"] for one in cases if one["stage"] not in ENDED}
    return sorted(one for one in open_cases if f"{prefix}{one}" not in named)


async def _runs(client: Client, process_id: str) -> bool:
    try:
        found = await client.get_workflow_handle(process_id).describe()
    except RPCError as refused:
        if refused.status is not RPCStatusCode.NOT_FOUND:
            raise
        return False
    return found.status is WorkflowExecutionStatus.RUNNING


async def _open(world: World, declaration_id: str) -> bool:
    """Still: it may have ended between the two questions."""
    case = await world.staff(READER).get(f"/declarations/{declaration_id}")
    return case["stage"] not in ENDED
