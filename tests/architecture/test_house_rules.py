"""Small rules that no linter knows, each with the fault that turns it red."""

import ast
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
JUDGES = ("tests/story", "tests/shows", "tests/live", "tests/api", "deploy/story")
"""Where the product is judged from outside. What they import of tests/, such as
tests/support/live.py and leaks.py, drives for them and is judged with them."""
HELPERS = {"tests"}
PRODUCT = {"kit", "services", "workflows"}
CONTRACTS_MAY = {*sys.stdlib_module_names, "contracts", "pydantic", "pydantic_core"}
ENDING = {"commit", "rollback"}
PRODUCING = {"AIOKafkaProducer", "producer"}

Gate = Callable[[Path], list[str]]


def _trees(root: Path, pattern: str) -> Iterator[tuple[str, ast.Module]]:
    for file in sorted(root.glob(pattern)):
        yield str(file.relative_to(root)), ast.parse(file.read_text(encoding="utf-8"))


def _imported(tree: ast.Module) -> Iterator[str]:
    """Full names of what a module imports, absolute imports only."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def endings_in_use_cases(root: Path) -> list[str]:
    """Use cases that end the transaction, which only the edge may."""
    patterns = ("services/*/usecases.py", "services/*/usecases/**/*.py")
    return [
        f"{where}:{node.lineno} calls {node.func.attr}()"
        for pattern in patterns
        for where, tree in _trees(root, pattern)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ENDING
    ]


def runnable_in_services(root: Path) -> list[str]:
    """Files directly in services/: run by path, they would put their neighbours on the path."""
    found = sorted(file.name for file in (root / "services").glob("*.py"))
    return [f"services/{name} could be run by path" for name in found if name != "__init__.py"]


def strange_imports_of_contracts(root: Path) -> list[str]:
    """Modules of contracts/ that need more than pydantic and the standard library."""
    return [
        f"{where} imports {name}"
        for where, tree in _trees(root, "contracts/**/*.py")
        for name in _imported(tree)
        if name.split(".")[0] not in CONTRACTS_MAY
    ]


def judges_who_know_the_product(root: Path) -> list[str]:
    """Drivers, oracles and checks that import what they judge, or whoever drives for them."""
    waiting = [file for judge in JUDGES for file in sorted((root / judge).glob("**/*.py"))]
    seen: set[Path] = set()
    told: list[str] = []
    while waiting:
        file = waiting.pop(0)
        if file in seen:
            continue
        seen.add(file)
        for name in _imported(ast.parse(file.read_text(encoding="utf-8"))):
            if name.split(".")[0] in PRODUCT:
                told.append(f"{file.relative_to(root)} imports {name}")
            waiting += _file_of(root, name)
    return told


def _file_of(root: Path, name: str) -> list[Path]:
    """The helper's file that an import names: a module, or a name in one."""
    parts = name.split(".")
    if parts[0] not in HELPERS:
        return []
    whole, without = root.joinpath(*parts), root.joinpath(*parts[:-1])
    tried = (whole.with_suffix(".py"), without.with_suffix(".py"))
    return [file for file in tried if file.is_file()]


def producers_in_workflows(root: Path) -> list[str]:
    """Workflow modules that could send to Kafka."""
    return [
        f"{where} imports {name}"
        for where, tree in _trees(root, "workflows/**/*.py")
        for name in _imported(tree)
        if name.rsplit(".", 1)[-1] in PRODUCING
    ] + [
        f"{where}:{node.lineno} makes a producer"
        for where, tree in _trees(root, "workflows/**/*.py")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in PRODUCING
    ]


def environment_read_at_import(root: Path) -> list[str]:
    """Modules of the product that read the environment, or build settings, when imported."""
    return [
        f"{where}:{node.lineno} reads the environment when imported"
        for folder in sorted(PRODUCT)
        for where, tree in _trees(root, f"{folder}/**/*.py")
        for node in _outside_functions(tree)
        if _reads_environment(node)
    ]


def _outside_functions(node: ast.AST) -> Iterator[ast.expr]:
    """Expressions that run when the module is imported; a main guard does not."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.If) and "__main__" in ast.dump(child.test):
            continue
        if isinstance(child, ast.expr):
            yield child
        yield from _outside_functions(child)


def _reads_environment(node: ast.expr) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr in {"environ", "getenv"}
    called = node.func if isinstance(node, ast.Call) else None
    return isinstance(called, ast.Name) and called.id.endswith("Settings")


GATES: list[Gate] = [
    endings_in_use_cases,
    runnable_in_services,
    strange_imports_of_contracts,
    judges_who_know_the_product,
    producers_in_workflows,
    environment_read_at_import,
]


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: str(gate.__name__))
def test_the_house_keeps_its_small_rules(gate: Gate) -> None:
    assert gate(ROOT) == []


PLANTED: list[tuple[Gate, str, str, str]] = [
    (
        endings_in_use_cases,
        "services/registry/usecases/people.py",
        "async def register(tx):\n    await tx.session.commit()\n",
        "services/registry/usecases/people.py:2 calls commit()",
    ),
    (
        endings_in_use_cases,
        "services/registry/usecases.py",
        "def undo(tx):\n    tx.rollback()\n",
        "services/registry/usecases.py:2 calls rollback()",
    ),
    (
        runnable_in_services,
        "services/load.py",
        "import collections\n",
        "services/load.py could be run by path",
    ),
    (
        strange_imports_of_contracts,
        "contracts/registry/api.py",
        "from fastapi import Query\n",
        "contracts/registry/api.py imports fastapi.Query",
    ),
    (
        judges_who_know_the_product,
        "tests/story/oracle.py",
        "import services.health_declaration.rules.triage\n",
        "tests/story/oracle.py imports services.health_declaration.rules.triage",
    ),
    (
        judges_who_know_the_product,
        "tests/live/test_all.py",
        "from kit.db import Transaction\n",
        "tests/live/test_all.py imports kit.db.Transaction",
    ),
    (
        producers_in_workflows,
        "workflows/listener.py",
        "from kit.kafka import producer\n",
        "workflows/listener.py imports kit.kafka.producer",
    ),
    (
        producers_in_workflows,
        "workflows/listener.py",
        "from kit import kafka\nkafka.producer(None)\n",
        "workflows/listener.py:2 makes a producer",
    ),
    (
        environment_read_at_import,
        "kit/db.py",
        "import os\nURL = os.environ['VINCULO_DATABASE_URL']\n",
        "kit/db.py:2 reads the environment when imported",
    ),
    (
        environment_read_at_import,
        "services/contact/app.py",
        "settings = ContactSettings()\n",
        "services/contact/app.py:1 reads the environment when imported",
    ),
]


@pytest.mark.parametrize(("gate", "file", "text", "told"), PLANTED)
def test_planted_faults_a_broken_house_rule_is_told(
    tmp_path: Path, gate: Gate, file: str, text: str, told: str
) -> None:
    target = tmp_path / file
    target.parent.mkdir(parents=True)
    target.write_text(text, encoding="utf-8")
    assert told in gate(tmp_path)


def test_planted_fault_a_driver_that_knows_the_product_is_told(tmp_path: Path) -> None:
    written = {
        "tests/shows/test_all.py": "from tests.support import live\n",
        "tests/support/live.py": "from tests.support.leaks import search\n",
        "tests/support/leaks.py": "import workflows.timers\n",
        "tests/support/bench.py": "import kit.db\n",
    }
    for name, text in written.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    told = judges_who_know_the_product(tmp_path)
    assert told == ["tests/support/leaks.py imports workflows.timers"]
