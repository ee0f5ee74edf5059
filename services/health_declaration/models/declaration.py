"""The case: one declaration, its answers, signatures and documents.

Columns named `*_sealed` hold what only the person's key opens.
"""

from datetime import date, datetime

from sqlalchemy import BigInteger, Column, Identity, Index, Text, text
from sqlmodel import Field

from services.health_declaration.models.base import Row, moment, optional_moment


class KnownPerson(Row, table=True):
    """What this service remembers of a person: who may open a link, whom a term names."""

    __tablename__ = "known_person"

    tenant_id: int = Field(primary_key=True)
    person_id: str = Field(primary_key=True)
    revision: int
    identity_sealed: str = Field(sa_type=Text)
    """{name, birth_on, cpf}"""


class MergedPerson(Row, table=True):
    """Whose record speaks for which other since when; kept of people not yet known here too."""

    __tablename__ = "merged_person"
    __table_args__ = (Index("merged_person_into", "tenant_id", "merged_into"),)

    tenant_id: int = Field(primary_key=True)
    person_id: str = Field(primary_key=True)
    merged_into: str | None
    """None once the merge was taken back: the moment still tells older facts from newer ones."""
    as_of: datetime = moment()


class Waiver(Row, table=True):
    """An enrolment for which no declaration is due, and why."""

    __table_args__ = (Index("waiver_person", "tenant_id", "person_id"),)

    tenant_id: int = Field(primary_key=True)
    enrolment_id: str = Field(primary_key=True)
    person_id: str
    rule_id: str
    reason: str
    rules_version: str
    decided_at: datetime = moment()


class Declaration(Row, table=True):
    """One declaration from its request to its end. `version` counts decisions, for conflicts."""

    __table_args__ = (
        Index("declaration_enrolment", "tenant_id", "enrolment_id", unique=True),
        Index("declaration_person", "tenant_id", "person_id"),
        Index("declaration_stage", "tenant_id", "stage", "stage_since"),
        Index(
            "declaration_due", "tenant_id", "due_at", postgresql_where=text("due_at is not null")
        ),
        Index(
            "declaration_open",
            "tenant_id",
            "declaration_id",
            postgresql_where=text(
                "stage not in ('integrated', 'expired', 'withdrawn', 'cancelled')"
            ),
        ),
    )

    tenant_id: int = Field(primary_key=True)
    declaration_id: str = Field(primary_key=True)
    person_id: str
    respondent_id: str
    """Who answers and signs: the person, or the representative of a minor or incapable."""
    enrolment_id: str
    enrolment_ref: str
    contract_kind: str
    joining_on: date
    requested_at: datetime = moment()
    rules_version: str

    stage: str
    stage_since: datetime = moment()
    coarse_since: datetime = moment()
    """Since when the case stands where whoever has no clinical purpose is told it does."""
    stage_step: int = 0
    """Reminders and escalations of this stage already done."""
    due_at: datetime | None = optional_moment()
    paused_seconds: int = 0
    """Time in which the guidance lay with the operator; the term to sign is longer by it."""
    sale_told: bool = False
    """Whether it was told that the whole took too long."""
    version: int = 1
    changed_by: str | None = None
    changed_at: datetime | None = optional_moment()
    task_id: str | None = None
    """The task that a person of the operator is to do at this stage, in the worklist."""
    cause: str | None = None
    """A code that tells no disease: why a person must look, or why it ended."""
    enrolment_notice: str | None = None
    """What the enrolment says since the signature that would have waived the declaration."""

    answers_version: int = 1
    letter_version: str | None = None
    privacy_version: str | None = None
    terms_version: str | None = None
    letter_at: datetime | None = optional_moment()
    guidance: str | None = None
    intermediary_sealed: str | None = Field(default=None, sa_type=Text)
    protocol: str | None = None
    signed_at: datetime | None = optional_moment()
    triage_sealed: str | None = Field(default=None, sa_type=Text)
    """{declared, reasons, divergences, interview_needed, interview_criteria}"""

    contacts_changed_at: datetime | None = optional_moment()
    analyst: str | None = None
    opinion_sealed: str | None = Field(default=None, sa_type=Text)
    """{conclusion, text, confirmed: [[question, cid]], divergences, audited?}"""
    auditor: str | None = None
    audit_notes_sealed: str | None = Field(default=None, sa_type=Text)
    """[{at, by, decision, text}]"""
    straight_through: bool = False
    released_at: datetime | None = optional_moment()


class Answer(Row, table=True):
    """One answer of one version of the declaration."""

    tenant_id: int = Field(primary_key=True)
    declaration_id: str = Field(primary_key=True)
    answers_version: int = Field(primary_key=True)
    question_id: str = Field(primary_key=True)
    answer_sealed: str = Field(sa_type=Text)
    """{answer: yes|no, details: {follow_up: text}}"""
    saved_at: datetime = moment()
    saved_by: str | None = None
    """Who typed, when it was not the proponent."""


class Signature(Row, table=True):
    """Evidence that the proponent signed one version."""

    tenant_id: int = Field(primary_key=True)
    declaration_id: str = Field(primary_key=True)
    answers_version: int = Field(primary_key=True)
    text_sealed: str = Field(sa_type=Text)
    text_hash: str
    protocol: str
    signed_at: datetime = moment()
    channel: str
    challenge_id: str | None = None
    document_id: str | None = None
    assisted_by: str | None = None


class Protocol(Row, table=True):
    """Hands out the running number of protocols; each number is told once."""

    tenant_id: int = Field(primary_key=True)
    number: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )
    declaration_id: str
    answers_version: int


class DocumentRequest(Row, table=True):
    """Documents the analyst asked for."""

    __tablename__ = "document_request"
    __table_args__ = (Index("document_request_case", "tenant_id", "declaration_id"),)

    tenant_id: int = Field(primary_key=True)
    request_id: str = Field(primary_key=True)
    declaration_id: str
    items_sealed: str = Field(sa_type=Text)
    due_on: date
    requested_by: str
    requested_at: datetime = moment()
    answered_at: datetime | None = optional_moment()


class Document(Row, table=True):
    """A file sent by the proponent or scanned at the desk."""

    __table_args__ = (Index("document_case", "tenant_id", "declaration_id"),)

    tenant_id: int = Field(primary_key=True)
    document_id: str = Field(primary_key=True)
    declaration_id: str
    request_id: str | None = None
    name_sealed: str = Field(sa_type=Text)
    media_type: str
    size: int
    sha256: str
    content_sealed: str = Field(sa_type=Text)
    received_at: datetime = moment()
    received_by: str | None = None


class Exam(Row, table=True):
    """A medical examination at the operator's cost."""

    __table_args__ = (Index("exam_case", "tenant_id", "declaration_id"),)

    tenant_id: int = Field(primary_key=True)
    exam_id: str = Field(primary_key=True)
    declaration_id: str
    description_sealed: str = Field(sa_type=Text)
    requested_by: str
    requested_at: datetime = moment()
    due_on: date
    result_sealed: str | None = Field(default=None, sa_type=Text)
    concluded_by: str | None = None
    concluded_at: datetime | None = optional_moment()
