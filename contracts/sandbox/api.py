"""Bodies and replies of the sandbox's own controls (the stand-ins speak their partners' APIs)."""

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from contracts.base import Message
from contracts.values import Day, Moment


class ClockIn(Message):
    """Move the clock of a tenant forward to this instant of business time."""

    to: Moment


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
    on: Day
    cid: str | None = None
    tuss: str | None = None
    high_technology_bed: bool = False


class ErpProbeAnswer(Message):
    """What the ERP would do."""

    suspended: bool
    cpt_id: str | None


class RawRequest(Message):
    """One request as a stand-in received it; `accepted` when it answered (or would have) yes."""

    id: int = 0
    accepted: bool = True
    provider: str
    at: datetime
    recipient: str
    body: str


class RawLog(Message):
    """Raw requests of one provider, oldest first, deduplicating nothing."""

    items: tuple[RawRequest, ...]
    next_cursor: str | None


class ProviderMode(Message):
    """How a stand-in treats messages to one recipient (or to all: `*`); `times` of 0 is always.

    down: refused as in an outage · slow: answers late · lost: accepts and never answers ·
    silent: lost, and nothing is reported either ·
    invalid: refused at once · undeliverable: accepted, then reported as failed.
    """

    recipient: str = Field(min_length=1, max_length=320)
    mode: Literal["up", "down", "slow", "lost", "silent", "invalid", "undeliverable"] = "up"
    times: int = Field(default=0, ge=0, le=1000)


class ErpPublicKey(Message):
    """The ERP's public key as a JWK, to be registered with whoever writes to it."""

    jwk: dict[str, str]


class VideoRoomIn(Message):
    """Open a video room; the hours are business time of the tenant."""

    tenant_id: int
    opens_at: Moment
    closes_at: Moment


class VideoRoomMade(Message):
    """The room and the addresses that enter it: one for the guest, one for the host."""

    room_id: str
    join_url: str
    host_url: str


class VideoVisit(Message):
    """Someone came in or left."""

    who: Literal["guest", "host"]
    action: Literal["join", "leave"]
    at: datetime


class VideoRoomState(Message):
    """A room and who came and went."""

    room_id: str
    open: bool
    opens_at: datetime
    closes_at: datetime
    visits: tuple[VideoVisit, ...]
