"""What the ERP (NOTUS) sends and reads. It holds no person keys: what is sensitive is a JWE."""

from datetime import date
from typing import ClassVar, Literal

from contracts.base import Event, Message


class ErpEnrolmentReported(Event):
    """The ERP tells of an enrolment, in clear (`line`) or as JWE for our public key (`jwe`)."""

    type: ClassVar[str] = "erp.enrolment.reported.v1"
    topic: ClassVar[str] = "erp.enrolments"
    key_field: ClassVar[str] = "enrolment_ref"

    enrolment_ref: str
    line: dict[str, object] | None = None
    """An `EnrolmentLine`; kept loose here so that a bad line is refused by field, not parked."""
    jwe: str | None = None


class CptBody(Message):
    """What the ERP needs to block exactly what a CPT suspends; travels inside the JWE."""

    cpt_id: str
    revision: int
    enrolment_ref: str
    cpf: str
    status: Literal["in_force", "ended"]
    cid_ranges: tuple[str, ...]
    tuss: tuple[str, ...]
    high_technology_bed: bool
    starts_on: date
    ends_on: date
    end_reason: str | None = None


class CptReported(Event):
    """A CPT began, changed or ended. `jwe` holds a `CptBody` for the partner's registered key."""

    type: ClassVar[str] = "erp.cpt.reported.v1"
    topic: ClassVar[str] = "erp.cpt"
    key_field: ClassVar[str] = "cpt_id"

    person_id: str
    cpt_id: str
    revision: int
    jwe: str


class CptAcknowledged(Event):
    """The ERP applied or refused a revision of a CPT. `actor` is not used by partners."""

    type: ClassVar[str] = "erp.cpt.acknowledged.v1"
    topic: ClassVar[str] = "erp.acks"
    key_field: ClassVar[str] = "cpt_id"

    cpt_id: str
    revision: int
    outcome: Literal["applied", "refused"]
    reason: str | None = None
