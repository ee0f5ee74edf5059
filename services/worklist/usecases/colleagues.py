"""Who works here, how much at once, and who stands in for whom."""

from dataclasses import replace
from datetime import timedelta

from contracts.worklist.team import AbsenceIn, ColleagueIn, ColleagueView
from kit.db import Transaction
from kit.errors import Forbidden, NotFound, Refused, Unauthenticated
from services.worklist.models import Colleague, Task
from services.worklist.queries import people
from services.worklist.queries.teams import colleague_view
from services.worklist.rules.claims import Worker
from services.worklist.usecases import turns

LONGEST_ABSENCE = timedelta(days=90)


async def myself(tx: Transaction) -> Worker:
    """The caller, as they stand once it is their turn."""
    if tx.caller is None:
        raise Unauthenticated()
    await in_turn(tx, tx.caller.sub)
    known = await people.colleague(tx, tx.caller.sub)
    return await people.worker(tx, tx.caller.sub, known, tx.caller.permissions)


async def in_turn(tx: Transaction, sub: str) -> None:
    """Somebody gets one task after the other, so that their room is never passed over.

    Before the lock of any task, here and everywhere: who waits for one holds no other.
    """
    await turns.take(tx, f"claims/{sub}")


async def other(tx: Transaction, sub: str, task: Task) -> Worker:
    """A colleague to whom this task is to be given: only where they are written down for it.

    What their token allows is known to them alone; the owner of the case asks it of them.
    """
    known = await people.colleague(tx, sub)
    if known is None:
        raise NotFound("Colega não encontrado", "colleague-not-found")
    worker = await people.worker(tx, sub, known, frozenset({task.skill}))
    away = known.away_until is not None and known.away_until > tx.now
    return replace(worker, queues=worker.queues or frozenset(), away=away)


async def put(tx: Transaction, sub: str, wish: ColleagueIn) -> ColleagueView:
    """Writes down who they are here."""
    row = await _seen(tx, sub, wish.version)
    row.name, row.capacity = wish.name, wish.capacity
    row.queues = None if wish.queues is None else sorted(set(wish.queues))
    await tx.audit("colleague.written", sub, details={"queues": row.queues, "version": row.version})
    return colleague_view(row)


async def put_absence(tx: Transaction, sub: str, wish: AbsenceIn) -> ColleagueView:
    """Who stands in for them until when: one's own, or anybody's where one runs the place."""
    if not people.manages(tx) and tx.actor != sub:
        raise Forbidden("A ausência de outra pessoa cabe a quem coordena", "not-yours")
    await _expect_standing_in(tx, sub, wish)
    row = await _seen(tx, sub, wish.version)
    row.deputy, row.away_until = wish.deputy, wish.away_until
    until = wish.away_until.isoformat() if wish.away_until else None
    await tx.audit("colleague.absence", sub, details={"deputy": wish.deputy, "until": until})
    return colleague_view(row)


async def _expect_standing_in(tx: Transaction, sub: str, wish: AbsenceIn) -> None:
    """Somebody else who is written down here, and not for longer than an absence lasts: whoever
    stands in has all that the other has."""
    if wish.deputy == sub:
        raise _refused("own-deputy", "deputy", "ninguém substitui a si mesmo")
    if wish.deputy and await people.colleague(tx, wish.deputy) is None:
        raise _refused("unknown-deputy", "deputy", "esta pessoa não é da equipe")
    if wish.away_until and wish.away_until > tx.now + LONGEST_ABSENCE:
        days = LONGEST_ABSENCE.days
        raise _refused("away-too-long", "away_until", f"uma ausência vai até {days} dias à frente")


def _refused(code: str, field: str, reason: str) -> Refused:
    return Refused(code=code, errors=[{"field": field, "reason": reason}])


async def _seen(tx: Transaction, sub: str, version: int) -> Colleague:
    """The row to be changed, as the caller saw it; a new one where there was none."""
    await turns.take(tx, f"colleague/{sub}")
    row = await people.colleague(tx, sub)
    stands = (row.version, row.changed_by, row.changed_at) if row else (0, None, None)
    turns.expect_seen(version, *stands)
    name = tx.caller.name if tx.caller and tx.caller.sub == sub else sub
    by, at = tx.actor or "", tx.now
    if row is None:
        row = Colleague(tenant_id=tx.tenant_id, sub=sub, name=name, changed_by=by, changed_at=at)
        tx.session.add(row)
    else:
        row.version, row.changed_by, row.changed_at = row.version + 1, by, at
    return row
