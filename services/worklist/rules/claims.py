"""Who may take a task: skill, room, four eyes. The same answer on every path that leads to it."""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why somebody may not take a task; also the code of the problem they are told."""

    ENDED = "task-ended"
    TAKEN = "task-taken"
    QUEUE = "task-queue"
    SKILL = "task-skill"
    FOUR_EYES = "four-eyes"
    AWAY = "colleague-away"
    NO_ROOM = "no-room"


@dataclass(frozen=True)
class Worker:
    """A person of the operator, as far as claims are concerned. `deputy_of` are those away whom
    this person stands for: what is theirs is this person's too.
    """

    sub: str
    queues: frozenset[str] | None = None
    """None of whoever nobody wrote down: the permission alone decides."""
    skills: frozenset[str] = frozenset()
    deputy_of: frozenset[str] = frozenset()
    holds: int = 0
    capacity: int = 50
    away: bool = False


@dataclass(frozen=True)
class Claimable:
    """A task as it stands. `barred` made what it judges, or acted on its case in a role that must
    be another person's.
    """

    queue: str
    skill: str
    open: bool = True
    owner: str | None = None
    barred: frozenset[str] = frozenset()


def refusal(worker: Worker, task: Claimable) -> Reason | None:
    """The first reason against it, gravest first; None when the task is this worker's to take."""
    mine = task.owner == worker.sub
    checks = (
        (not task.open, Reason.ENDED),
        (worker.queues is not None and task.queue not in worker.queues, Reason.QUEUE),
        (task.skill not in worker.skills, Reason.SKILL),
        (_stands_for(worker, task.barred), Reason.FOUR_EYES),
        (not _may_have(worker, task.owner), Reason.TAKEN),
        (worker.away, Reason.AWAY),
        (not mine and worker.holds >= worker.capacity, Reason.NO_ROOM),
    )
    return next((reason for against, reason in checks if against), None)


def _stands_for(worker: Worker, barred: frozenset[str]) -> bool:
    """A deputy is no second pair of eyes for whom they stand in for."""
    return not barred.isdisjoint({worker.sub, *worker.deputy_of})


def _may_have(worker: Worker, owner: str | None) -> bool:
    return owner is None or owner == worker.sub or owner in worker.deputy_of
