"""Tables of the console: who is signed in, whose phone is where, and text not sent yet."""

from datetime import datetime

from sqlalchemy import DateTime, Index, LargeBinary, MetaData, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, VARCHAR
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from kit.db import plumbing as declare_plumbing


class Row(SQLModel, registry=registry()):
    """Base of this service's tables."""

    metadata = MetaData()


plumbing = declare_plumbing(Row.metadata)


class Session(Row, table=True):
    """Somebody at a browser. The browser holds a secret, this row its hash; all times are real.

    `tokens` are sealed with a key made from that secret: whoever reads this table has none of them.
    """

    __tablename__ = "session"
    __table_args__ = (Index("session_age", "tenant_id", "seen_at"),)

    tenant_id: int = Field(primary_key=True)
    id: str = Field(primary_key=True)
    sub: str
    name: str
    roles: list[str] = Field(sa_type=ARRAY(VARCHAR))
    tokens: bytes = Field(sa_type=LargeBinary)
    tokens_until: datetime = Field(sa_type=DateTime(timezone=True))
    renewable: bool
    renewing_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    """Since when somebody is getting new tokens, so that one does and the others wait for it."""
    begun_at: datetime = Field(sa_type=DateTime(timezone=True))
    seen_at: datetime = Field(sa_type=DateTime(timezone=True))


class Draft(Row, table=True):
    """What one person typed into one form of one task, sealed with the key of whom it speaks of."""

    __tablename__ = "draft"
    __table_args__ = (Index("draft_age", "tenant_id", "saved_at"),)

    tenant_id: int = Field(primary_key=True)
    task_id: str = Field(primary_key=True)
    sub: str = Field(primary_key=True)
    form: str = Field(primary_key=True)
    person_id: str
    fields: str = Field(sa_type=Text)
    sheet: str = ""
    """The page that it was typed in: of two that are open at once neither writes over the other."""
    saved_at: datetime = Field(sa_type=DateTime(timezone=True))
    """Real time."""


class PhoneVisit(Row, table=True):
    """A proponent's phone. It holds a secret, this row its hash; `state` opens only with the
    secret: who reads this table has neither the link nor the session of anybody."""

    __tablename__ = "phone_visit"
    __table_args__ = (Index("phone_visit_age", "tenant_id", "seen_at"),)

    tenant_id: int = Field(primary_key=True)
    id: str = Field(primary_key=True)
    state: bytes = Field(sa_type=LargeBinary)
    seen_at: datetime = Field(sa_type=DateTime(timezone=True))
    """Real time."""


class Resend(Row, table=True):
    """Links that one person has sent again to many: a job that goes on while they look."""

    __tablename__ = "resend"
    __table_args__ = (Index("resend_mine", "tenant_id", "sub", "begun_at"),)

    tenant_id: int = Field(primary_key=True)
    resend_id: str = Field(primary_key=True)
    sub: str
    begun_at: datetime = Field(sa_type=DateTime(timezone=True))
    """Real time."""
    stopped_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class ResendItem(Row, table=True):
    """One declaration of a job and what came of it; no name stands here."""

    __tablename__ = "resend_item"
    __table_args__ = (
        Index(
            "resend_item_left",
            "tenant_id",
            "resend_id",
            "place",
            postgresql_where=text("told_at is null"),
        ),
    )

    tenant_id: int = Field(primary_key=True)
    resend_id: str = Field(primary_key=True)
    place: int = Field(primary_key=True)
    declaration_id: str
    person_id: str
    told_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    """When it was answered, well or badly; until then it is still to be sent."""
    failure: str | None = None
    """Why no link was sent, in words."""
