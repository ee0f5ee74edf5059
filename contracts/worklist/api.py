"""The worklist's HTTP API: the inbox, and what people do with a task besides deciding it."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from contracts.base import Message
from contracts.values import Moment, Plain
from contracts.worklist.events import Outcome, Priority

Whose = Literal["mine", "free", "everybody"]
State = Literal["open", "overdue", "waiting", "snoozed", "escalated", "settled"]
Undoable = Literal["claim", "snooze", "hand_over"]
Order = Literal["line", "due"]
"""`line`: the more urgent first, then the sooner due. `due`: the sooner due first, of those the
more urgent, of those the older. What ended comes newest first, always."""
Version = Annotated[int, Field(ge=1, le=1_000_000)]
Subject = Annotated[str, Field(min_length=1, max_length=200), Plain()]
Reason = Annotated[str, Field(min_length=3, max_length=300), Plain()]
Filtered = Annotated[str, Field(min_length=1, max_length=100), Plain()]
LONGEST_AHEAD = 366 * 24 * 60


class TaskFilter(Message):
    """What a list of tasks may ask for; saved views and bulk acts ask the same way."""

    whose: Whose = "everybody"
    """Mine is also what belongs to whom the caller stands in for."""
    state: State = "open"
    order: Order = "line"
    queue: Filtered | None = None
    subject_id: Filtered | None = None
    person_id: Filtered | None = None
    reference: Filtered | None = None
    """Beginning of what people call the case."""
    owner: Subject | None = None
    form: Filtered | None = None
    priority: Annotated[int, Field(ge=0, le=3)] | None = None
    due_from: Moment | None = None
    due_before: Moment | None = None
    due_within_minutes: Annotated[int, Field(ge=1, le=LONGEST_AHEAD)] | None = None
    """Reckoned from whenever it is asked: a saved view goes on meaning the same. Without what waits
    for the other party, unless that is asked for."""


class TaskView(Message):
    """A task as a list shows it: ids only, the screen asks the owner of the case for the rest.

    Whose it is stays untold to who runs the place and may not do it: what a task asks for tells
    what became of a case.
    """

    task_id: str
    subject_id: str | None
    person_id: str | None
    reference: str | None
    queue: str
    form: str
    priority: Priority
    opened_at: datetime
    due_at: datetime
    waiting_since: datetime | None
    """The other party owes something: the clock stands still."""
    snoozed_until: datetime | None
    until_answered: bool
    owner: str | None
    owner_name: str
    claimed_at: datetime | None
    escalated: int
    """Steps of the ladder that were climbed because nobody acted in time."""
    settled_at: datetime | None
    outcome: Outcome | None
    version: int
    undoable: Undoable | None = None
    """The reader's own last act, while it can still be taken back."""


class TaskPage(Message):
    """A page of tasks."""

    items: tuple[TaskView, ...]
    total: int
    """All that match, on every page; counted up to a bound."""
    total_capped: bool
    """There are more than were counted."""
    next_cursor: str | None


class CountsWanted(Message):
    """Lists of which only the length is asked for, all at once."""

    queries: tuple[TaskFilter, ...] = Field(min_length=1, max_length=60)


class Counted(Message):
    """How many match, counted up to a bound."""

    total: int
    total_capped: bool


class Counts(Message):
    """In the order in which they were asked for."""

    items: tuple[Counted, ...]


class LastChange(Message):
    """Another word than before says that some task of the operator changed; it says not which."""

    mark: str


class ExportIn(Message):
    """What somebody takes out of the list, told before they have it."""

    query: TaskFilter
    columns: Annotated[tuple[Filtered, ...], Field(max_length=20)]
    rows: Annotated[int, Field(ge=0, le=1_000_000)]


class Export(Message):
    """It is part of the trail from now on."""

    export_id: str


class Versioned(Message):
    """What every change of a task names: the version that the person saw."""

    version: Version


class HandOver(Versioned):
    """Gives the task to a colleague."""

    to: Subject
    reason: Reason


class Snooze(Versioned):
    """Puts the task out of sight until a moment, or, without one, until the other party answers."""

    until: Moment | None = None


class NewTerm(Versioned):
    """Another deadline, and why."""

    due_at: Moment
    reason: Reason


class Looking(Message):
    """Somebody who has the task on their screen."""

    sub: str
    name: str


class Lookers(Message):
    """Who else has it on their screen now."""

    items: tuple[Looking, ...]


class UnearnedPause(Message):
    """A stretch in which somebody said that the other party was waited for, and it owed nothing."""

    task_id: str
    queue: str
    since: datetime
    until: datetime | None
    """None while it lasts."""
    by: str | None


class UnearnedPauses(Message):
    """Pauses that took nothing off a term, newest first."""

    items: tuple[UnearnedPause, ...]
