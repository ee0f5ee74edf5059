"""Business time of a tenant: absolute offset from real time, growing version, forward only."""

from datetime import UTC, datetime, timedelta
from math import ceil

from sqlalchemy.dialects.postgresql import insert

from contracts.sandbox.api import ClockIn, ClockState
from contracts.sandbox.events import ClockMoved
from kit.db import Transaction
from kit.errors import Conflict, Refused
from services.sandbox.models import TenantClock

FURTHEST = timedelta(days=50 * 366)


async def move(tx: Transaction, body: ClockIn) -> ClockState:
    """Move forward and say so as a fact; 409 when it would go back."""
    clock = await _locked(tx)
    real = datetime.now(UTC)
    now = real + timedelta(seconds=clock.offset_seconds)
    if body.to < now:
        raise Conflict("O relógio não anda para trás", "clock-backwards", now=now.isoformat())
    if body.to - real > FURTHEST:
        raise Refused("Dados inválidos", "clock-too-far", "O relógio não vai tão longe.")
    clock.offset_seconds = ceil((body.to - real).total_seconds())
    clock.version += 1
    await tx.record(
        ClockMoved(
            tenant_id=tx.tenant_id, offset_seconds=clock.offset_seconds, version=clock.version
        )
    )
    return state_of(clock)


async def state(tx: Transaction) -> ClockState:
    """Where the clock stands."""
    clock = await tx.session.get(TenantClock, tx.tenant_id)
    return state_of(clock or TenantClock(tenant_id=tx.tenant_id))


def state_of(clock: TenantClock) -> ClockState:
    """The reply for a clock."""
    now = datetime.now(UTC) + timedelta(seconds=clock.offset_seconds)
    return ClockState(now=now, offset_seconds=clock.offset_seconds, version=clock.version)


async def _locked(tx: Transaction) -> TenantClock:
    """The row, made when absent, so that two movers wait for each other."""
    first = insert(TenantClock).values(tenant_id=tx.tenant_id, offset_seconds=0, version=0)
    await tx.session.execute(first.on_conflict_do_nothing())
    return await tx.session.get_one(TenantClock, tx.tenant_id, with_for_update=True)
