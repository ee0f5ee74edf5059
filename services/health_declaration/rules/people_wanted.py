"""At which stages a person of the operator is wanted, for what, and when they wait for another."""

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.health_declaration.stages import ENDED, Stage
from contracts.worklist.events import Outcome


@dataclass(frozen=True, slots=True)
class Work:
    """What somebody is wanted for: the queue, the screen, the permission it takes."""

    queue: str
    form: str
    skill: str
    by_another: bool = False
    """Only by who had no other part in the case."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What a move between stages tells the worklist."""

    settles: Outcome | None = None
    wants: Work | None = None
    waits: bool | None = None
    """The clock of the task that stays: now stands, now runs; None where nothing changes."""


REPRESENTATION = Work("ds.representation", "respondent", "ds.assist")
ANALYSIS = Work("ds.analysis", "analysis", "ds.analyse")
AUDIT = Work("ds.audit", "audit", "ds.audit", by_another=True)
NEGOTIATION = Work("ds.negotiation", "negotiation", "ds.analyse")
PRIVACY = Work("privacy.requests", "privacy", "privacy.erase")
_WORK: Mapping[Stage, Work] = {
    "unrepresented": REPRESENTATION,
    "analysis": ANALYSIS,
    "documents": ANALYSIS,
    "exam": ANALYSIS,
    "interview_to_schedule": ANALYSIS,
    "interview_scheduled": ANALYSIS,
    "audit": AUDIT,
    "negotiation": NEGOTIATION,
}
_WAITING: frozenset[Stage] = frozenset(
    {"documents", "exam", "interview_to_schedule", "interview_scheduled"}
)


_SAID_ANEW: frozenset[Stage] = frozenset({"invited", "filling"})


def work_at(stage: Stage | None) -> Work | None:
    """What somebody is wanted for at a stage; None where the person or nobody is waited for."""
    return None if stage is None else _WORK.get(stage)


def turn(before: Stage | None, after: Stage) -> Turn:
    """Stages of one work are one task, which may wait; any other move ends one and begins one.

    `before` is None where no task is open, whatever the stage was.
    """
    old, new = work_at(before), work_at(after)
    waits = after in _WAITING
    if old is new:
        return Turn(waits=waits if new and waits != (before in _WAITING) else None)
    settles = None if old is None else _outcome(old, after)
    return Turn(settles=settles, wants=new, waits=True if new and waits else None)


def _outcome(old: Work, after: Stage) -> Outcome:
    """A case that ended, or answers that were opened anew, are not what somebody was wanted for."""
    dropped = after in ENDED or (after in _SAID_ANEW and old is not REPRESENTATION)
    return "dropped" if dropped else "done"
