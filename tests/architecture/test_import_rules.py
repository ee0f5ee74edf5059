"""The import rules of pyproject.toml hold on a clean tree and catch each planted violation."""

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PYPROJECT = ROOT / "pyproject.toml"
DOORS, CORE = ("app", "worker", "routes", "consumers"), ("usecases", "queries", "gateways")
SERVICE_FILES = (*DOORS, *CORE, "models", "rules", "settings")
SERVICES = ("registry", "contact")
PLANTED = {
    "services/registry/routes.py": "import services.contact.models",
    "kit/errors.py": "import services.registry.rules",
    "services/contact/consumers.py": "import workflows.timers",
    "workflows/timers.py": "import services.registry.settings",
    "workflows/cpt_end/workflow.py": "import workflows.health_declaration.messages",
    "services/registry/usecases.py": "import services.registry.routes",
    "services/registry/rules.py": "import httpx",
    "contracts/base.py": "import fastapi",
    "services/contact/gateways.py": "import temporalio",
    "services/contact/usecases.py": "import kit.http",
    "workflows/health_declaration/activities.py": "import kit.db",
    "workflows/health_declaration/triggers.py": "import aiokafka",
    "workflows/health_declaration/workflow.py": "import httpx",
    "kit/crypto.py": "import kit.keyring",
    "kit/keyring.py": "import kit.crypto",
    "services/contact/helpers.py": "",
    "deploy/story/__init__.py": "import services.registry.rules",
}
CYCLE = {"kit.crypto -> kit.keyring", "kit.keyring -> kit.crypto"}
BROKEN_BY_THEM = range(1, 12)


def rules() -> dict[str, Any]:
    read = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))
    section: dict[str, Any] = read["tool"]["importlinter"]
    return section


def processes(workflows: Path) -> set[str]:
    return {f"workflows.{file.parent.name}" for file in workflows.glob("*/workflow.py")}


def unlisted(workflows: Path, section: dict[str, Any]) -> set[str]:
    """Processes of the tree that the third contract does not name, and names without process."""
    third = next(c for c in section["contracts"] if c["name"].startswith("3."))
    return processes(workflows) ^ set(third["modules"])


def _module(root: Path, dotted: str, text: str = "") -> None:
    """A module or package; its parents become packages."""
    *parents, name = dotted.split(".")
    folder = root
    for parent in parents:
        folder /= parent
        folder.mkdir(exist_ok=True)
        (folder / "__init__.py").touch()
    (folder / f"{name}.py").write_text(text, encoding="utf-8")


def _named(section: dict[str, Any]) -> set[str]:
    """Our modules that the rules mention by name: they must exist for the linter to run."""
    keys = ("modules", "source_modules", "forbidden_modules")
    names = {name for c in section["contracts"] for key in keys for name in c.get(key, ())}
    ours = tuple(f"{package}." for package in section["root_packages"])
    return {name for name in names if name.startswith(ours) and "*" not in name}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small clean house: every room, every process, every module the rules name."""
    always = {"contracts.base", "kit.errors", "kit.crypto", "deploy.local"}
    for name in sorted(_named(rules()) | always):
        _module(tmp_path, name if name.count(".") > 1 else f"{name}.__init__")
    for service in SERVICES:
        for file in SERVICE_FILES:
            _module(tmp_path, f"services.{service}.{file}", "import contracts.base\n")
    for process in ("health_declaration", "cpt_end"):
        for file in ("workflow", "messages", "activities", "triggers"):
            _module(tmp_path, f"workflows.{process}.{file}", "import contracts.base\n")
    (tmp_path / "pyproject.toml").write_text(PYPROJECT.read_text("utf-8"), encoding="utf-8")
    return tmp_path


def lint(root: Path) -> subprocess.CompletedProcess[str]:
    command = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(  # noqa: S603 - the linter of this environment on a tree we wrote
        [str(command), "--no-cache"], cwd=root, capture_output=True, text=True, check=False
    )


def test_a_clean_house_keeps_every_rule(tree: Path) -> None:
    done = lint(tree)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def _plant(root: Path, file: str, line: str) -> str:
    """The dotted name of the module that now holds the line."""
    dotted = file.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    package = root / dotted.replace(".", "/") / "__init__.py"
    if package.exists():
        package.write_text(f"{line}\n", encoding="utf-8")
    else:
        _module(root, dotted, f"{line}\n")
    return dotted


def test_planted_faults_each_rule_tells_its_violations(tree: Path) -> None:
    planted = {_plant(tree, file, line): line for file, line in PLANTED.items()}
    done = lint(tree)
    assert done.returncode == 1, done.stdout + done.stderr
    broken = {line.split(".")[0] for line in done.stdout.splitlines() if line.endswith("BROKEN")}
    assert broken == {str(number) for number in BROKEN_BY_THEM}, done.stdout
    told = " ".join(done.stdout.split())
    assert "- .keyring -> .crypto" in told, "the cycle in kit"
    assert "services.contact.helpers" in told, "a room no service has"
    arrows = {f"{module} -> {line[7:]}" for module, line in planted.items() if line}
    assert {arrow for arrow in arrows if arrow not in told} <= CYCLE


def test_the_list_of_processes_is_complete() -> None:
    assert unlisted(ROOT / "workflows", rules()) == set()


def test_planted_fault_a_process_missing_from_the_list_is_told(tree: Path) -> None:
    _module(tree, "workflows.dunning.workflow")
    assert unlisted(tree / "workflows", rules()) == {"workflows.dunning"}
