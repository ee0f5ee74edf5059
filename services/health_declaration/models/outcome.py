"""What a declaration leads to: offer, term, CPT."""

from datetime import date, datetime

from sqlalchemy import Index, Text, text
from sqlmodel import Field

from services.health_declaration.models.base import Row, moment, optional_moment


class Offer(Row, table=True):
    """What was put to the proponent and what they chose."""

    __table_args__ = (Index("offer_case", "tenant_id", "declaration_id"),)

    tenant_id: int = Field(primary_key=True)
    offer_id: str = Field(primary_key=True)
    declaration_id: str
    content_sealed: str = Field(sa_type=Text)
    """{options: [...], items: [{question, cid_range, cids, families, months}]}"""
    made_at: datetime = moment()
    answer_by: date
    chosen: str | None = None
    chosen_at: datetime | None = optional_moment()
    challenge_id: str | None = None
    document_id: str | None = None
    """How the person proved the answer where an employee typed it: a code, or a scan."""
    assisted_by: str | None = None
    agreed_sealed: str | None = Field(default=None, sa_type=Text)
    """The surcharge as signed: {cents_per_month, months, addendum_sha256, document, ...}"""


class Term(Row, table=True):
    """The CPT term: a sealed PDF, its hash, and the evidence of its signature."""

    __table_args__ = (Index("term_case", "tenant_id", "declaration_id"),)

    tenant_id: int = Field(primary_key=True)
    term_id: str = Field(primary_key=True)
    declaration_id: str
    offer_id: str
    data_sealed: str = Field(sa_type=Text)
    """What the PDF was made from; its hash is printed in it."""
    pdf_sealed: str = Field(sa_type=Text)
    sha256: str
    issued_at: datetime = moment()
    sign_by: date
    signed_at: datetime | None = optional_moment()
    channel: str | None = None
    challenge_id: str | None = None
    document_id: str | None = None
    """The scan, where it was signed on paper."""
    assisted_by: str | None = None


class Cpt(Row, table=True):
    """One CPT. What it restricts was fixed when it was signed: newer tables do not change it."""

    __table_args__ = (
        Index("cpt_person", "tenant_id", "person_id"),
        Index("cpt_case", "tenant_id", "declaration_id"),
        Index("cpt_enrolment", "tenant_id", "enrolment_id"),
        Index("cpt_due", "tenant_id", "ends_on", postgresql_where=text("status = 'in_force'")),
        Index(
            "cpt_report_due",
            "tenant_id",
            "report_due_at",
            postgresql_where=text("report_due_at is not null"),
        ),
        Index("cpt_erp", "tenant_id", "erp_status", "reported_at"),
    )

    tenant_id: int = Field(primary_key=True)
    cpt_id: str = Field(primary_key=True)
    declaration_id: str
    person_id: str
    enrolment_id: str
    enrolment_ref: str
    revision: int = 1
    status: str = "in_force"
    starts_on: date
    ends_on: date
    months: int
    end_reason: str | None = None
    content_sealed: str = Field(sa_type=Text)
    """{items: [{question, cid_range, cids, families}], tuss: [...], bed: bool}"""
    term_sha256: str | None = None
    rules_version: str
    created_at: datetime = moment()
    erp_status: str = "reported"
    erp_revision: int = 0
    """Highest revision the ERP applied."""
    erp_reason_sealed: str | None = Field(default=None, sa_type=Text)
    reported_at: datetime | None = optional_moment()
    report_due_at: datetime | None = optional_moment()
    """When the report is repeated; None once it was applied, or left to a person."""
    report_tries: int = 0
    stuck: str | None = None
    """Kind of error that kept it from ending or being reported: listed and skipped."""
