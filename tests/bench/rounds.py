"""What benches share: rounds in turn, the CPU they cost, the verdict, the table and the file.

A bench measures its ways one after the other in every round, so that whatever else this machine
does falls on all of them, and sums the CPU of every process that had a part in it. A bound is
missed only when the whole interval of the rounds lies beyond it.
"""

import json
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from deploy.local.paths import ROOT

ROUNDS = 5
FOLDER = ROOT / ".run" / "bench"
HELD, EDGE, MISSED = "held", "held, its interval touches the bound", "missed"

Way = Callable[[], Awaitable[int]]
"""Does some of the work and tells how many units of it."""


def cpu_seconds(pids: Iterable[int]) -> float:
    """CPU used so far by these processes and all their children, those that ended too."""
    return sum(_used(one) for pid in pids for one in family(pid))


def family(pid: int) -> list[psutil.Process]:
    """A process and its living children; nobody when it has ended."""
    with suppress(psutil.NoSuchProcess):
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    return []


def _used(process: psutil.Process) -> float:
    with suppress(psutil.NoSuchProcess):
        times = process.cpu_times()
        return float(times.user + times.system + times.children_user + times.children_system)
    return 0.0


async def nothing(_name: str) -> None:
    """Before ways that need no preparation."""


async def in_turn(
    ways: Mapping[str, Way],
    pids: Mapping[str, Sequence[int]],
    ready: Callable[[str], Awaitable[object]] = nothing,
    rounds: int = ROUNDS,
    walls: dict[str, list[float]] | None = None,
) -> dict[str, list[float]]:
    """CPU milliseconds per unit of each way, round by round, after one round to warm up.

    Every other round goes the other way about: what is first is not always the first. What `ready`
    does before each way is not measured. `walls` is filled with milliseconds by the clock, which
    are noise on a machine that others share: told, never judged.
    """
    found: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name in reversed(ways) if number % 2 else ways:
            await ready(name)
            before, began = cpu_seconds(pids[name]), time.monotonic()
            done = await ways[name]()
            took = time.monotonic() - began
            spent = 1000 * (cpu_seconds(pids[name]) - before) / done
            if number:
                found[name].append(spent)
            if number and walls is not None:
                walls.setdefault(name, []).append(1000 * took / done)
    return found


def over(costs: Sequence[float], others: Sequence[float]) -> list[float]:
    """One by the other, round by round."""
    return [one / other for one, other in zip(costs, others, strict=True)]


@dataclass(frozen=True)
class Figure:
    """One measure of a goal with its rounds; without a bound it is told and not judged."""

    what: str
    rounds: Sequence[float]
    most: float | None = None
    least: float | None = None
    unit: str = "×"

    @property
    def verdict(self) -> str:
        """Missed only when every round lies beyond the bound."""
        low, high = min(self.rounds), max(self.rounds)
        beyond = [high > self.most] if self.most is not None else []
        wholly = [low > self.most] if self.most is not None else []
        if self.least is not None:
            beyond.append(low < self.least)
            wholly.append(high < self.least)
        if any(wholly):
            return MISSED
        return EDGE if any(beyond) else HELD if beyond else ""

    @property
    def goal(self) -> str:
        """The bound in words."""
        bounds = (("≤", self.most), ("≥", self.least))
        told = [(sign, bound) for sign, bound in bounds if bound is not None]
        return " ".join(f"{sign} {bound:,.4g} {self.unit}" for sign, bound in told)

    @property
    def told(self) -> str:
        """Median and interval."""
        low, middle, high = map(_told, (min(self.rounds), self.median, max(self.rounds)))
        return f"{middle} [{low}, {high}] {self.unit}"

    @property
    def median(self) -> float:
        """The round in the middle."""
        return statistics.median(self.rounds)


def _told(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def conclude(goal: str, conditions: str, figures: Sequence[Figure], raw: Any = None) -> int:
    """Prints the table, keeps it with its raw rounds in `.run/bench`; 1 when a bound is missed."""
    kept = {
        "goal": goal,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "conditions": conditions,
        "figures": [_kept(figure) for figure in figures],
        "raw": raw,
    }
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{goal}.json").write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
    say(f"{goal}: {conditions}")
    say(table([(goal, *row(one)) for one in kept["figures"]]))
    return 1 if any(one.verdict == MISSED for one in figures) else 0


def _kept(figure: Figure) -> dict[str, Any]:
    return {
        "what": figure.what,
        "unit": figure.unit,
        "median": figure.median,
        "min": min(figure.rounds),
        "max": max(figure.rounds),
        "told": figure.told,
        "goal": figure.goal,
        "verdict": figure.verdict,
        "rounds": list(figure.rounds),
    }


def row(kept: Mapping[str, Any]) -> tuple[str, ...]:
    """Of a figure as it was kept: what it is, median and interval, goal, verdict."""
    return tuple(str(kept[name]) for name in ("what", "told", "goal", "verdict"))


def table(rows: Iterable[Sequence[str]]) -> str:
    """Lines of equal columns under their heading."""
    lines = [("goal", "figure", "median [min, max]", "bound", "verdict"), *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    padded = (
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        for line in lines
    )
    return "\n".join(line.rstrip() for line in padded)


def read(goal: str) -> dict[str, Any] | None:
    """What the last run of a bench kept, if any did."""
    path: Path = FOLDER / f"{goal}.json"
    return json.loads(path.read_text()) if path.exists() else None


def say(line: str) -> None:
    """To whoever ran the bench."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
