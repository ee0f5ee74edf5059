"""Queues and hours are written as versions: what is open keeps the version it began with."""

from zoneinfo import available_timezones

from contracts.worklist.team import LONGEST_MINUTES, HoursIn, HoursView, QueueIn, QueueView
from kit.db import Transaction
from kit.errors import Refused
from services.worklist.models import Hours, Queue
from services.worklist.queries import terms
from services.worklist.queries.teams import USUAL_HOURS, hours_view, queue_view
from services.worklist.rules.working_time import NoWorkingTime, Shift
from services.worklist.usecases import retiming, turns


async def put_queue(tx: Transaction, name: str, wish: QueueIn) -> QueueView:
    """The queue as it is from now on, for the tasks that open from now on."""
    await turns.take(tx, f"queue/{name}")
    former = await terms.queue_row(tx, name)
    stands = (former.version, former.made_by, former.made_at) if former else (0, None, None)
    turns.expect_seen(wish.version, *stands)
    if wish.hours != USUAL_HOURS and await terms.hours_row(tx, wish.hours) is None:
        raise _refused("hours", "não há horário de trabalho com este nome")
    row = Queue(
        tenant_id=tx.tenant_id,
        name=name,
        made_by=tx.actor or "",
        made_at=tx.now,
        **wish.model_dump(mode="json") | {"version": wish.version + 1},
    )
    tx.session.add(row)
    await tx.audit("queue.written", name, details={"version": row.version})
    return queue_view(row)


async def put_hours(tx: Transaction, name: str, wish: HoursIn) -> HoursView:
    """The hours of a team from now on: open tasks too are measured by them, some at once and all in
    the next rounds, so that a holiday makes nobody late."""
    await turns.take(tx, f"hours/{name}")
    former = await terms.hours_row(tx, name)
    stands = (former.version, former.made_by, former.made_at) if former else (0, None, None)
    turns.expect_seen(wish.version, *stands)
    _expect_workable(tx, wish)
    row = Hours(
        tenant_id=tx.tenant_id,
        name=name,
        made_by=tx.actor or "",
        made_at=tx.now,
        timed_to="",
        **wish.model_dump(mode="json") | {"version": wish.version + 1},
    )
    tx.session.add(row)
    if former is not None:
        former.timed_to = None
    await tx.session.flush()
    await retiming.begin(tx, name)
    await tx.audit("hours.written", name, details={"version": row.version})
    return hours_view(row)


def _expect_workable(tx: Transaction, wish: HoursIn) -> None:
    """The longest term must fall due in them one day, or no task could be opened."""
    if wish.zone not in available_timezones():
        raise _refused("zone", "fuso horário desconhecido")
    week = [[Shift(shift.start, shift.end) for shift in shifts] for shifts in wish.week]
    days = [one.day for one in wish.holidays]
    try:
        hours = terms.working_hours(wish.zone, wish.state, week, days)
        hours.due_at(tx.now, 2 * LONGEST_MINUTES)
    except ValueError as fault:
        raise _refused("week", str(fault)) from None
    except NoWorkingTime:
        raise _refused("week", "o horário tem trabalho de menos para os prazos") from None


def _refused(field: str, reason: str) -> Refused:
    return Refused(errors=[{"field": field, "reason": reason}])
