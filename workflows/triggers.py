"""How a process says which facts start it and which ones reach it while it runs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from contracts.base import Event, Message
from workflows.timers import ClockMove

PROCESS_LOGIN = "workflows"
"""The login with which every process asks the services."""


def _always(_fact: Event) -> bool:
    return True


@dataclass(frozen=True)
class Start:
    """A fact that starts a process; started before is done."""

    workflow: Callable[..., Any]
    task_queue: str
    process_id: Callable[[Any], str]
    payload: Callable[[Any, ClockMove], Message]
    again: bool = False
    """A process that may start again under the same id once it ended (a cohort's clock)."""


@dataclass(frozen=True)
class Signal:
    """A fact that reaches a running process; to an ended one it means nothing."""

    signal: Callable[..., Any]
    process_id: Callable[[Any], str]
    payload: Callable[[Any, str | None], Message]
    wanted: Callable[[Event], bool] = _always


Starts = dict[type[Event], Start]
Signals = dict[type[Event], Signal]
