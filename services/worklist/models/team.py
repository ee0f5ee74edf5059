"""Who works in what, by which hours and ladder, and the views they saved."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, VARCHAR
from sqlmodel import Field

from services.worklist.models.base import Row, moment, optional_moment


class Queue(Row, table=True):
    """One version of a queue: title, minutes to do a task, the ladder, whose hours."""

    __tablename__ = "queue"

    tenant_id: int = Field(primary_key=True)
    name: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    title: str
    minutes: int
    hours: str
    ladder: list[dict[str, Any]] = Field(sa_type=JSONB)
    supervisors: list[str] = Field(default_factory=list, sa_type=ARRAY(VARCHAR))
    made_by: str
    made_at: datetime = moment()


class Hours(Row, table=True):
    """One version of a team's working hours. Open tasks are measured by the newest."""

    __tablename__ = "hours"

    tenant_id: int = Field(primary_key=True)
    name: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    zone: str
    state: str | None = None
    week: list[list[dict[str, int]]] = Field(sa_type=JSONB)
    holidays: list[dict[str, str]] = Field(sa_type=JSONB)
    made_by: str
    made_at: datetime = moment()
    timed_to: str | None = None
    """Up to which task, by id, the rounds timed the open ones anew by it; None once all are."""


class Colleague(Row, table=True):
    """A person who works in queues: which ones, how much at once, who stands in and until when."""

    __tablename__ = "colleague"
    __table_args__ = (Index("colleague_deputy", "tenant_id", "deputy"),)

    tenant_id: int = Field(primary_key=True)
    sub: str = Field(primary_key=True)
    name: str
    queues: list[str] | None = Field(default=None, sa_type=ARRAY(VARCHAR), nullable=True)
    capacity: int = 50
    deputy: str | None = None
    away_until: datetime | None = optional_moment()
    version: int = 1
    changed_by: str
    changed_at: datetime = moment()


class SavedView(Row, table=True):
    """Filters, order and columns that somebody saved, for themself or for a queue's people."""

    __tablename__ = "saved_view"
    __table_args__ = (
        Index("saved_view_owner", "tenant_id", "owner"),
        Index("saved_view_team", "tenant_id", "team"),
    )

    tenant_id: int = Field(primary_key=True)
    id: str = Field(primary_key=True)
    owner: str
    team: str | None = None
    title: str
    query: dict[str, Any] = Field(sa_type=JSONB)
    columns: list[str] = Field(default_factory=list, sa_type=ARRAY(VARCHAR))
    version: int = 1
    changed_by: str
    changed_at: datetime = moment()


class DefaultView(Row, table=True):
    """In which saved view somebody begins."""

    __tablename__ = "default_view"

    tenant_id: int = Field(primary_key=True)
    sub: str = Field(primary_key=True)
    view_id: str
