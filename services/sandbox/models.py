"""Tables of the stand-ins. What a provider cannot know the tenant of belongs to tenant 0.

Nothing personal lies here in clear: raw requests are sealed, the ERP keeps the JWE it was sent.
"""

from datetime import datetime

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, MetaData, Text, func, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from kit.db import plumbing as declare_plumbing

NO_TENANT = 0


class Row(SQLModel, registry=registry()):
    """Base of this service's tables."""

    metadata = MetaData()


plumbing = declare_plumbing(Row.metadata)


def _stamp() -> Column[datetime]:
    return Column(DateTime(timezone=True), server_default=func.clock_timestamp(), nullable=False)


class TenantClock(Row, table=True):
    """How far the business time of a tenant runs ahead of real time."""

    __tablename__ = "tenant_clock"

    tenant_id: int = Field(primary_key=True)
    offset_seconds: int = 0
    version: int = 0


class Lane(Row, table=True):
    """Tenants whose reports the ERP holds, kept as the ERP's own (tenant 0)."""

    __tablename__ = "lane"

    tenant_id: int = Field(primary_key=True)
    number: int = Field(primary_key=True)


class RawRequest(Row, table=True):
    """A request as it came, sealed; nothing is deduplicated."""

    __tablename__ = "raw_request"
    __table_args__ = (Index("raw_of_provider", "tenant_id", "provider", "id"),)

    tenant_id: int = Field(primary_key=True)
    id: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )
    provider: str
    accepted: bool
    sealed: str = Field(sa_type=Text)
    at: datetime | None = Field(default=None, sa_column=_stamp())


class WhatsAppMessage(Row, table=True):
    """A message taken, until its statuses were told to whoever sent it."""

    __tablename__ = "whatsapp_message"
    __table_args__ = (
        Index("whatsapp_untold", "tenant_id", "seq", postgresql_where=text("not told")),
    )

    tenant_id: int = Field(primary_key=True)
    id: str = Field(primary_key=True)
    seq: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True)))
    phone_number_id: str
    recipient: str = Field(sa_type=Text)
    callback_data: str
    fails: bool = False
    told: bool = False


class Mode(Row, table=True):
    """How a stand-in treats one recipient, known by a keyed hash."""

    __tablename__ = "mode"

    tenant_id: int = Field(primary_key=True)
    recipient: str = Field(primary_key=True)
    mode: str
    times: int = 0


class Room(Row, table=True):
    """A video room and its hours."""

    __tablename__ = "room"

    tenant_id: int = Field(primary_key=True)
    id: str = Field(primary_key=True)
    opens_at: datetime = Field(sa_type=DateTime(timezone=True))
    closes_at: datetime = Field(sa_type=DateTime(timezone=True))


class Visit(Row, table=True):
    """Someone came into a room or left it, in business time."""

    __tablename__ = "visit"
    __table_args__ = (Index("visit_of_room", "tenant_id", "room_id", "id"),)

    tenant_id: int = Field(primary_key=True)
    id: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )
    room_id: str
    who: str
    action: str
    at: datetime = Field(sa_type=DateTime(timezone=True))


class ErpBehaviour(Row, table=True):
    """How the ERP behaves for a tenant."""

    __tablename__ = "erp_behaviour"

    tenant_id: int = Field(primary_key=True)
    mode: str = "up"
    refuse_left: int = 0
    reason: str = ""


class ErpReport(Row, table=True):
    """One delivery of a report, by its place on the topic, until it was confirmed."""

    __tablename__ = "erp_report"
    __table_args__ = (
        Index(
            "erp_report_open",
            "tenant_id",
            "seq",
            postgresql_where=text("acked_at is null"),
        ),
    )

    tenant_id: int = Field(primary_key=True)
    id: str = Field(primary_key=True)
    seq: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True)))
    cpt_id: str
    revision: int
    jwe: str = Field(sa_type=Text)
    received_at: datetime | None = Field(default=None, sa_column=_stamp())
    outcome: str | None = None
    reason: str | None = None
    decided_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    acked_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class ErpCoverage(Row, table=True):
    """The ERP's own coverage table; what it says lies in the JWE as received."""

    __tablename__ = "erp_coverage"
    __table_args__ = (Index("erp_coverage_person", "tenant_id", "person"),)

    tenant_id: int = Field(primary_key=True)
    cpt_id: str = Field(primary_key=True)
    person: str
    """Keyed hash of the CPF."""
    revision: int
    applied: int = 1
    jwe: str = Field(sa_type=Text)


class SignIn(Row, table=True):
    """A code or a refresh token of the issuer, as a hash, until it is spent. Times are real."""

    __tablename__ = "sign_in"
    __table_args__ = (Index("sign_in_age", "tenant_id", "expires_at"),)

    tenant_id: int = Field(primary_key=True)
    id: str = Field(primary_key=True)
    kind: str
    client_id: str
    sub: str
    redirect_uri: str = ""
    challenge: str = ""
    nonce: str = ""
    expires_at: datetime = Field(sa_type=DateTime(timezone=True))


class NamedPerson(Row, table=True):
    """Somebody named at will (`/issuer/people`), who can sign in from then on."""

    __tablename__ = "named_person"

    tenant_id: int = Field(primary_key=True)
    sub: str = Field(primary_key=True)
    name: str
    roles: str
    """With spaces between."""
