"""What the clock of CPTs asks for: ends in time, and reports that the ERP did not apply.

Each is done in a savepoint of its own: one that cannot be read stops none of the others.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, time
from typing import Any

from sqlalchemy import update
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, func, select

from contracts.health_declaration.cpt import CptAdvanced
from kit.db import Transaction
from kit.logs import logger
from services.health_declaration.models import Cpt
from services.health_declaration.usecases import cpts, erp

Act = Callable[[Transaction, Cpt], Awaitable[None]]
PASSING = (DBAPIError, OSError, TimeoutError)
"""Says nothing about the one CPT: the whole request fails and is asked again."""
log = logger(__name__)


async def advance(tx: Transaction, now: datetime, limit: int) -> CptAdvanced:
    """Does what is due at `now`, the earliest first; asking twice does each once."""
    tx.as_of(now)
    ended = await _each(tx, col(Cpt.ends_on), _ending(tx), limit, cpts.end_in_time)
    repeated = await _each(tx, col(Cpt.report_due_at), _repeating(tx), limit, erp.repeat)
    following = await next_due(tx)
    return CptAdvanced(
        ended=ended,
        repeated=repeated,
        more=following is not None and following <= now,
        next_due_at=following,
    )


async def next_due(tx: Transaction) -> datetime | None:
    """When the next CPT ends or the next report is repeated."""
    await tx.session.flush()
    able = (Cpt.tenant_id == tx.tenant_id, col(Cpt.stuck).is_(None))
    ends = select(func.min(Cpt.ends_on)).where(*able, Cpt.status == "in_force")
    reports = select(func.min(Cpt.report_due_at)).where(*able)
    first = (await tx.session.execute(ends)).scalar_one()
    repeated_at = (await tx.session.execute(reports)).scalar_one()
    ends_at = datetime.combine(first, time(), tx.zone) if first else None
    return min((moment for moment in (ends_at, repeated_at) if moment is not None), default=None)


def _ending(tx: Transaction) -> tuple[Any, ...]:
    return (Cpt.status == "in_force", col(Cpt.ends_on) <= tx.today)


def _repeating(tx: Transaction) -> tuple[Any, ...]:
    return (col(Cpt.report_due_at) <= tx.now,)


async def _each(tx: Transaction, order: Any, due: tuple[Any, ...], limit: int, act: Act) -> int:
    able = (Cpt.tenant_id == tx.tenant_id, col(Cpt.stuck).is_(None), *due)
    query = select(Cpt.cpt_id).where(*able).order_by(order, Cpt.cpt_id).limit(limit)
    found = list((await tx.session.execute(query)).scalars())
    return sum([await _alone(tx, cpt_id, able, act) for cpt_id in found])


async def _alone(tx: Transaction, cpt_id: str, able: tuple[Any, ...], act: Act) -> bool:
    """One of them, if it is still due once locked."""
    await tx.flush()
    one = select(Cpt).where(*able, Cpt.cpt_id == cpt_id).with_for_update()
    fresh = one.execution_options(populate_existing=True)
    try:
        async with tx.savepoint():
            cpt = (await tx.session.execute(fresh)).scalar_one_or_none()
            if cpt is not None:
                await act(tx, cpt)
            await tx.flush()
    except Exception as error:
        if isinstance(error, PASSING):
            raise
        tx.forget()
        await _set_aside(tx, cpt_id, type(error).__name__)
        return False
    return cpt is not None


async def _set_aside(tx: Transaction, cpt_id: str, error: str) -> None:
    log.error("cpt set aside", error=error)
    mine = (col(Cpt.tenant_id) == tx.tenant_id, col(Cpt.cpt_id) == cpt_id)
    await tx.session.execute(update(Cpt).where(*mine).values(stuck=error))
    await tx.audit("cpt.set_aside", cpt_id, details={"error": error})
