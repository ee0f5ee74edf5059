"""The registry's tables. Identity lives in `sealed`, under the person's own key."""

from datetime import date, datetime

from sqlalchemy import BigInteger, DateTime, Index, MetaData, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from kit.db import plumbing

STAMP = DateTime(timezone=True)


class Row(SQLModel, registry=registry()):
    """Base of this service's tables."""

    metadata = MetaData()


tables = plumbing(Row.metadata)


class Person(Row, table=True):
    """A person. Everything that identifies is in `sealed`; the indexes only tell equality."""

    __table_args__ = (
        UniqueConstraint("tenant_id", "cpf_index", name="person_cpf"),
        Index("person_cns", "tenant_id", "cns_index"),
        Index("person_merged", "tenant_id", "merged_into"),
    )

    tenant_id: int = Field(primary_key=True)
    id: str = Field(primary_key=True)
    revision: int
    sealed: str | None
    cpf_index: str | None
    cns_index: str | None = None
    merged_into: str | None = None
    recorded_at: datetime = Field(sa_type=STAMP)
    erased_at: datetime | None = Field(default=None, sa_type=STAMP)


class NameIndex(Row, table=True):
    """Digests of the words of a name and of their beginnings; gone when the person is erased."""

    __tablename__ = "name_index"
    __table_args__ = (Index("name_index_person", "tenant_id", "person_id"),)

    tenant_id: int = Field(primary_key=True)
    digest: str = Field(primary_key=True)
    person_id: str = Field(primary_key=True)


class CouncilIndex(Row, table=True):
    """Digests of a professional's registers, without the state; gone when they are erased."""

    __tablename__ = "council_index"
    __table_args__ = (Index("council_index_person", "tenant_id", "person_id"),)

    tenant_id: int = Field(primary_key=True)
    digest: str = Field(primary_key=True)
    person_id: str = Field(primary_key=True)


class Consent(Row, table=True):
    """A consent given or revoked; the last one of a purpose holds."""

    __table_args__ = (Index("consent_person", "tenant_id", "person_id", "recorded_at"),)

    tenant_id: int = Field(primary_key=True)
    id: str = Field(primary_key=True)
    person_id: str
    purpose: str
    text_version: str
    given: bool
    recorded_at: datetime = Field(sa_type=STAMP)
    recorded_by: str


class Company(Row, table=True):
    """A company that contracts for its people."""

    __table_args__ = (UniqueConstraint("tenant_id", "cnpj", name="company_cnpj"),)

    tenant_id: int = Field(primary_key=True)
    id: str = Field(primary_key=True)
    cnpj: str
    name: str


class Contract(Row, table=True):
    """A contract with the operator."""

    __table_args__ = (UniqueConstraint("tenant_id", "contract_ref", name="contract_ref"),)

    tenant_id: int = Field(primary_key=True)
    id: str = Field(primary_key=True)
    contract_ref: str
    kind: str
    signed_on: date
    lives: int
    company_id: str | None = None


class Enrolment(Row, table=True):
    """One person in one contract.

    `fingerprint` tells whether the same was asked for twice, `told` whether others know it so.
    """

    __table_args__ = (
        UniqueConstraint("tenant_id", "enrolment_ref", name="enrolment_ref"),
        Index("enrolment_person", "tenant_id", "person_id"),
        Index("enrolment_contract", "tenant_id", "contract_id", "person_id"),
        Index("enrolment_representative", "tenant_id", "representative_person_id"),
    )

    tenant_id: int = Field(primary_key=True)
    id: str = Field(primary_key=True)
    enrolment_ref: str
    person_id: str
    contract_id: str
    role: str
    holder_ref: str | None
    representative_person_id: str | None
    requested_on: date
    linked_on: date | None
    joining_on: date
    unrepresented: bool = False
    """A minor for whom nobody answers yet."""
    newborn_on: date | None
    adopted_on: date | None
    portability: bool
    status: str = "active"
    ended_on: date | None = None
    source: str
    sequence: int = Field(sa_type=BigInteger)
    fingerprint: str | None
    told: str = ""
    recorded_at: datetime = Field(sa_type=STAMP)


class Feed(Row, table=True):
    """How far one source told of one enrolment: older lines are stale, an end is remembered."""

    tenant_id: int = Field(primary_key=True)
    source: str = Field(primary_key=True)
    enrolment_ref: str = Field(primary_key=True)
    sequence: int = Field(sa_type=BigInteger)
    digest: str
    ended: bool
    applied: int = 0
    duplicate: int = 0
    stale: int = 0


class EnrolmentFile(Row, table=True):
    """One file of enrolments and what came of its lines."""

    __tablename__ = "enrolment_file"

    tenant_id: int = Field(primary_key=True)
    id: str = Field(primary_key=True)
    media_type: str
    lines: int
    applied: int
    duplicate: int
    stale: int
    rejected: int
    received_at: datetime = Field(sa_type=STAMP)
    received_by: str


class Rejection(Row, table=True):
    """A refused line, sealed as the service's own; `errors` holds fields and reasons only.

    `sealed` is there for a short while, to be corrected and sent again; the reasons stay.
    """

    __table_args__ = (
        Index("rejection_age", "tenant_id", "received_at", "id"),
        Index("rejection_file", "tenant_id", "file_id", "line_no"),
        Index("rejection_ref", "tenant_id", "enrolment_ref"),
        Index("rejection_cpf", "tenant_id", "cpf_index"),
        Index("rejection_representative", "tenant_id", "representative_index"),
        Index("rejection_sealed", "received_at", postgresql_where=text("sealed is not null")),
    )

    tenant_id: int = Field(primary_key=True)
    id: str = Field(primary_key=True)
    source: str
    enrolment_ref: str | None
    received_at: datetime = Field(sa_type=STAMP)
    errors: list[dict[str, str]] = Field(sa_type=JSONB)
    sealed: str | None
    cpf_index: str | None = None
    representative_index: str | None = None
    file_id: str | None = None
    line_no: int | None = None


class Merge(Row, table=True):
    """Two records that were found to be one person, until it is taken back."""

    __table_args__ = (Index("merge_absorbed", "tenant_id", "absorbed_id"),)

    tenant_id: int = Field(primary_key=True)
    id: str = Field(primary_key=True)
    survivor_id: str
    absorbed_id: str
    reason_sealed: str
    merged_by: str
    merged_at: datetime = Field(sa_type=STAMP)
    undone_at: datetime | None = Field(default=None, sa_type=STAMP)
    undone_by: str | None = None
    undone_because_sealed: str | None = None


class TimelineEntry(Row, table=True):
    """One thing that happened to a person, once per fact."""

    __tablename__ = "timeline_entry"
    __table_args__ = (Index("timeline_person", "tenant_id", "person_id", "at", "event_id"),)

    tenant_id: int = Field(primary_key=True)
    event_id: str = Field(primary_key=True)
    person_id: str
    at: datetime = Field(sa_type=STAMP)
    kind: str
    author: str
    source: str
    subject: str
    summary: str


class Hold(Row, table=True):
    """What another service's facts say must keep a person's data: a CPT, a signed declaration."""

    __table_args__ = (Index("hold_person", "tenant_id", "person_id"),)

    tenant_id: int = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    person_id: str
    since_on: date
    ended_on: date | None = None
