"""What happened to a person: each fact once, whoever told it."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from contracts.base import Event
from kit.db import Transaction
from services.registry.models import TimelineEntry
from services.registry.rules import timeline

OWN = "registry"
_LOCK = text(
    "select pg_advisory_xact_lock(:tenant, stripe) from unnest(cast(:stripes as int[])) as stripe"
)
_STRIPES = 4096
_WRITE = insert(TimelineEntry.metadata.tables["timeline_entry"]).on_conflict_do_nothing()


async def record(tx: Transaction, event: Event, source: str = OWN) -> None:
    """Records a fact of ours and puts it on the person's timeline in the same transaction."""
    await tx.record(event)
    tx.session.add_all(TimelineEntry(**row) for row in _rows(tx, event, source))


async def remember(tx: Transaction, event: Event) -> None:
    """Puts another service's fact on the person's timeline, once however often it comes."""
    for row in _rows(tx, event, event.topic.removesuffix(".events")):
        tx.collect(_write, row)


async def serialise(tx: Transaction, names: set[str]) -> None:
    """Makes transactions that touch one of `names` wait for each other, without deadlock.

    Locks are striped so that a batch of any size holds a bounded number of them.
    """
    stripes = sorted({int(tx.blind("lock", name)[:8], 16) % _STRIPES for name in names})
    await tx.connection.execute(_LOCK, {"tenant": tx.tenant_id, "stripes": stripes})


async def _write(tx: Transaction, rows: list[dict[str, Any]]) -> None:
    await tx.connection.execute(_WRITE, rows)


def _rows(tx: Transaction, event: Event, source: str) -> list[dict[str, Any]]:
    told = timeline.tell(event)
    if told is None:
        return []
    return [
        {
            "tenant_id": tx.tenant_id,
            "event_id": str(event.id),
            "person_id": told.person_id,
            "at": event.occurred_at,
            "kind": event.type,
            "author": event.actor or tx.actor or source,
            "source": source,
            "subject": told.subject,
            "summary": told.summary,
        }
    ]
