"""One program to keep running: what to run, how to know that it is ready, how to stop it."""

import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

type Probe = Callable[[int], Awaitable[bool]]
"""Tells from outside whether the process of this pid serves."""


@dataclass(frozen=True)
class Launch:
    name: str
    command: tuple[str, ...]
    env: Mapping[str, str]
    probe: Probe
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 20
    ready_seconds: float = 240
    port: int | None = None
    """Where to listen, for a server that takes its socket already open from us."""
    nice: int = 0
    """Above 0 it lets the others go first on a busy machine."""
    forgets: bool = False
    """Loses its data with the process: what others know must be given to it again."""


@dataclass(frozen=True)
class Job:
    """A command that ends, run before what needs its effect."""

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)


class JobFailed(Exception):
    """A job ended with an error; its log tells why."""

    def __init__(self, name: str, log: Path) -> None:
        super().__init__(f"A etapa {name} falhou; veja {log}.")
