"""`python -m tests.bench GOAL`: the bench that shows whether a goal is met; `all` for the ring's.

Each of `all` runs in a process of its own and leaves `.run/bench/GOAL.json`; what leaves none has
missed its goal.
"""

import asyncio
import sys
from importlib import import_module

from tests.bench.rounds import FOLDER, MISSED, read, row, say, table

GOALS = {
    "P5": "tests.bench.bus",
    "P6": "tests.bench.api",
    "P7": "tests.bench.row_security",
    "P8": "tests.bench.audit_chain",
    "P9": "tests.bench.workers",
    "P10": "tests.bench.histories",
    "P12": "tests.bench.pages",
    "P13": "tests.bench.decisions",
    "P2-inbox": "tests.bench.inbox",
    "clock": "tests.bench.task_clock",
    "enrolments": "tests.bench.enrolments",
}
RING = ("P5", "P6", "P7", "P8", "P9", "P10", "P13")
"""The goals of the ring, which `all` measures."""


def main() -> int:
    """Runs it with what else the command line says."""
    goal = sys.argv[1] if len(sys.argv) > 1 else ""
    if goal == "all":
        return every(RING)
    if goal not in GOALS:
        say(f"GOAL: {', '.join(GOALS)}, all")
        return 2
    sys.argv[:] = [GOALS[goal], *sys.argv[2:]]
    return int(import_module(GOALS[goal]).main())


def every(goals: tuple[str, ...]) -> int:
    """One after the other, then one table of all; 1 when one bound is missed."""
    ended = [_run(goal) for goal in goals]
    say(table(line for goal in goals for line in lines(goal)))
    return 1 if any(ended) else 0


def _run(goal: str) -> int:
    (FOLDER / f"{goal}.json").unlink(missing_ok=True)
    return asyncio.run(_ended(goal))


async def _ended(goal: str) -> int:
    bench = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.bench", goal)
    return await bench.wait()


def lines(goal: str) -> list[tuple[str, ...]]:
    """Of the table of all: each figure of a goal, or that it was never measured."""
    kept = read(goal)
    if kept is None:
        return [(goal, "not measured", "", "", MISSED)]
    return [(goal, *row(figure)) for figure in kept["figures"]]


if __name__ == "__main__":
    sys.exit(main())
