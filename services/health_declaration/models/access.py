"""How a proponent gets in: link, one-time code, session. Secrets are kept as hashes only."""

from datetime import datetime

from sqlalchemy import Index, Text
from sqlmodel import Field

from services.health_declaration.models.base import Row, moment, optional_moment


class Link(Row, table=True):
    """A link sent to one person for one declaration. `link_hash` is SHA-256 of its secret."""

    __table_args__ = (Index("link_case", "tenant_id", "declaration_id"),)

    tenant_id: int = Field(primary_key=True)
    link_hash: str = Field(primary_key=True)
    declaration_id: str
    respondent_id: str
    issued_at: datetime = moment()
    expires_at: datetime = moment()
    revoked_at: datetime | None = optional_moment()
    failures: int = 0
    blocked_until: datetime | None = optional_moment()
    renewed_at: datetime | None = optional_moment()


class Challenge(Row, table=True):
    """A one-time code on its way. `purpose` is session, signature, offer, term or assistance."""

    __table_args__ = (Index("challenge_case", "tenant_id", "declaration_id", "sent_at"),)

    tenant_id: int = Field(primary_key=True)
    challenge_id: str = Field(primary_key=True)
    declaration_id: str
    respondent_id: str
    purpose: str
    channel: str | None = None
    """How the proponent asked to get the code; None where the preferred way is taken."""
    code_hash: str
    sent_at: datetime = moment()
    expires_at: datetime = moment()
    attempts: int = 0
    used_at: datetime | None = optional_moment()


class FormSession(Row, table=True):
    """An open form. `assisted_by` names the employee who types for the proponent."""

    __tablename__ = "form_session"

    tenant_id: int = Field(primary_key=True)
    session_hash: str = Field(primary_key=True)
    declaration_id: str
    respondent_id: str
    opened_at: datetime = moment()
    expires_at: datetime = moment()
    assisted_by: str | None = None
    identity_check_sealed: str | None = Field(default=None, sa_type=Text)
    """How the employee made sure of who was helped."""
    challenge_id: str | None = None
    """The code by which the person let the employee see what they had said by themselves."""
