"""R1: kill -9 of process after process while declarations flow and people decide.

KILLS= how many, SEED= which; a run that was cut goes on where it was. Each story is one of
`deploy.story`: every check of it holds, and every accepted write is found once with every party.
"""

import asyncio
import os
import time
from collections.abc import Iterable
from pathlib import Path

from deploy.local.invariants import look
from deploy.local.running import world_of
from deploy.story import telling
from deploy.story.kills import UNTOUCHED
from deploy.story.report import Report
from deploy.story.stack import Stack, open_stack
from tests.chaos import runs
from tests.chaos.plan import plan

IN_ONE_STORY = {"small": 11, "": 22}
"""Victims that a story of this size has work enough for."""


def main() -> int:
    """0 when nothing was lost or doubled and every kind of process fell."""
    kills = int(os.environ.get("KILLS", "10"))
    seed = int(os.environ.get("SEED", "0")) or int(time.time())
    stack = open_stack()
    file = stack.run / "chaos" / f"kills-{seed}.jsonl"
    report = Report()
    report.say(f"KILLS={kills} SEED={seed} · {file}")
    lines = asyncio.run(_run(stack, file, kills, seed))
    report.title("Ao todo")
    for line in runs.summary(lines, kills):
        report.line(line)
    faults = runs.faults(lines, kills, _ours(stack.pids))
    report.check("nada se perdeu, nada se dobrou, todos caíram", faults)
    report.check("vale tudo o que tem de valer", look(world_of(stack.run), report.line))
    return int(bool(report.failed))


async def _run(stack: Stack, file: Path, kills: int, seed: int) -> list[runs.Line]:
    lines = runs.read(file)
    most = IN_ONE_STORY[os.environ.get("STORY", "")]
    while (done := len(runs.killed(lines))) < kills:

        def victims(names: Iterable[str], done: int = done) -> list[str]:
            return plan(_ours(names), kills, seed)[done : done + most]

        told = await telling.tell(stack, seed + len(lines), victims)
        lines.append(runs.append(file, told))
        if not told.fallen:
            break
    return lines


def _ours(names: Iterable[str]) -> list[str]:
    return [name for name in names if name not in UNTOUCHED]


if __name__ == "__main__":
    raise SystemExit(main())
