"""Forgets what no broker delivers again and no caller asks for again, a little at a time.

The outbox is swept by the relay, as it publishes.
"""

import asyncpg

from kit.settings import Settings

LIMIT = 5_000
"""Rows of a table in one sweep: none holds the table for long."""
_INBOX = """
    delete from inbox where event_id in (
        select event_id from inbox where done_at < now() - make_interval(days => $1) limit $2)
"""
_IDEMPOTENCY = """
    delete from idempotency where (tenant_id, key) in (
        select tenant_id, key from idempotency
        where created_at < now() - make_interval(hours => $1) limit $2)
"""


async def sweep(connection: asyncpg.Connection, settings: Settings, limit: int = LIMIT) -> None:
    """One round over all tenants. Asks for the relay's login, in no transaction."""
    await connection.execute(_INBOX, settings.inbox_retention_days, limit)
    await connection.execute(_IDEMPOTENCY, settings.idempotency_retention_hours, limit)


def sweep_grants(relay_role: str) -> list[str]:
    """Statements for the owner: the relay finds rows by age and removes them, but reads none."""
    return [
        f"grant select (event_id, done_at), delete on inbox to {relay_role}",
        f"grant select (tenant_id, key, created_at), delete on idempotency to {relay_role}",
    ]
