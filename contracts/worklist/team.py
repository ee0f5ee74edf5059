"""The worklist's HTTP API for whoever runs it: queues, hours, colleagues, saved views."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from contracts.base import Message
from contracts.values import Day, Moment, Plain, Uf
from contracts.worklist.api import Filtered, Subject, TaskFilter

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.-]{0,59}$")]
"""Of a queue or of hours, as other services and addresses write it."""
Title = Annotated[str, Field(min_length=2, max_length=100), Plain()]
Seen = Annotated[int, Field(ge=0, le=1_000_000)]
"""The version that the person saw; 0 where there was none."""
LONGEST_MINUTES = 30_000
"""Of a term: some fifty office days."""
Minute = Annotated[int, Field(ge=0, le=1440)]


class StepIn(Message):
    """A step of the ladder: so many working minutes after its anchor."""

    anchor: Literal["opened", "claimed", "due"]
    minutes: int = Field(ge=0, le=LONGEST_MINUTES)
    acts: tuple[Literal["tell_owner", "tell_supervisor", "release", "raise"], ...] = Field(
        min_length=1, max_length=4
    )


class QueueIn(Message):
    """A queue as it is to be; tasks that are open keep the version they began with."""

    version: Seen
    title: Title
    minutes: int = Field(ge=1, le=LONGEST_MINUTES)
    """Working minutes in which a task of it is to be done, where the case gives no term."""
    hours: Name
    ladder: tuple[StepIn, ...] = Field(default=(), max_length=10)
    supervisors: tuple[Subject, ...] = Field(default=(), max_length=10)


class QueueView(QueueIn):
    """A queue as it stands; version 0 is the usual one, of a queue that nobody set up."""

    name: str
    made_by: str
    made_at: datetime | None


class Queues(Message):
    """Every queue that is set up or has had a task."""

    items: tuple[QueueView, ...]


class ShiftIn(Message):
    """Minutes of a local day in which people work: `start` counts, `end` does not."""

    start: Minute
    end: Minute

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.start >= self.end:
            raise ValueError("o turno deve começar antes de terminar")
        return self


Weekday = Annotated[tuple[ShiftIn, ...], Field(max_length=6)]


class HolidayIn(Message):
    """A day on which a team does not work besides the national and state holidays."""

    day: Day
    title: Title


class HoursIn(Message):
    """Working hours of a team: shifts of Monday to Sunday, in its zone."""

    version: Seen
    zone: str = Field(min_length=3, max_length=60)
    state: Uf | None = None
    """Whose holidays count besides the national ones."""
    week: Annotated[tuple[Weekday, ...], Field(min_length=7, max_length=7)]
    holidays: tuple[HolidayIn, ...] = Field(default=(), max_length=400)


class HoursView(HoursIn):
    """Hours as they stand."""

    name: str
    made_by: str
    made_at: datetime


class HoursList(Message):
    """Every team's hours."""

    items: tuple[HoursView, ...]


class ColleagueIn(Message):
    """Somebody who works here: in which queues, and how much at once."""

    version: Seen
    name: Title
    queues: tuple[Name, ...] | None = Field(default=None, max_length=100)
    """None, as for whoever nobody wrote down: every queue whose permission they hold."""
    capacity: int = Field(default=50, ge=0, le=1000)
    """Tasks held at once."""


class AbsenceIn(Message):
    """Who stands in, until when; neither ends an absence."""

    version: Seen
    deputy: Subject | None = None
    away_until: Moment | None = None

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if (self.deputy is None) != (self.away_until is None):
            raise ValueError("informe quem substitui e até quando, ou nenhum dos dois")
        return self


class ColleagueView(ColleagueIn):
    """A colleague as written down."""

    sub: str
    deputy: str | None
    away_until: datetime | None


class Colleagues(Message):
    """Everybody who is written down, by name."""

    items: tuple[ColleagueView, ...]


Column = Literal[
    "due", "reference", "person", "queue", "form", "owner", "priority", "opened", "waiting"
]


class ViewIn(Message):
    """A saved view: what a list asks for and which columns it shows."""

    title: Title
    team: Filtered | None = None
    """The queue whose people share it; its writer's own where there is none."""
    query: TaskFilter = TaskFilter()
    columns: tuple[Column, ...] = Field(default=(), max_length=9)


class ViewChange(ViewIn):
    """The view as it is to be from now on."""

    version: Seen


class View(ViewIn):
    """A saved view."""

    view_id: str
    owner: str
    version: int


class Views(Message):
    """One's own views and those of the queues one works in."""

    items: tuple[View, ...]
    default_id: str | None = None
    """The one in which the reader begins."""


class DefaultView(Message):
    """The view in which somebody begins from now on; the usual one where they name none."""

    view_id: Filtered | None = None
