"""What people say of their own data: consents, one row each time, and requests to the officer."""

from datetime import datetime

from sqlalchemy import Index, Text
from sqlmodel import Field

from services.health_declaration.models.base import Row, moment, optional_moment


class OwnConsent(Row, table=True):
    """A consent given or revoked: never changed, the newest of a purpose holds."""

    __tablename__ = "own_consent"
    __table_args__ = (Index("own_consent_newest", "tenant_id", "person_id", "purpose", "at"),)

    tenant_id: int = Field(primary_key=True)
    consent_id: str = Field(primary_key=True)
    person_id: str
    declaration_id: str
    said_by: str
    """Who answered: the person, or whoever represents them."""
    purpose: str
    text_version: str
    text_hash: str
    given: bool
    at: datetime = moment()


class OwnRequest(Row, table=True):
    """A correction or an erasure asked for."""

    __tablename__ = "own_request"
    __table_args__ = (Index("own_request_person", "tenant_id", "person_id", "made_at"),)

    tenant_id: int = Field(primary_key=True)
    request_id: str = Field(primary_key=True)
    person_id: str
    declaration_id: str
    said_by: str
    kind: str
    text_sealed: str = Field(sa_type=Text)
    made_at: datetime = moment()
    settled_at: datetime | None = optional_moment()
    settled_by: str | None = None
    answer_sealed: str | None = Field(default=None, sa_type=Text)
