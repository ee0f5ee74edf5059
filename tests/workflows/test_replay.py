"""Histories of real processes still replay: running cases survive a deploy of this code."""

from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from kit.temporal import data_converter, workflow_runner
from tests.workflows.conftest import PAYLOAD_KEY
from workflows.worker import PROCESSES

KEPT = sorted((Path(__file__).parent / "histories").glob("*.json"))
ENOUGH = 3


def history(path: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(path.stem, path.read_text())


def replayer(*workflows: type) -> Replayer:
    return Replayer(
        workflows=list(workflows),
        data_converter=data_converter(PAYLOAD_KEY),
        workflow_runner=workflow_runner(),
    )


@pytest.mark.parametrize("name", sorted(PROCESSES))
def test_enough_histories_of_each_process_are_kept(name: str) -> None:
    assert len([path for path in KEPT if path.name.startswith(f"{name}.")]) >= ENOUGH


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
async def test_a_kept_history_replays(path: Path) -> None:
    await replayer(*(one.workflow for one in PROCESSES.values())).replay_workflow(history(path))


@workflow.defn(name="HealthDeclaration", sandboxed=False)
class Changed:
    """The same process with an unguarded change: it sleeps before it asks."""

    @workflow.run
    async def run(self, start: dict[str, object]) -> str:
        await workflow.sleep(1)
        return "changed"


async def test_a_changed_process_does_not_replay() -> None:
    path = next(path for path in KEPT if path.name.startswith("health_declaration."))
    with pytest.raises(workflow.NondeterminismError):
        await replayer(Changed).replay_workflow(history(path))
