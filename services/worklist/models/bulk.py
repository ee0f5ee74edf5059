"""One act on many tasks: what was asked for, and what became of each."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, VARCHAR
from sqlmodel import Field

from services.worklist.models.base import Row, moment


class BulkJob(Row, table=True):
    """Whoever asked acts in each item: with the permissions that they had when they asked."""

    __tablename__ = "bulk_job"
    __table_args__ = (
        Index(
            "bulk_job_open",
            "tenant_id",
            "asked_at",
            postgresql_where=text("state in ('checking', 'running')"),
        ),
    )

    tenant_id: int = Field(primary_key=True)
    id: str = Field(primary_key=True)
    act: str
    wish: dict[str, Any] = Field(sa_type=JSONB)
    reason_sealed: str | None = None
    """What was typed may speak of people: opened only to act, with the service's own key."""
    state: str = "checking"
    asked_by: str
    asked_name: str
    permissions: list[str] = Field(default_factory=list, sa_type=ARRAY(VARCHAR))
    asked_at: datetime = moment()


class BulkItem(Row, table=True):
    """One task of a job, with the version that was seen when the job was asked for."""

    __tablename__ = "bulk_item"
    __table_args__ = (
        Index(
            "bulk_item_waiting",
            "tenant_id",
            "job_id",
            "seq",
            postgresql_where=text("found = 'waiting'"),
        ),
    )

    tenant_id: int = Field(primary_key=True)
    job_id: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    task_id: str
    version: int
    found: str = "waiting"
    code: str | None = None
