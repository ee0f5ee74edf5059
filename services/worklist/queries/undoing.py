"""Whether somebody's last act can still be taken back."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, cast

from contracts.worklist.api import Undoable
from kit.db import Transaction
from services.worklist.models import Task

FOR = timedelta(minutes=15)
"""Later than this somebody else has built upon it, or soon will."""


def left_to(tx: Transaction, task: Task) -> Undoable | None:
    """The caller's own act, while nothing happened after it."""
    former = task.former
    if former is None or tx.caller is None or task.settled_at is not None:
        return None
    last = former["by"] == tx.caller.sub and former["version"] == task.version
    late = tx.now - task.changed_at > FOR
    return cast(Undoable, former["act"]) if last and not late and _own(former) else None


def _own(former: Mapping[str, Any]) -> bool:
    """Nobody else had it before: what was another's goes back by what that one does."""
    had = {"claim": None, "hand_over": former["by"]}
    return former["act"] not in had or former["owner"] == had[former["act"]]
