"""Bodies and replies of the sandbox's own controls (the stand-ins speak their partners' APIs)."""

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from contracts.base import Message


class ClockIn(Message):
    """Move the clock of a tenant forward to this instant of business time."""

    to: datetime


class ClockState(Message):
    """Where the clock of a tenant stands."""

    now: datetime
    offset_seconds: int
    version: int


class ErpMode(Message):
    """How the ERP behaves for a tenant. `refuse_first` refuses that many reports with a reason."""

    mode: Literal["up", "down", "slow", "late", "twice"] = "up"
    refuse_first: int = Field(default=0, ge=0, le=1000)
    reason: str = Field(default="", max_length=200)


class ErpCoverage(Message):
    """One row of the ERP's own coverage table."""

    cpt_id: str
    revision: int
    enrolment_ref: str
    cpf: str
    cid_ranges: tuple[str, ...]
    tuss: tuple[str, ...]
    high_technology_bed: bool
    starts_on: date
    ends_on: date
    status: Literal["in_force", "ended"]
    applied: int
    """How often a report changed this row; a repeated report must not."""


class ErpTable(Message):
    """The ERP's table for a tenant."""

    items: tuple[ErpCoverage, ...]


class ErpProbe(Message):
    """Ask the ERP whether it would pay: the peer's own answer, from its own table."""

    cpf: str
    on: date
    cid: str | None = None
    tuss: str | None = None
    high_technology_bed: bool = False


class ErpProbeAnswer(Message):
    """What the ERP would do."""

    suspended: bool
    cpt_id: str | None


class RawRequest(Message):
    """One request as a stand-in received it."""

    provider: str
    at: datetime
    recipient: str
    body: str


class RawLog(Message):
    """Raw requests of one provider, oldest first, deduplicating nothing."""

    items: tuple[RawRequest, ...]
    next_cursor: str | None
