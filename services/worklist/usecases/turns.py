"""Whoever changes the same thing waits for the other, and then sees what the other left."""

from datetime import datetime

from sqlalchemy import text

from kit.db import Transaction
from kit.errors import Conflict

_IN_TURN = text("select pg_advisory_xact_lock(hashtextextended(:name, 0))")


async def take(tx: Transaction, name: str) -> None:
    """Until the commit nobody else of the tenant has the turn of that name."""
    await tx.connection.execute(_IN_TURN, {"name": f"worklist/{tx.tenant_id}/{name}"})


def expect_seen(seen: int, stands: int, by: str | None, at: datetime | None) -> None:
    """409 with who and when if what stands is not the version that the person saw."""
    if seen != stands:
        raise Conflict(
            "Outra pessoa mudou isto desde que foi aberto",
            "stale-version",
            "Recarregue antes de gravar.",
            changed_by=by,
            changed_at=at.isoformat() if at else None,
            version=stands,
        )
