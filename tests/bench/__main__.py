"""`python -m tests.bench GOAL`: the bench that shows whether a goal is met."""

import sys
from importlib import import_module

GOALS = {
    "P12": "tests.bench.pages",
    "P2-inbox": "tests.bench.inbox",
    "clock": "tests.bench.task_clock",
    "decisions": "tests.bench.decisions",
    "enrolments": "tests.bench.enrolments",
}


def main() -> None:
    """Runs it with what else the command line says."""
    goal = sys.argv[1] if len(sys.argv) > 1 else ""
    if goal not in GOALS:
        sys.exit(f"GOAL: {', '.join(GOALS)}")
    sys.argv[:] = [GOALS[goal], *sys.argv[2:]]
    sys.exit(import_module(GOALS[goal]).main())


if __name__ == "__main__":
    main()
