"""Tables of the contact service: who can be reached how, what was asked for, each try."""

from datetime import datetime

from sqlalchemy import DateTime, Index, MetaData, Text, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from kit.db import plumbing as declare_plumbing


class Row(SQLModel, registry=registry()):
    """Base of this service's tables."""

    metadata = MetaData()


plumbing = declare_plumbing(Row.metadata)


class Person(Row, table=True):
    """The little that is remembered of a person: ways to reach them, sealed with their key."""

    __tablename__ = "person"

    tenant_id: int = Field(primary_key=True)
    id: str = Field(primary_key=True)
    revision: int = 0
    addresses: str | None = Field(default=None, sa_type=Text)
    merged_into: str | None = None
    merged_as_of: datetime | None = Field(
        default=None, sa_type=DateTime(timezone=True), nullable=True
    )
    """When the newest merge or undoing happened: facts of different survivors come in any order."""
    erased: bool = False


class Contact(Row, table=True):
    """One contact asked for by a fact."""

    __tablename__ = "contact"
    __table_args__ = (
        Index("contact_newest", "tenant_id", "requested_at", "id"),
        Index("contact_of_person", "tenant_id", "person_id", "requested_at", "id"),
    )

    tenant_id: int = Field(primary_key=True)
    id: str = Field(primary_key=True)
    person_id: str
    template: str
    template_version: int | None = None
    params: str = Field(sa_type=Text)
    forced_channel: str | None = None
    addresses: str | None = Field(default=None, sa_type=Text)
    """Sealed: where this one goes instead of to the person's own."""
    status: str = "queued"
    reason: str | None = None
    waiting: bool = False
    """The person is not known yet: their facts travel on another topic."""
    requested_at: datetime = Field(sa_type=DateTime(timezone=True))


class Attempt(Row, table=True):
    """One try on one channel. `at` is business time; `due_at` and `claimed_at` are real time.

    No `due_at` means at once.
    """

    __tablename__ = "attempt"
    __table_args__ = (
        Index("attempt_of_contact", "tenant_id", "contact_id", "seq"),
        Index(
            "attempt_to_send",
            "tenant_id",
            "due_at",
            postgresql_where=text("status in ('queued', 'sending')"),
        ),
        Index(
            "attempt_in_line",
            "tenant_id",
            "rank",
            "at",
            postgresql_where=text("status = 'queued'"),
        ),
    )

    tenant_id: int = Field(primary_key=True)
    id: str = Field(primary_key=True)
    contact_id: str
    seq: int
    channel: str
    status: str = "queued"
    provider_id: str | None = None
    reason: str | None = None
    tries: int = 0
    rank: int
    """The lower leaves first; among equals the older."""
    at: datetime = Field(sa_type=DateTime(timezone=True))
    due_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    claimed_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class Lane(Row, table=True):
    """Numbers of the tenants that ever asked for a contact, kept as the service's own (tenant 0).

    Row-level security shows one tenant at a time; this tells the sender which to look at.
    """

    __tablename__ = "lane"

    tenant_id: int = Field(primary_key=True)
    number: int = Field(primary_key=True)
