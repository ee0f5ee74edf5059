"""Interviews: one mechanism for two purposes, guidance before signing and clarification after."""

from datetime import datetime

from sqlalchemy import Index, Text
from sqlmodel import Field

from services.health_declaration.models.base import Row, moment, optional_moment


class Slot(Row, table=True):
    """A time a doctor gives. Whoever sets `interview_id` first has it."""

    __table_args__ = (
        Index("slot_doctor", "tenant_id", "doctor", "starts_at", unique=True),
        Index("slot_time", "tenant_id", "starts_at"),
    )

    tenant_id: int = Field(primary_key=True)
    slot_id: str = Field(primary_key=True)
    doctor: str
    starts_at: datetime = moment()
    minutes: int
    interview_id: str | None = None


class Interview(Row, table=True):
    """One interview. `status`: open, scheduled, concluded, to_person, cancelled."""

    __table_args__ = (
        Index("interview_case", "tenant_id", "declaration_id"),
        Index("interview_agenda", "tenant_id", "doctor", "starts_at"),
    )

    tenant_id: int = Field(primary_key=True)
    interview_id: str = Field(primary_key=True)
    declaration_id: str
    purpose: str
    status: str = "open"
    version: int = 1
    requested_by: str | None = None
    reason_sealed: str | None = Field(default=None, sa_type=Text)
    requested_at: datetime = moment()
    slot_id: str | None = None
    doctor: str | None = None
    starts_at: datetime | None = optional_moment()
    minutes: int | None = None
    missed: int = 0
    open_since: datetime | None = optional_moment()
    """Since when a time is to be chosen."""
    slots_since: datetime | None = optional_moment()
    """Since when there was one to choose; None while the operator has none to offer."""
    paused_at: datetime | None = optional_moment()
    """Since when it lies with the operator; None while it lies with the person."""
    step: int = 0
    """Reminders and escalations already done since it was opened, offered or booked."""
    in_person: bool = False
    by_phone_since: datetime | None = optional_moment()
    """When the doctor went on by telephone, for the video did not work."""
    room_url: str | None = None
    host_url: str | None = None
    recording_consent: bool | None = None
    result_sealed: str | None = Field(default=None, sa_type=Text)
    """{text, cids: [[question, cid]]}"""
    signed_at: datetime | None = optional_moment()
