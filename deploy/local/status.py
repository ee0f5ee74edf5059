"""What the supervisor tells about its programs, in a file that any command reads."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from deploy.local.paths import read_json, write_json


@dataclass
class Status:
    name: str
    pid: int | None = None
    since: str | None = None
    ready: bool = False
    restarts: int = 0
    held: bool = False


@dataclass
class State:
    """The whole stack as its supervisor last saw it."""

    supervisor: int
    started: float
    """The supervisor's creation time, so that a reused pid is not taken for it."""
    asked: dict[str, str]
    """What this stack was asked to be (broker, groups): another wish starts it anew."""
    doing: str = ""
    ready: bool = False
    failed: str | None = None
    processes: list[Status] | None = None

    def write(self, run: Path) -> None:
        write_json(run / "state.json", asdict(self))


def read(run: Path) -> dict[str, Any]:
    return read_json(run / "state.json")


def alive(state: dict[str, Any]) -> bool:
    """Whether the supervisor that wrote this still runs."""
    return bool(state) and same_process(int(state["supervisor"]), float(state["started"]))


def same_process(pid: int, started: float) -> bool:
    try:
        process = psutil.Process(pid)
        running = process.status() != psutil.STATUS_ZOMBIE
        return running and abs(process.create_time() - started) < 1
    except psutil.Error:
        return False


def processes(run: Path) -> list[Status]:
    return [Status(**row) for row in read(run).get("processes") or []]
