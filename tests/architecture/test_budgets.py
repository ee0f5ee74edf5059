"""Sizes and complexity stay small: a file is read in one go, a function at a glance."""

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

import pytest

ROOT = Path(__file__).parents[2]
PRODUCT = ("contracts", "kit", "services", "workflows", "deploy")
FILE_MEDIAN, FILE_P90, FILE_MAX, TEST_FILE_MAX = 80, 200, 400, 500
FUNCTION_MEDIAN, FUNCTION_P90, FUNCTION_MAX = 10, 25, 50
COMPLEXITY, ARGUMENTS = 8, 6
SILENCED = re.compile(r"# ?noqa:[^\n]*\b(C901|PLR09\d\d)\b")


@dataclass(frozen=True)
class Sized:
    where: str
    lines: int


def python_files(root: Path, folders: tuple[str, ...]) -> list[Path]:
    """Code people write: revisions under migrations/ are generated and never edited by hand."""
    found = [file for folder in folders for file in (root / folder).rglob("*.py")]
    return sorted(file for file in found if "migrations" not in file.parts)


def file_sizes(root: Path, folders: tuple[str, ...]) -> list[Sized]:
    """Lines of each file; an empty __init__ is no file to read and would flatter the median."""
    sized = [
        Sized(str(file.relative_to(root)), len(file.read_text(encoding="utf-8").splitlines()))
        for file in python_files(root, folders)
    ]
    return [file for file in sized if file.lines]


def function_sizes(root: Path, folders: tuple[str, ...]) -> list[Sized]:
    return [
        Sized(f"{file.relative_to(root)}:{node.lineno} {node.name}", lines)
        for file in python_files(root, folders)
        for node, lines in _functions(ast.parse(file.read_text(encoding="utf-8")))
    ]


def _functions(
    tree: ast.Module,
) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node, (node.end_lineno or node.lineno) - node.lineno + 1


def over(sized: list[Sized], kind: str, limits: tuple[int, int, int]) -> list[str]:
    """One sentence per budget that is exceeded: median, ninth decile, each one too long."""
    if not sized:
        return []
    typical, wide, most = limits
    lines = [item.lines for item in sized]
    middle = median(lines)
    p90 = quantiles(lines, n=10, method="inclusive")[-1] if len(lines) > 1 else lines[0]
    told = [f"{item.where}: {item.lines} lines > {most}" for item in sized if item.lines > most]
    told += [f"{kind} median {middle} > {typical}"] if middle > typical else []
    told += [f"{kind} p90 {p90} > {wide}"] if p90 > wide else []
    return told


def file_faults(root: Path) -> list[str]:
    limits = (FILE_MEDIAN, FILE_P90, FILE_MAX)
    long_tests = [f for f in file_sizes(root, ("tests",)) if f.lines > TEST_FILE_MAX]
    return over(file_sizes(root, PRODUCT), "files", limits) + [
        f"{item.where}: {item.lines} lines > {TEST_FILE_MAX}" for item in long_tests
    ]


def function_faults(root: Path) -> list[str]:
    limits = (FUNCTION_MEDIAN, FUNCTION_P90, FUNCTION_MAX)
    return over(function_sizes(root, PRODUCT), "functions", limits)


def silenced(root: Path) -> list[str]:
    """Places that switch the complexity rules off."""
    return [
        f"{file.relative_to(root)}: {found.group(0)}"
        for file in python_files(root, (*PRODUCT, "tests"))
        for found in SILENCED.finditer(file.read_text(encoding="utf-8"))
    ]


def ruff(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", *arguments]
    return subprocess.run(  # noqa: S603 - ruff of this environment on our own files
        command, cwd=cwd, capture_output=True, text=True, check=False
    )


def test_files_stay_within_their_budgets() -> None:
    assert file_faults(ROOT) == []


def test_functions_stay_within_their_budgets() -> None:
    assert function_faults(ROOT) == []


def test_complexity_and_arguments_stay_within_their_budgets() -> None:
    rules = "--select=C901,PLR0911,PLR0912,PLR0913,PLR0915"
    done = ruff(rules, "--ignore-noqa", *PRODUCT, cwd=ROOT)
    assert done.returncode == 0, done.stdout


def test_nobody_switches_a_budget_off() -> None:
    assert silenced(ROOT) == []


def _write(root: Path, name: str, text: str) -> None:
    file = root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


LONG_FUNCTION = "def f() -> None:\n" + "    pass\n" * FUNCTION_MAX
HALF_LONG = "def f() -> None:\n" + "    pass\n" * FUNCTION_P90
PLANTED: list[tuple[str, str, Callable[[Path], list[str]], str]] = [
    ("kit/a.py", "x = 1\n" * (FILE_MAX + 1), file_faults, "kit/a.py: 401 lines > 400"),
    ("kit/a.py", "x = 1\n" * (FILE_MEDIAN + 1), file_faults, "files median 81 > 80"),
    ("kit/a.py", "x = 1\n" * (FILE_P90 + 1), file_faults, "files p90 201 > 200"),
    ("tests/t.py", "x = 1\n" * (TEST_FILE_MAX + 1), file_faults, "tests/t.py: 501 lines > 500"),
    ("kit/a.py", LONG_FUNCTION, function_faults, "kit/a.py:1 f: 51 lines > 50"),
    ("kit/a.py", HALF_LONG, function_faults, "functions p90 26 > 25"),
    ("kit/a.py", HALF_LONG, function_faults, "functions median 26 > 10"),
    ("kit/a.py", "x = 1  # no" + "qa: C901\n", silenced, "kit/a.py: # no" + "qa: C901"),
]


@pytest.mark.parametrize(("file", "text", "gate", "told"), PLANTED)
def test_planted_faults_a_budget_exceeded_is_told(
    tmp_path: Path, file: str, text: str, gate: Callable[[Path], list[str]], told: str
) -> None:
    _write(tmp_path, file, text)
    assert told in gate(tmp_path)


def test_planted_fault_too_many_branches_or_arguments_turn_ruff_red(tmp_path: Path) -> None:
    arguments = ", ".join(f"a{number}: int" for number in range(ARGUMENTS + 1))
    branches = "".join(f"    if x == {n}:\n        print(x)\n" for n in range(COMPLEXITY))
    text = f"def wide({arguments}) -> None: ...\n\n\ndef deep(x: int) -> None:\n{branches}"
    _write(tmp_path, "kit/a.py", text)
    _write(tmp_path, "pyproject.toml", (ROOT / "pyproject.toml").read_text("utf-8"))
    done = ruff("--output-format=concise", "kit", cwd=tmp_path)
    assert "C901" in done.stdout
    assert "PLR0913" in done.stdout
