"""All that happened to a person, in order, with author and source."""

from dataclasses import dataclass

from sqlalchemy import Select, select, tuple_
from sqlmodel import col

from contracts.registry import api
from kit.db import Transaction
from kit.pages import encode_cursor, moment_cursor
from services.registry.models import TimelineEntry
from services.registry.queries import people
from services.registry.rules.timeline import author_without_purpose, kinds_telling_of_health

_AT_ONCE = 200
_MAY_READ_HEALTH = ("cpt.read", "privacy.export")


@dataclass(frozen=True)
class Asked:
    """Which page, and from which end."""

    limit: int = _AT_ONCE
    cursor: str | None = None
    order: api.TimelineOrder = "oldest"


async def page(tx: Transaction, person_id: str, asked: Asked) -> api.Timeline:
    """A page of a person's history, with that of every record merged with theirs.

    Who has no clinical purpose sees neither the kinds that would give a disease away, nor who
    of the staff acted in a declaration.
    """
    ids = await people.everyone(tx, person_id)
    query = _ordered(asked).where(
        col(TimelineEntry.tenant_id) == tx.tenant_id, col(TimelineEntry.person_id).in_(ids)
    )
    may_read = any(tx.caller and tx.caller.may(permission) for permission in _MAY_READ_HEALTH)
    if not may_read:
        query = query.where(col(TimelineEntry.kind).not_in(kinds_telling_of_health()))
    rows = list((await tx.session.execute(query)).scalars())
    shown = rows[: asked.limit]
    more = len(rows) > len(shown)
    await _note(tx, person_id, ids, shown if may_read else None)
    return api.Timeline(
        person_id=person_id,
        entries=tuple(_shown(row, may_read) for row in shown),
        next_cursor=encode_cursor(shown[-1].at.isoformat(), shown[-1].event_id) if more else None,
    )


def _ordered(asked: Asked) -> Select[TimelineEntry]:
    place = (col(TimelineEntry.at), col(TimelineEntry.event_id))
    query = select(TimelineEntry).limit(asked.limit + 1)
    newest = asked.order == "newest"
    query = query.order_by(*(column.desc() if newest else column for column in place))
    if not asked.cursor:
        return query
    here, stopped = tuple_(*place), tuple_(*moment_cursor(asked.cursor))
    return query.where(here < stopped if newest else here > stopped)


def _shown(row: TimelineEntry, may_read: bool) -> api.TimelineEntry:
    author = row.author if may_read else author_without_purpose(row.kind, row.author, row.source)
    return api.TimelineEntry.model_validate(row.model_dump() | {"author": author})


async def _note(
    tx: Transaction, person_id: str, ids: set[str], read: list[TimelineEntry] | None
) -> None:
    """Leaves a trail of what tells of health: read, or withheld from who may not (`read` None)."""
    telling = kinds_telling_of_health()
    if read is not None:
        if any(entry.kind in telling for entry in read):
            await tx.audit("clinical.read", person_id, details={"of": "timeline"})
        return
    query = select(col(TimelineEntry.event_id)).where(
        col(TimelineEntry.tenant_id) == tx.tenant_id,
        col(TimelineEntry.person_id).in_(ids),
        col(TimelineEntry.kind).in_(telling),
    )
    if (await tx.session.execute(query.limit(1))).first() is not None:
        await tx.audit("clinical.denied", person_id, details={"of": "timeline"})


async def whole(tx: Transaction, person_id: str) -> tuple[api.TimelineEntry, ...]:
    """The history from beginning to end."""
    entries: tuple[api.TimelineEntry, ...] = ()
    cursor: str | None = None
    while True:
        read = await page(tx, person_id, Asked(cursor=cursor))
        entries, cursor = entries + read.entries, read.next_cursor
        if cursor is None:
            return entries
