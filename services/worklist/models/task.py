"""Tasks, what their clocks saw, and who looks at them. Ids only: nobody's name but of staff."""

from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, Index, text
from sqlalchemy.dialects.postgresql import ARRAY, INTEGER, JSONB, VARCHAR
from sqlmodel import Field

from services.worklist.models.base import Row, moment, optional_moment

NOW = text("clock_timestamp()")
BY_TERM = ("due_at", "priority", "opened_at", "id")
"""The order in which people work, and by which their lists are found: of those due at the same
moment the more urgent first, then the older."""
_OPEN = text("settled_at is null")
_FEW = {
    "task_waiting": "waiting_since is not null",
    "task_escalated": "escalated > 0",
    "task_put_away": "(until_answered or snoozed_until is not null)",
}
"""Few of the open tasks are in these states: who asks for them must not look through the others."""


def _few(name: str, state: str) -> tuple[Index, Index]:
    where = text(f"settled_at is null and {state}")
    in_line = ("priority", "due_at", "id")
    return (
        Index(name, "tenant_id", "queue", *in_line, postgresql_where=where),
        Index(f"{name}_due", "tenant_id", "queue", *BY_TERM, postgresql_where=where),
    )


class Task(Row, table=True):
    """One thing that a person is to do. Its moments are business time, as all that people see."""

    __tablename__ = "task"
    __table_args__ = (
        Index(
            "task_in_line",
            "tenant_id",
            "queue",
            "priority",
            "due_at",
            "id",
            postgresql_where=_OPEN,
        ),
        Index("task_due", "tenant_id", "queue", *BY_TERM, postgresql_where=_OPEN),
        Index(
            "task_ended",
            "tenant_id",
            "queue",
            "settled_at",
            "id",
            postgresql_where=text("settled_at is not null"),
        ),
        Index("task_of_form", "tenant_id", "queue", "form", *BY_TERM, postgresql_where=_OPEN),
        Index(
            "task_of_owner",
            "tenant_id",
            "owner",
            "settled_at",
            "id",
            postgresql_where=text("owner is not null"),
        ),
        Index("task_moved", "tenant_id", "moved_at", "id"),
        *(index for few in _FEW.items() for index in _few(*few)),
        Index("task_of_subject", "tenant_id", "subject_id"),
        Index("task_of_person", "tenant_id", "person_id"),
        Index(
            "task_reference",
            "tenant_id",
            "reference",
            postgresql_ops={"reference": "varchar_pattern_ops"},
        ),
        Index("task_rung", "tenant_id", "rung_at", postgresql_where=text("rung_at is not null")),
    )

    tenant_id: int = Field(primary_key=True)
    id: str = Field(primary_key=True)
    subject_id: str
    person_id: str
    reference: str | None = None
    queue: str
    queue_version: int
    """What its term and ladder are taken from, whatever the queue became since."""
    form: str
    skill: str
    priority: int
    barred: list[str] = Field(default_factory=list, sa_type=ARRAY(VARCHAR))
    opened_at: datetime = moment()
    due_at: datetime = moment()
    """Where none was given: the queue's minutes from `opened_at`, moved by earned pauses."""
    given_due: bool = False
    """The case or a person gave the term: pauses do not move it."""
    waiting_since: datetime | None = optional_moment()
    owner: str | None = None
    owner_name: str = ""
    claimed_at: datetime | None = optional_moment()
    snoozed_until: datetime | None = optional_moment()
    until_answered: bool = False
    """Put away until the other party does its part."""
    rung_at: datetime | None = optional_moment()
    """When the next step of the ladder falls due; None while the clock stands still."""
    rungs: list[int] = Field(default_factory=list, sa_type=ARRAY(INTEGER))
    """Steps climbed since their anchors last moved: each is climbed once for each of these."""
    escalated: int = 0
    settled_at: datetime | None = optional_moment()
    outcome: str | None = None
    version: int = 1
    changed_by: str | None = None
    changed_at: datetime = moment()
    former: dict[str, Any] | None = Field(default=None, sa_type=JSONB, nullable=True)
    """What the last act of a person left behind, for as long as nothing happens after it."""
    moved_at: datetime | None = Field(
        default=None,
        sa_type=DateTime(timezone=True),
        nullable=False,
        sa_column_kwargs={"server_default": NOW, "onupdate": NOW},
    )
    """When this row changed last, in real time, whoever changed it: written by the database."""


class Passage(Row, table=True):
    """A line of a task's log: asked, paused, answered, settled. It may come before the task."""

    __tablename__ = "passage"
    __table_args__ = (
        Index(
            "passage_paused",
            "tenant_id",
            "at",
            "task_id",
            postgresql_where=text("kind = 'paused'"),
        ),
    )

    tenant_id: int = Field(primary_key=True)
    task_id: str = Field(primary_key=True)
    at: datetime = moment(primary_key=True)
    kind: str = Field(primary_key=True)
    by: str | None = None
    outcome: str | None = None


class Line(Row, table=True):
    """A queue that ever had a task, with the permission that its tasks take."""

    __tablename__ = "line"

    tenant_id: int = Field(primary_key=True)
    queue: str = Field(primary_key=True)
    skill: str = Field(primary_key=True)


class Lane(Row, table=True):
    """Numbers of the tenants that ever had a task, kept as the service's own (tenant 0).

    Row-level security shows one tenant at a time; this tells the worker which to look at.
    """

    __tablename__ = "lane"

    tenant_id: int = Field(primary_key=True)
    number: int = Field(primary_key=True)


class Look(Row, table=True):
    """Somebody has a task on their screen. `seen_at` is real time; kept for minutes."""

    __tablename__ = "look"
    __table_args__ = (Index("look_age", "tenant_id", "seen_at"),)

    tenant_id: int = Field(primary_key=True)
    task_id: str = Field(primary_key=True)
    sub: str = Field(primary_key=True)
    name: str
    seen_at: datetime = moment()
