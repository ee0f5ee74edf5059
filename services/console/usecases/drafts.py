"""Text typed and not sent yet: kept per task, person and form, sealed for it may be clinical."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Delete, delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from kit.db import Transaction
from kit.keyring import KeyDestroyed, KeyMissing
from services.console.models import Draft
from services.console.usecases.sessions import now


@dataclass(frozen=True)
class Spot:
    """Which form of which task, and of whom its text speaks."""

    task_id: str
    person_id: str
    form: str


@dataclass(frozen=True)
class Kept:
    """A draft opened again."""

    fields: Mapping[str, str]
    saved_at: datetime


@dataclass(frozen=True)
class Sheet:
    """The page somebody types in: its own sign, and when what it began with was kept."""

    sign: str
    began: str
    sent: bool
    """It was sent, not only typed: then it is what counts, whatever another page kept."""

    @classmethod
    def of(cls, typed: Mapping[str, str], *, sent: bool = False) -> "Sheet":
        """As the form tells it."""
        return cls(typed.get("key", ""), typed.get("draft_at", ""), sent)


async def person_of(tx: Transaction, task_id: str) -> str | None:
    """Of whom the drafts of a task speak, once there is one; its owner is asked before."""
    query = select(Draft.person_id).where(*_mine(tx, task_id)).limit(1)
    found: str | None = await tx.session.scalar(query)
    return found


async def save(
    tx: Transaction, spot: Spot, fields: Mapping[str, str], sheet: Sheet
) -> datetime | None:
    """Keeps what stands in a form now in the place of what stood there; blank keeps nothing.

    None, and nothing is kept, where another page, open at the same time, kept its own meanwhile.
    """
    moment = now()
    if await _of_another_page(tx, spot, sheet):
        return None
    if not fields:
        await tx.session.execute(_forgetting(tx, spot.task_id, spot.form))
        return moment
    sealed = await tx.seal(spot.person_id, json.dumps(dict(fields), ensure_ascii=False))
    kept = {"fields": sealed, "saved_at": moment, "person_id": spot.person_id}
    kept |= {"sheet": sheet.sign}
    key = {"tenant_id": tx.tenant_id, "task_id": spot.task_id, "sub": tx.actor, "form": spot.form}
    written = insert(Draft).values(key | kept)
    await tx.session.execute(written.on_conflict_do_update(index_elements=[*key], set_=kept))
    return moment


async def _of_another_page(tx: Transaction, spot: Spot, sheet: Sheet) -> bool:
    mine = (*_mine(tx, spot.task_id), col(Draft.form) == spot.form)
    stands = (await tx.session.scalars(select(Draft).where(*mine).with_for_update())).first()
    if stands is None or sheet.sent or sheet.sign == stands.sheet:
        return False
    return sheet.began != stands.saved_at.isoformat()


async def of_task(tx: Transaction, task_id: str) -> dict[str, Kept]:
    """One's own drafts of a task, by form; those of somebody erased are nobody's any more."""
    rows = await tx.session.scalars(select(Draft).where(*_mine(tx, task_id)))
    found = {}
    for row in rows:
        try:
            text = await tx.open(row.person_id, row.fields)
        except (KeyDestroyed, KeyMissing):
            continue
        found[row.form] = Kept(json.loads(text), row.saved_at)
    return found


async def forget(tx: Transaction, task_id: str, form: str | None = None) -> None:
    """It was sent, or is not wanted any more."""
    await tx.session.execute(_forgetting(tx, task_id, form))


def _forgetting(tx: Transaction, task_id: str, form: str | None) -> Delete:
    gone = delete(Draft).where(*_mine(tx, task_id))
    return gone.where(col(Draft.form) == form) if form else gone


def _mine(tx: Transaction, task_id: str) -> tuple[ColumnElement[bool], ...]:
    return (
        col(Draft.tenant_id) == tx.tenant_id,
        col(Draft.task_id) == task_id,
        col(Draft.sub) == tx.actor,
    )
