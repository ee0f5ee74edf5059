"""Golden histories: what replay tests run today's workflow code over."""

from pathlib import Path

from temporalio.client import Client, WorkflowExecution

from deploy.story.report import Report
from deploy.story.stack import Stack

TARGET = Path("tests/workflows/histories")
KEPT = 4
KINDS = ("health_declaration", "cpt_end")


async def keep_golden(stack: Stack, report: Report) -> None:
    """Per process type: the shortest, one in the middle and the longest, always the longest."""
    told = stack.told["temporal"]
    client = await Client.connect(told["address"], namespace=told["namespace"])
    tenant = stack.last().name
    for kind in KINDS:
        found = [one async for one in client.list_workflows(_query(kind, tenant))]
        if len(found) < KEPT:
            found = [one async for one in client.list_workflows(_query(kind, ""))]
        for number, execution in enumerate(_chosen(found)):
            await _keep(client, kind, number, execution, report)


def _query(kind: str, tenant: str) -> str:
    mine = f"{kind}/{tenant}" if tenant else f"{kind}/"
    return f"WorkflowId STARTS_WITH '{mine}' AND ExecutionStatus='Completed'"


def _chosen(found: list[WorkflowExecution]) -> list[WorkflowExecution]:
    ordered = sorted(found, key=lambda one: one.history_length)
    places = [round(n * (len(ordered) - 1) / (KEPT - 1)) for n in range(KEPT)] if ordered else []
    return [ordered[place] for place in dict.fromkeys(places)]


async def _keep(
    client: Client, kind: str, number: int, execution: WorkflowExecution, report: Report
) -> None:
    handle = client.get_workflow_handle(execution.id, run_id=execution.run_id)
    history = await handle.fetch_history()
    file = _write(f"{kind}.{number + 1}.json", history.to_json())
    report.line(f"{file} · {len(history.events)} eventos")


def _write(name: str, text: str) -> Path:
    TARGET.mkdir(parents=True, exist_ok=True)
    (TARGET / name).write_text(text + "\n", encoding="utf-8")
    return TARGET / name
