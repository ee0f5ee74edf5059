"""Raw requests of the stand-ins: sealed when kept, opened for the oracle."""

from sqlalchemy import text
from sqlmodel import col, select

from contracts.sandbox.api import RawLog
from contracts.sandbox.api import RawRequest as RawRequestOut
from kit.db import Begin, Transaction
from services.sandbox.models import NO_TENANT, RawRequest

_KEEP = text("""
    with turn as materialized (select pg_advisory_xact_lock(hashtextextended(:turn, 0)))
    insert into raw_request (tenant_id, provider, accepted, sealed)
    select cast(:tenant_id as int), :provider, cast(:accepted as bool), :sealed from turn
""")
"""The row gets its number only once the turn is its own."""


def sealed_by(provider: str) -> str:
    """The name under which a stand-in's key lies in the keyring."""
    return f"stand-in:{provider}"


async def keep(
    tx: Transaction, provider: str, recipient: str, body: str, *, accepted: bool = True
) -> None:
    """Add one request, as it came. Each provider's are numbered in the order they commit in, so
    that whoever reads on from the last one they saw misses none."""
    sealed = await tx.seal(sealed_by(provider), [recipient, body])
    row = {"tenant_id": NO_TENANT, "provider": provider, "accepted": accepted, "sealed": sealed}
    await tx.connection.execute(_KEEP, row | {"turn": f"raw/{provider}"})


async def page(begin: Begin, provider: str, since_id: int, limit: int) -> RawLog:
    """Requests after `since_id`, oldest first, of every tenant: the wire names none."""
    async with begin(NO_TENANT) as tx:
        query = (
            select(RawRequest)
            .where(RawRequest.tenant_id == NO_TENANT, RawRequest.provider == provider)
            .where(col(RawRequest.id) > since_id)
            .order_by(col(RawRequest.id))
            .limit(limit + 1)
        )
        rows = list(await tx.session.scalars(query))
        items = [await _opened(tx, row) for row in rows[:limit]]
    return RawLog(items=tuple(items), next_cursor=str(items[-1].id) if len(rows) > limit else None)


async def _opened(tx: Transaction, row: RawRequest) -> RawRequestOut:
    recipient, body = await tx.open(sealed_by(row.provider), row.sealed)
    return RawRequestOut.model_validate(
        {
            "id": row.id,
            "accepted": row.accepted,
            "provider": row.provider,
            "at": row.at,
            "recipient": recipient,
            "body": body,
        }
    )
