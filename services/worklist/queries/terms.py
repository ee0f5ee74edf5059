"""By what the tasks of a queue are measured: its minutes, its team's hours, its ladder."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from kit.db import Transaction
from services.worklist.models import Hours, Queue
from services.worklist.rules import usual
from services.worklist.rules.escalation import Act, Anchor, Step
from services.worklist.rules.working_time import Shift, WorkingHours


@dataclass(frozen=True)
class QueueTerms:
    """One version of a queue, 0 where nobody set it up, with its team's hours as they are now."""

    version: int
    minutes: int
    hours: WorkingHours
    ladder: tuple[Step, ...]
    supervisors: tuple[str, ...] = ()


class Terms:
    """Reads each queue once, however many of its tasks are at hand."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._known: dict[tuple[str, int | None], QueueTerms] = {}

    async def of(self, queue: str, version: int | None = None) -> QueueTerms:
        """A version of the queue, or its newest."""
        key = (queue, version)
        if key not in self._known:
            self._known[key] = await self._read(queue, version)
        return self._known[key]

    async def _read(self, name: str, version: int | None) -> QueueTerms:
        row = None if version == 0 else await queue_row(self._tx, name, version)
        if row is None:
            hours = usual.hours(self._tx.zone)
            return QueueTerms(0, usual.MINUTES, hours, usual.LADDER)
        hours = await hours_of(self._tx, row.hours)
        ladder = tuple(map(_step, row.ladder))
        return QueueTerms(row.version, row.minutes, hours, ladder, tuple(row.supervisors))


async def queue_row(tx: Transaction, name: str, version: int | None = None) -> Queue | None:
    """A version of a queue, or its newest; None where there is none."""
    query = select(Queue).where(Queue.tenant_id == tx.tenant_id, Queue.name == name)
    if version is not None:
        query = query.where(Queue.version == version)
    found = await tx.session.scalars(query.order_by(col(Queue.version).desc()).limit(1))
    return found.first()


async def hours_row(tx: Transaction, name: str) -> Hours | None:
    """The newest version of a team's hours; None where there are none of that name."""
    query = select(Hours).where(Hours.tenant_id == tx.tenant_id, Hours.name == name)
    return (await tx.session.scalars(query.order_by(col(Hours.version).desc()).limit(1))).first()


async def hours_of(tx: Transaction, name: str) -> WorkingHours:
    """The hours of that name, or the usual ones."""
    row = await hours_row(tx, name)
    if row is None:
        return usual.hours(tx.zone)
    week = [[Shift(**shift) for shift in shifts] for shifts in row.week]
    days = [date.fromisoformat(one["day"]) for one in row.holidays]
    return working_hours(row.zone, row.state, week, days)


def working_hours(
    zone: str, state: str | None, week: Iterable[Iterable[Shift]], days: Iterable[date]
) -> WorkingHours:
    """Hours as data; ValueError where they contradict themselves or the zone is unknown."""
    shifts = tuple(tuple(one) for one in week)
    return WorkingHours(ZoneInfo(zone), shifts, usual.rest_days(state) | frozenset(days))


def _step(kept: dict[str, Any]) -> Step:
    return Step(Anchor(kept["anchor"]), kept["minutes"], tuple(map(Act, kept["acts"])))
