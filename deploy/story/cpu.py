"""CPU that the story cost over the programs of the stack: what wall time cannot tell."""

import os
from contextlib import suppress

import psutil

from deploy.story.stack import Stack


def spent(stack: Stack) -> dict[str, float]:
    """CPU seconds of each program since it began, its children included."""
    pids = {"história": os.getpid(), **stack.ready}
    found: dict[str, float] = {}
    for name, pid in pids.items():
        with suppress(psutil.Error):
            process = psutil.Process(pid)
            found[name] = _of(process) + sum(map(_of, process.children(recursive=True)))
    return found


def _of(process: psutil.Process) -> float:
    with suppress(psutil.Error):
        times = process.cpu_times()
        return float(times.user + times.system + times.children_user + times.children_system)
    return 0.0


def told(before: dict[str, float], after: dict[str, float]) -> str:
    """The sum and who took most of it; a program started again counts from its new start."""
    cost = {name: after[name] - min(before.get(name, 0.0), after[name]) for name in after}
    most = sorted(cost.items(), key=lambda one: one[1], reverse=True)
    shares = ", ".join(f"{name} {seconds:.0f}" for name, seconds in most[:9])
    return f"{sum(cost.values()):.0f} s de CPU: {shares}"
