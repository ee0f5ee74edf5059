"""Facts about human tasks: wanted and settled by whoever owns the case, claimed in the worklist."""

from datetime import datetime
from typing import ClassVar, Literal

from contracts.base import Event

Priority = Literal[0, 1, 2, 3]
"""The lower goes first; 0 is for what cannot wait for its turn."""
Outcome = Literal["done", "dropped"]
"""Dropped is what is no longer wanted, though nobody did it."""


class TaskFact(Event):
    """Base of what an owner tells of a task, in order by its case. No name, nothing clinical.

    Each service has facts of its own of this shape, on its own topic.
    """

    key_field: ClassVar[str] = "subject_id"

    task_id: str
    subject_id: str
    """The case: what the form opens, and what orders its tasks."""


class TaskWanted(TaskFact):
    """A person is to do something with a case."""

    person_id: str
    reference: str | None = None
    """What people call the case when they talk of it, such as its protocol."""
    queue: str
    form: str
    """Which screen does it."""
    skill: str
    """The permission that whoever takes it must hold."""
    priority: Priority = 2
    due_at: datetime | None = None
    """A term of law or of the case; where none is given the queue's own working minutes hold."""
    barred: tuple[str, ...] = ()
    """Subjects of tokens whose work this judges, or who acted on the case in another role."""


class TaskWaiting(TaskFact):
    """The other party is waited for: the clock stands still while it owes what it was asked."""

    asked: bool = True
    """False where somebody only says that it is waited for: such a pause takes nothing off the
    term, and is listed."""


class TaskAnswered(TaskFact):
    """The other party did its part, or it is no longer asked for: the clock runs, by itself."""


class TaskSettled(TaskFact):
    """It was done, by whatever path, or is no longer wanted; the actor is who settled it."""

    outcome: Outcome


class WorklistEvent(Event):
    """Base of the worklist's own facts, in order by the case. What was typed stays with it."""

    topic: ClassVar[str] = "worklist.events"
    key_field: ClassVar[str] = "subject_id"

    task_id: str
    subject_id: str
    person_id: str


class TaskClaimed(WorklistEvent):
    """Somebody has the task now: they took it, or it was handed to them."""

    type: ClassVar[str] = "worklist.task.claimed.v1"

    owner: str


class TaskReleased(WorklistEvent):
    """Nobody has the task any more: it is back in its queue."""

    type: ClassVar[str] = "worklist.task.released.v1"


class TaskTermChanged(WorklistEvent):
    """A person gave the task another deadline."""

    type: ClassVar[str] = "worklist.task.term_changed.v1"

    due_at: datetime


class TaskEscalated(WorklistEvent):
    """A step of the ladder fell due, and was climbed."""

    type: ClassVar[str] = "worklist.task.escalated.v1"

    step: int
    """Its place in the ladder, from 1."""
    owner: str | None
    """Who had the task when it fell due."""
    told: tuple[str, ...]
    """Subjects of tokens of the people who are to hear of it."""
