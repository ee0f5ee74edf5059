"""One task opened: what the worklist says, whom it is about, and the case once it is one's own."""

import asyncio
from dataclasses import dataclass

from contracts.health_declaration.desk import Case
from contracts.worklist.api import TaskView
from services.console.queries.inbox import Line, line
from services.console.queries.looking import Lane, Look, lane, names
from services.console.rules.decisions import Decision, offered

OPENED = frozenset({"analysis", "audit", "negotiation", "respondent"})
"""Forms of tasks that open a declaration."""


@dataclass(frozen=True)
class Panel:
    """What stands on the right."""

    line: Line
    mine: bool
    case: Lane[Case] | None
    """None while it was not asked for: reading a case is noted, and skimming is no reading."""
    decisions: tuple[Decision, ...] = ()

    @property
    def task(self) -> TaskView:
        """The task itself."""
        return self.line.task


async def task(look: Look, task_id: str) -> TaskView:
    """The task as it stands now."""
    return await look.worklist.get(f"/tasks/{task_id}", TaskView)


async def panel(look: Look, opened: TaskView, *, read: bool) -> Panel:
    """The task opened; its case too where it is the reader's, or where they asked to read it."""
    mine = opened.owner == look.caller.sub and opened.settled_at is None
    wanted = (mine or read) and opened.form in OPENED
    called, case = await asyncio.gather(
        names(look, [opened.person_id]), _case(look, opened, wanted)
    )
    fitting = offered(case.shown, look.caller.may) if mine and case and case.shown else ()
    return Panel(line(look, opened, called), mine, case, fitting)


async def _case(look: Look, opened: TaskView, wanted: bool) -> Lane[Case] | None:
    if not wanted:
        return None
    return await lane(look.health_declaration.get(f"/declarations/{opened.subject_id}", Case))
