"""One task opened: what the worklist says, whom it is about, what it is of once it is one's own."""

import asyncio
from dataclasses import dataclass

from contracts.health_declaration.desk import Case
from contracts.health_declaration.own import AskedRequest
from contracts.worklist.api import TaskView
from contracts.worklist.team import Colleagues, ColleagueView
from kit.errors import Forbidden
from services.console.queries.inbox import Line, line
from services.console.queries.looking import Lane, Look, lane, names
from services.console.rules.decisions import Decision, answerable, offered

OPENED = frozenset({"analysis", "audit", "negotiation", "respondent"})
"""Forms of tasks that open a declaration."""
ASKED = "privacy"
"""The form of a task that opens what somebody asked of their own data; it is named as the task."""
MANAGE = "tasks.manage"


@dataclass(frozen=True)
class Panel:
    """What stands on the right."""

    line: Line
    mine: bool
    case: Lane[Case] | None
    """None while it was not asked for: reading a case is noted, and skimming is no reading."""
    asked: Lane[AskedRequest] | None = None
    """The same, where the task is to answer somebody who asked for something of their own data."""
    colleagues: tuple[ColleagueView, ...] = ()
    decisions: tuple[Decision, ...] = ()
    managed: bool = False
    """The reader runs the place: they may give anybody's task to others, and move its term."""

    @property
    def task(self) -> TaskView:
        """The task itself."""
        return self.line.task

    @property
    def at_hand(self) -> bool:
        """Whether the reader may put it away, give it back or to somebody else."""
        return self.mine or self.managed

    @property
    def erased(self) -> bool:
        """Whether whoever asked was erased since: what they wrote opens no more."""
        return bool(self.asked and self.asked.shown and self.asked.shown.text is None)

    def names(self) -> dict[str, str]:
        """What colleagues are called, by their logins."""
        known = {one.sub: one.name for one in self.colleagues}
        holder = {self.task.owner: self.task.owner_name} if self.task.owner else {}
        return known | {sub: name for sub, name in holder.items() if name}


async def task(look: Look, task_id: str) -> TaskView:
    """The task as it stands now."""
    return await look.worklist.get(f"/tasks/{task_id}", TaskView)


def about(seen: TaskView) -> tuple[str, str]:
    """The case and the person of a task; 403 where the worklist keeps them from the reader."""
    if seen.subject_id is None or seen.person_id is None:
        detail = "De quem é esta tarefa só sabe quem pode resolvê-la."
        raise Forbidden("Tarefa de outra área", "not-yours-to-open", detail)
    return seen.subject_id, seen.person_id


async def panel(look: Look, opened: TaskView, *, read: bool) -> Panel:
    """The task opened; what it is of too where it is the reader's, or they asked to read it."""
    mine = opened.owner == look.caller.sub and opened.settled_at is None
    wanted = (mine or read) and opened.subject_id is not None
    called, case, asked, colleagues = await asyncio.gather(
        names(look, [opened.person_id]),
        _case(look, opened, wanted and opened.form in OPENED),
        _asked(look, opened, wanted and opened.form == ASKED),
        lane(look.worklist.get("/colleagues", Colleagues)),
    )
    return Panel(
        line=line(look, opened, called),
        mine=mine,
        case=case,
        asked=asked,
        colleagues=colleagues.shown.items if colleagues.shown else (),
        decisions=_decisions(look, case, asked) if mine else (),
        managed=look.caller.may(MANAGE),
    )


def _decisions(
    look: Look, case: Lane[Case] | None, asked: Lane[AskedRequest] | None
) -> tuple[Decision, ...]:
    if asked and asked.shown:
        return answerable(asked.shown, look.caller.may)
    return offered(case.shown, look.caller.may) if case and case.shown else ()


async def _asked(look: Look, opened: TaskView, wanted: bool) -> Lane[AskedRequest] | None:
    if not wanted:
        return None
    return await lane(
        look.health_declaration.get(f"/own-data-requests/{opened.task_id}", AskedRequest)
    )


async def _case(look: Look, opened: TaskView, wanted: bool) -> Lane[Case] | None:
    if not wanted:
        return None
    return await lane(look.health_declaration.get(f"/declarations/{opened.subject_id}", Case))
