"""The tables every service keeps beside its own: outbox, inbox, parked, idempotency, audit."""

from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    func,
    text,
)

from kit.audit import audit_table

CHANNEL = "outbox"
"""On which the database tells of facts that were committed."""


@dataclass(frozen=True)
class Plumbing:
    """The five tables of one service."""

    outbox: Table
    inbox: Table
    parked: Table
    idempotency: Table
    audit: Table


def plumbing(metadata: MetaData) -> Plumbing:
    """Declares the five tables in the service's own metadata."""
    return Plumbing(
        outbox=_outbox(metadata),
        inbox=_inbox(metadata),
        parked=_parked(metadata),
        idempotency=_idempotency(metadata),
        audit=audit_table(metadata),
    )


def _moment(name: str, *, stamped: bool = False, nullable: bool = False) -> Column[object]:
    default = func.now() if stamped else None
    return Column(name, DateTime(timezone=True), server_default=default, nullable=nullable)


def _outbox(metadata: MetaData) -> Table:
    """Facts as they will travel, sealed. `seq` commits out of order: nothing may poll past it."""
    return Table(
        "outbox",
        metadata,
        Column("seq", BigInteger, Identity(always=True), primary_key=True),
        Column("tenant_id", Integer, nullable=False),
        Column("id", String, nullable=False),
        Column("topic", String, nullable=False),
        Column("type", String, nullable=False),
        Column("key", String, nullable=False),
        Column("payload", Text, nullable=False),
        Column("traceparent", String),
        _moment("occurred_at"),
        _moment("recorded_at", stamped=True),
        _moment("published_at", nullable=True),
        _moment("parked_at", nullable=True),
        Index("outbox_unpublished", "seq", postgresql_where=text("published_at is null")),
        Index("outbox_parked", "topic", "key", postgresql_where=text("parked_at is not null")),
        Index("outbox_published", "published_at"),
    )


def _inbox(metadata: MetaData) -> Table:
    """Ids of the facts already done: a second delivery does nothing."""
    return Table(
        "inbox",
        metadata,
        Column("event_id", String, primary_key=True),
        _moment("done_at", stamped=True),
        Index("inbox_done", "done_at"),
    )


def _parked(metadata: MetaData) -> Table:
    """Messages of keys that wait behind a poison one, sealed, in their order."""
    return Table(
        "parked",
        metadata,
        Column("seq", BigInteger, Identity(always=True), primary_key=True),
        Column("tenant_id", Integer, nullable=False),
        Column("event_id", String, nullable=False),
        Column("topic", String, nullable=False),
        Column("key", String, nullable=False),
        Column("type", String, nullable=False),
        Column("payload", Text, nullable=False),
        Column("traceparent", String),
        Column("error", Text),
        _moment("parked_at", stamped=True),
        Index("parked_once", "tenant_id", "event_id", unique=True),
        Index("parked_key", "tenant_id", "topic", "key", "seq"),
    )


def _idempotency(metadata: MetaData) -> Table:
    """Replies already given, by the caller's key."""
    return Table(
        "idempotency",
        metadata,
        Column("tenant_id", Integer, primary_key=True),
        Column("key", String, primary_key=True),
        Column("fingerprint", String, nullable=False),
        Column("status", Integer),
        Column("reply", Text),
        _moment("created_at", stamped=True),
        Index("idempotency_age", "created_at"),
    )
