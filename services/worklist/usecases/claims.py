"""What people do with a task besides deciding it. Each names the version that the person saw."""

from datetime import datetime
from typing import Any

from contracts.worklist import api
from contracts.worklist.events import TaskClaimed, TaskReleased, TaskTermChanged
from kit.db import Transaction
from kit.errors import Conflict, Forbidden, NotFound, Problem, Refused
from services.worklist.models import Task
from services.worklist.queries import people
from services.worklist.queries.tasks import view_of
from services.worklist.rules.claims import Claimable, Reason, Worker, refusal
from services.worklist.rules.escalation import Anchor
from services.worklist.usecases import clocks, colleagues, formers

_TOLD = {
    Reason.ENDED: (Conflict, "Esta tarefa já terminou"),
    Reason.TAKEN: (Conflict, "Esta tarefa já foi assumida"),
    Reason.QUEUE: (Forbidden, "Esta pessoa não trabalha nesta fila"),
    Reason.SKILL: (Forbidden, "Esta tarefa pede outra habilitação"),
    Reason.FOUR_EYES: (Forbidden, "Outra pessoa precisa fazer esta tarefa"),
    Reason.AWAY: (Conflict, "Esta pessoa está ausente"),
    Reason.NO_ROOM: (Conflict, "A lista desta pessoa já está cheia"),
}


async def claim(tx: Transaction, task_id: str, seen: api.Versioned) -> api.TaskView:
    """Takes the task; taking again what one holds changes nothing."""
    me = await colleagues.myself(tx)
    task = await load(tx, task_id)
    await expect_allowed(tx, me, task)
    if task.owner != me.sub:
        expect_version(task, seen.version)
        formers.remember(tx, task, "claim")
        await give(tx, task, me.sub, tx.caller.name if tx.caller else "")
        await tx.audit("task.claimed", task.id)
    return view_of(tx, task)


async def release(tx: Transaction, task_id: str, seen: api.Versioned) -> api.TaskView:
    """Back to its queue, by who has it or who runs the place."""
    task = await _at_hand(tx, task_id, seen)
    if task.owner is not None:
        await let_go(tx, task)
        await tx.audit("task.released", task.id)
    return view_of(tx, task)


async def hand_over(tx: Transaction, task_id: str, wish: api.HandOver) -> api.TaskView:
    """To a colleague who may take it: what they may not do, nobody can give them."""
    await colleagues.in_turn(tx, wish.to)
    task = await _at_hand(tx, task_id, wish)
    other = await colleagues.other(tx, wish.to, task)
    # It comes from whoever has it now, so that it is taken is nothing against it.
    against = refusal(other, _claimable(task, owner=None))
    if against is not None:
        await _refuse(tx, against, task, other.sub)
    known = await people.colleague(tx, wish.to)
    formers.remember(tx, task, "hand_over")
    await give(tx, task, other.sub, known.name if known else "")
    await tx.audit("task.handed_over", task.id, wish.reason, {"to": wish.to}, task.person_id)
    return view_of(tx, task)


async def snooze(tx: Transaction, task_id: str, wish: api.Snooze) -> api.TaskView:
    """Out of sight until a moment, or, without one, until the other party answers."""
    task = await _at_hand(tx, task_id, wish)
    if wish.until is None and task.waiting_since is None:
        raise Conflict("Ninguém deve resposta", "nothing-awaited", "Escolha uma data.")
    if wish.until is not None:
        _expect_future(tx, wish.until, "until")
    formers.remember(tx, task, "snooze")
    # The end of a former snooze stays: what counts from it goes on from there.
    ended = min(task.snoozed_until, tx.now) if task.snoozed_until else None
    task.snoozed_until, task.until_answered = wish.until or ended, wish.until is None
    await _moved(tx, task, *([Anchor.CLAIMED] if wish.until else []))
    await tx.audit("task.snoozed", task.id)
    return view_of(tx, task)


async def set_term(tx: Transaction, task_id: str, wish: api.NewTerm) -> api.TaskView:
    """Another deadline, from who runs the place: nobody moves their own."""
    expect_manager(tx)
    task = await load(tx, task_id)
    expect_open(task)
    if task.owner == tx.actor:
        raise Forbidden("O prazo da própria tarefa cabe a outra pessoa", "own-term")
    expect_version(task, wish.version)
    _expect_future(tx, wish.due_at, "due_at")
    former, task.due_at, task.given_due = task.due_at, wish.due_at, True
    await _moved(tx, task, Anchor.DUE)
    await tx.record(TaskTermChanged(**_about(task), due_at=wish.due_at))
    details = {"from": former.isoformat(), "to": wish.due_at.isoformat()}
    await tx.audit("task.term_changed", task.id, wish.reason, details, task.person_id)
    return view_of(tx, task)


def expect_manager(tx: Transaction) -> None:
    """On every path, bulk too: terms are of who runs the place."""
    if not people.manages(tx):
        raise Forbidden("O prazo cabe a quem coordena", "not-yours")


async def let_go(tx: Transaction, task: Task) -> None:
    """Nobody has it any more, and its clock is set anew."""
    await put_back(tx, task)
    await _moved(tx, task, Anchor.CLAIMED)


async def give(tx: Transaction, task: Task, sub: str, name: str) -> None:
    """It is theirs from now on, in sight, and that is told."""
    task.owner, task.owner_name, task.claimed_at = sub, name, tx.now
    task.snoozed_until, task.until_answered = None, False
    await _moved(tx, task, Anchor.CLAIMED)
    await tx.record(TaskClaimed(**_about(task), owner=sub))


async def put_back(tx: Transaction, task: Task) -> None:
    """Nobody has it any more, it lies in sight, and that is told, whoever or whatever took it."""
    task.owner, task.owner_name, task.claimed_at = None, "", None
    task.snoozed_until, task.until_answered = None, False
    await tx.record(TaskReleased(**_about(task)))


async def load(tx: Transaction, task_id: str) -> Task:
    """The task, locked until the commit; 404 where there is none that the caller may see, for a
    refusal tells who has it."""
    task = await tx.session.get(Task, (tx.tenant_id, task_id), with_for_update=True)
    if task is None or not await people.sees(tx, task):
        raise NotFound("Tarefa não encontrada", "task-not-found")
    return task


def expect_version(task: Task, version: int) -> None:
    """409 with who and when if the task changed since the person saw it."""
    if task.version != version:
        raise Conflict(
            "A tarefa mudou desde que foi aberta",
            "stale-version",
            "Recarregue a tarefa; o que você escreveu continua aqui.",
            changed_by=task.changed_by,
            changed_at=task.changed_at.isoformat(),
            version=task.version,
        )


async def _at_hand(tx: Transaction, task_id: str, seen: api.Versioned) -> Task:
    """A task that the caller has, or any where they run the place."""
    task = await load(tx, task_id)
    expect_open(task)
    mine = tx.caller is not None and task.owner == tx.caller.sub
    if not mine and not people.manages(tx):
        raise Conflict("Esta tarefa não está com você", "task-not-yours", extra=_whose(task))
    expect_version(task, seen.version)
    return task


async def expect_allowed(
    tx: Transaction, me: Worker, task: Task, *, given_back: bool = False
) -> None:
    """403 or 409 with what is against their having it; `given_back`: from who has it now."""
    against = refusal(me, _claimable(task, owner=None if given_back else task.owner))
    if against is not None:
        await _refuse(tx, against, task, me.sub)


async def _refuse(tx: Transaction, reason: Reason, task: Task, sub: str) -> None:
    """What was tried against the four eyes is part of the trail, though it is refused."""
    problem = _problem(reason, task)
    if reason is not Reason.FOUR_EYES:
        raise problem
    await tx.audit("task.refused", task.id, reason.value, {"to": sub})
    tx.keep_and_refuse(problem)


def expect_open(task: Task) -> None:
    """409 once it ended."""
    if task.settled_at is not None:
        raise _problem(Reason.ENDED, task)


def _expect_future(tx: Transaction, moment: datetime, field: str) -> None:
    if moment <= tx.now:
        reason = "deve estar no futuro"
        raise Refused(code="not-in-future", errors=[{"field": field, "reason": reason}])


async def _moved(tx: Transaction, task: Task, *anchors: Anchor) -> None:
    await clocks.rearm(tx, task, *anchors)
    clocks.touch(tx, task)


def _about(task: Task) -> dict[str, Any]:
    names = ("tenant_id", "subject_id", "person_id")
    return {name: getattr(task, name) for name in names} | {"task_id": task.id}


def _claimable(task: Task, owner: str | None) -> Claimable:
    return Claimable(
        queue=task.queue,
        skill=task.skill,
        open=task.settled_at is None,
        owner=owner,
        barred=frozenset(task.barred),
    )


def _problem(reason: Reason, task: Task) -> Problem:
    kind, title = _TOLD[reason]
    return kind(title, reason.value, extra=_whose(task))


def _whose(task: Task) -> dict[str, object]:
    """Who has it and since when; what the screen says instead of a mere no."""
    since = task.settled_at or task.claimed_at
    return {"who": task.owner_name or None, "since": since.isoformat() if since else None}
