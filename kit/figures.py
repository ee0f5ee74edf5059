"""What waits in a service's own database, over all tenants, told to whoever watches.

Counted by the relay's login, which sees that rows are there and not what they hold.
"""

import asyncio

from opentelemetry.metrics import get_meter

from kit.outages import LOST, Connection, Patience, connected, leave, rest
from kit.settings import Settings

LOOK_SECONDS = 15.0
_OUTBOX = """
    select count(*) as facts,
           coalesce(extract(epoch from now() - min(recorded_at)), 0)::float8 as age
    from outbox where published_at is null and parked_at is null
"""
_UNSENT = """
    select count(distinct (tenant_id, topic, key)) from outbox
    where parked_at is not null and published_at is null
"""
_PARKED = "select count(distinct (tenant_id, topic, key)) from parked"

_meter = get_meter("kit.figures")
waiting = _meter.create_gauge("outbox.waiting", description="facts recorded and not yet sent")
age = _meter.create_gauge("outbox.age", unit="s", description="since when the oldest of them waits")
parked = _meter.create_gauge(
    "parked.keys", description="keys that wait behind a fact that nobody could send or handle"
)


async def tell(connection: Connection) -> None:
    """One look, on a connection of the relay's login."""
    row = await connection.fetchrow(_OUTBOX)
    waiting.set(row["facts"] if row else 0)
    age.set(row["age"] if row else 0.0)
    parked.set(await connection.fetchval(_UNSENT), {"kind": "outbox"})
    parked.set(await connection.fetchval(_PARKED), {"kind": "inbox"})


async def keep_telling(settings: Settings, stopping: asyncio.Event) -> None:
    """Until told to stop; losing the database only delays it."""
    patience = Patience("figures")
    while not stopping.is_set():
        try:
            connection = await connected(settings)
            try:
                while not stopping.is_set():
                    await tell(connection)
                    patience.renewed()
                    await rest(stopping, LOOK_SECONDS)
            finally:
                await leave(connection)
        except LOST as broken:
            await patience.bear(broken, stopping)


def figure_grants(relay_role: str) -> list[str]:
    """Statements for the owner: the relay's login counts the keys that are parked."""
    return [f"grant select (tenant_id, topic, key) on parked to {relay_role}"]
