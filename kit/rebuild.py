"""`python -m kit.rebuild [TOPIC…]`: publishes again what the outbox still holds, in order.

A bus that was lost is rebuilt from the outboxes: every consumer's inbox does an event id once, so
publishing twice is safe. Runs with the relay's own login; the running relay does the sending.
What is named is waited for, until it was sent: it is named because it must go before the rest.
"""

import asyncio
import sys

import asyncpg

from kit.settings import Settings

AGAIN = """
    update outbox set published_at = null
    where published_at is not null and (cardinality($1::text[]) = 0 or topic = any($1::text[]))
"""
LEFT = """
    select exists (select 1 from outbox where topic = any($1::text[])
                   and published_at is null and parked_at is null)
"""
SENT_SECONDS = 60.0


async def rebuild(settings: Settings, topics: list[str]) -> int:
    """How many facts will travel again; all topics when none is named."""
    connection = await asyncpg.connect(settings.relay_database_url.replace("+asyncpg", ""))
    try:
        done = await connection.execute(AGAIN, topics)
        return int(done.rsplit(" ", 1)[-1])
    finally:
        await connection.close()


async def sent(settings: Settings, topics: list[str], patience: float = SENT_SECONDS) -> bool:
    """Waits until the relay published everything of these topics; False when it did not in time."""
    connection = await asyncpg.connect(settings.relay_database_url.replace("+asyncpg", ""))
    until = asyncio.get_running_loop().time() + patience
    try:
        while await connection.fetchval(LEFT, topics):
            if asyncio.get_running_loop().time() > until:
                return False
            await asyncio.sleep(0.1)
        return True
    finally:
        await connection.close()


async def _main(topics: list[str]) -> None:
    settings = Settings()
    sys.stdout.write(f"{await rebuild(settings, topics)} facts will be published again\n")
    if topics and not await sent(settings, topics):
        sys.stdout.write("the relay did not send them yet\n")


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1:]))
