"""`make check` turns red: each fault is planted in a copy of the whole tree, where the very step of
the check that must catch it runs.
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.local.check import STEPS
from deploy.local.paths import ROOT

COPIED = ("contracts", "kit", "services", "workflows", "deploy", "tests", "docs")
LEFT_OUT = shutil.ignore_patterns(".run")
IMPORTS, WALLS, PROMISES = "import-linter", "arquitetura e orçamentos", "promessas dos contratos"
FOLDER = "tests/architecture"


@dataclass(frozen=True)
class Fault:
    """What is planted where; the step that must tell it, in which of its files, with what words."""

    file: str
    plant: Callable[[str], str]
    step: str
    words: str
    only: str = ""


def after(text: str) -> Callable[[str], str]:
    """The file, and then this."""
    return lambda code: f"{code}\n\n{text}\n"


def instead(old: str, new: str) -> Callable[[str], str]:
    """The file with the first of these replaced."""

    def change(code: str) -> str:
        assert old in code, old
        return code.replace(old, new, 1)

    return change


FAULTS = {
    "a service imports another": Fault(
        "services/registry/usecases/people.py",
        after("import services.contact.models"),
        IMPORTS,
        "services.registry.usecases.people -> services.contact.models",
    ),
    "a route asks for no token": Fault(
        "services/registry/routes/privacy.py",
        after('@router.get("/open")\nasync def open_to_all() -> None: ...'),
        WALLS,
        "GET /open demands no permission and is not declared public",
        "test_routes.py",
    ),
    "a topic has no consumer": Fault(
        "contracts/topics.py",
        instead('consumers=("registry",)', "consumers=()"),
        WALLS,
        "contact.events has no consumer",
        "test_topics.py",
    ),
    "an event loses a field": Fault(
        "contracts/registry/events.py",
        instead("    absorbed_id: str\n", ""),
        PROMISES,
        "absorbed_id",
    ),
    "a workflow changes": Fault(
        "workflows/cpt_end/workflow.py",
        instead("self._ended += advanced.ended", "self._ended = advanced.ended"),
        WALLS,
        "workflows/cpt_end/workflow.py changed",
        "test_fingerprints.py",
    ),
    "a figure that an alert asks for is renamed": Fault(
        "kit/figures.py",
        instead('create_gauge("outbox.age"', 'create_gauge("outbox.since"'),
        WALLS,
        "OutboxOld asks for outbox_age_seconds",
        "test_watching.py",
    ),
    "a process is started in one place alone": Fault(
        "deploy/local/processes.py",
        instead('"services.contact.app:create"', '"services.contact.door:create"'),
        WALLS,
        "contact.app is not started",
        "test_compose.py",
    ),
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in COPIED:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=LEFT_OUT)
    for name in ("pyproject.toml", "docker-compose.yml"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def step(name: str, only: str = "") -> tuple[str, ...]:
    """The command of a step; of a whole folder of tests, the one file that matters here."""
    (command,) = [one.command for one in STEPS if one.name == name]
    if not only:
        return command
    *start, folder = command
    assert folder == FOLDER, "the step runs every file of the folder"
    assert (ROOT / folder / only).is_file()
    return (*start, f"{folder}/{only}")


def carried_out(tree: Path, command: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(  # noqa: S603 - a command of our own check
        command, cwd=tree, env=kept, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_the_check_turns_red_when(tree: Path, fault: Fault) -> None:
    file = tree / fault.file
    file.write_text(fault.plant(file.read_text(encoding="utf-8")), encoding="utf-8")
    done = carried_out(tree, step(fault.step, fault.only))
    told = " ".join((done.stdout + done.stderr).split())
    assert done.returncode != 0, told
    assert fault.words in told, told
