"""Mutation run over every rule and the validated values: `python -m tests.bench.mutation`.

mutmut changes one thing at a time in a copy of the tree and runs tests/unit against it. A mutant
counts as caught only when a test failed: timed out, untested, skipped or crashed ones survive.
Prints the score and the survivors by file; exits 1 under the threshold or with too few mutants.
"""

import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
WORK = ROOT / ".run" / "mutation"
COPIED = ("contracts", "kit", "services", "tests", "docs")
TOUCH_NO_RULE = {"kit", "test_quiet.py", "__pycache__"}
THRESHOLD, FEWEST = 0.85, 300
IGNORED = shutil.ignore_patterns("__pycache__", "migrations")


def prepare() -> None:
    """A fresh copy of the tree: others may edit the checkout while the run goes on."""
    shutil.rmtree(WORK, ignore_errors=True)
    for name in COPIED:
        shutil.copytree(ROOT / name, WORK / name, ignore=IGNORED)
    configuration = (ROOT / "pyproject.toml").read_text() + mutmut_table()
    (WORK / "pyproject.toml").write_text(configuration)


def mutmut_table() -> str:
    """What to mutate and which tests to run; those of the plumbing and the story touch no rule."""
    tests = sorted(
        str(path.relative_to(ROOT))
        for path in (ROOT / "tests" / "unit").iterdir()
        if (path.is_dir() or path.suffix == ".py") and path.name not in TOUCH_NO_RULE
    )
    return "\n".join(
        [
            "",
            "[tool.mutmut]",
            'source_paths = ["contracts", "services"]',
            'only_mutate = ["contracts/values.py", "services/*/rules/*.py"]',
            'also_copy = ["kit", "docs"]',
            f"pytest_add_cli_args_test_selection = {json.dumps(tests)}",
            'pytest_add_cli_args = ["-p", "no:cacheprovider", "-x"]',
            "use_git_change_detection = false",
            "timeout_constant = 30.0",
            "",
        ]
    )


def mutmut(*arguments: str) -> subprocess.CompletedProcess[str]:
    """One command of mutmut in the copy."""
    command = [str(Path(sys.executable).with_name("mutmut")), *arguments]
    return subprocess.run(  # noqa: S603 our own interpreter's tool, fixed arguments
        command, cwd=WORK, text=True, capture_output=True, check=False
    )


def survivors() -> Counter[str]:
    """Mutants that no test caught, by file."""
    lines = mutmut("results").stdout.splitlines()
    names = (line.strip().rpartition(": ")[0] for line in lines if ": " in line)
    return Counter(name.rpartition(".x")[0] for name in names)


def main() -> int:
    """Runs, prints, and says by its exit code whether the score was met."""
    prepare()
    ran = mutmut("run", *sys.argv[1:])
    mutmut("export-cicd-stats")
    report = WORK / "mutants" / "mutmut-cicd-stats.json"
    if ran.returncode or not report.is_file():
        print(ran.stdout[-4000:], ran.stderr[-4000:])  # noqa: T201 a command's output
        return 1
    stats: dict[str, int] = json.loads(report.read_text())
    score = stats["killed"] / stats["total"] if stats["total"] else 0.0
    for module, count in survivors().most_common():
        print(f"  {count:4} survived in {module}")  # noqa: T201
    told = ", ".join(f"{name} {count}" for name, count in stats.items() if count)
    print(f"mutants: {told}")  # noqa: T201
    met = score >= THRESHOLD and stats["total"] >= FEWEST
    print(f"mutation score {score:.1%} (needed {THRESHOLD:.0%}): {'met' if met else 'missed'}")  # noqa: T201
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
