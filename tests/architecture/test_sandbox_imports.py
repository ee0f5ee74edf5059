"""What Temporal's sandbox loads again for every workflow: a heavy module there costs 24 times."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from temporalio import workflow
from temporalio.worker import WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from kit.temporal import workflow_runner

ROOT = Path(__file__).parents[2]
ALLOWED_OURS = ("workflows",)
ALLOWED_THIRD_PARTY = ("temporalio", "typing_extensions", "google", "opentelemetry")
"""Loaded by Temporal itself inside its sandbox."""


def workflow_classes() -> list[type[Any]]:
    found = []
    for file in sorted((ROOT / "workflows").glob("*/workflow.py")):
        module = importlib.import_module(f"workflows.{file.parent.name}.workflow")
        found += list(_defined_in(module))
    return found


def _defined_in(module: ModuleType) -> Iterator[type[Any]]:
    for value in vars(module).values():
        ours = isinstance(value, type) and value.__module__ == module.__name__
        if ours and hasattr(value, "__temporal_workflow_definition"):
            yield value


def loaded_again(runner: SandboxedWorkflowRunner, cls: type[Any]) -> set[str]:
    """Modules that the sandbox imports anew for one workflow of that class."""
    held: list[Any] = []
    create = SandboxedWorkflowRunner.create_instance

    def creating(self: SandboxedWorkflowRunner, details: Any) -> Any:
        held.append(create(self, details))
        return held[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SandboxedWorkflowRunner, "create_instance", creating)
        runner.prepare_workflow(workflow._Definition.must_from_class(cls))
    modules: dict[str, ModuleType] = held[0].importer.new_modules
    return {
        name
        for name, module in modules.items()
        if module is not sys.modules.get(name) and name != "__main__"
    }


def heavy(names: set[str]) -> list[str]:
    """Modules of third parties, or of ours outside workflows, that should pass through."""
    allowed = {*sys.stdlib_module_names, *ALLOWED_OURS, *ALLOWED_THIRD_PARTY}
    return sorted(name for name in names if name.split(".")[0] not in allowed)


def _runner() -> SandboxedWorkflowRunner:
    runner: WorkflowRunner = workflow_runner()
    assert isinstance(runner, SandboxedWorkflowRunner), "the sandbox stays on"
    return runner


def test_there_is_a_workflow_per_process() -> None:
    folders = {file.parent.name for file in (ROOT / "workflows").glob("*/workflow.py")}
    assert folders
    assert {cls.__module__.split(".")[1] for cls in workflow_classes()} == folders


@pytest.mark.parametrize("cls", workflow_classes(), ids=lambda cls: str(cls.__name__))
async def test_the_sandbox_loads_nothing_heavy_again(cls: type[Any]) -> None:
    names = loaded_again(_runner(), cls)
    assert cls.__module__ in names, "the workflow itself is watched by the sandbox"
    assert heavy(names) == []


PLANTED = """
import jinja2
from temporalio import workflow

@workflow.defn
class Heavy:
    @workflow.run
    async def run(self) -> None: ...
"""


async def test_planted_fault_a_heavy_import_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "planted_heavy.py").write_text(PLANTED, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    planted = importlib.import_module("planted_heavy")
    names = loaded_again(_runner(), planted.Heavy)
    assert "jinja2" in heavy(names)
    assert "planted_heavy" in names
