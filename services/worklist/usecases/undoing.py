"""The last act taken back, by whoever did it and while nothing happened after it.

It is an act of its own: told, audited, and bound by what binds any other.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from contracts.worklist import api
from kit.db import Transaction
from kit.errors import Conflict
from services.worklist.models import Task
from services.worklist.queries import undoing
from services.worklist.queries.tasks import view_of
from services.worklist.usecases import claims, clocks, colleagues


async def undo(tx: Transaction, task_id: str, seen: api.Versioned) -> api.TaskView:
    """The task as it was before; who has it and until when, never what became of the case."""
    me = await colleagues.myself(tx)
    task = await claims.load(tx, task_id)
    claims.expect_open(task)
    claims.expect_version(task, seen.version)
    act, former = undoing.left_to(tx, task), task.former
    if act is None or former is None:
        detail = "Só o seu último ato, e por pouco tempo."
        raise Conflict("Não há o que desfazer", "nothing-to-undo", detail)
    if act == "claim":
        await claims.let_go(tx, task)
    elif act == "snooze":
        await _wake(tx, task, former)
    else:
        await claims.expect_allowed(tx, me, task, given_back=True)
        await claims.give(tx, task, me.sub, former["owner_name"])
    task.former = None
    await tx.audit("task.undone", task.id, details={"act": act})
    return view_of(tx, task)


async def _wake(tx: Transaction, task: Task, former: Mapping[str, Any]) -> None:
    """Put away as before, which mostly is not at all; steps climbed before it stay climbed."""
    until = former["snoozed_until"]
    task.snoozed_until = datetime.fromisoformat(until) if until else None
    task.until_answered = bool(former["until_answered"]) and task.waiting_since is not None
    task.rungs = former.get("rungs", task.rungs)
    await clocks.rearm(tx, task)
    clocks.touch(tx, task)
