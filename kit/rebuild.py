"""`python -m kit.rebuild [TOPIC…]`: publishes again what the outbox still holds, in order.

A bus that was lost is rebuilt from the outboxes: every consumer's inbox does an event id once, so
publishing twice is safe. Runs with the relay's own login; the running relay does the sending.
"""

import asyncio
import sys

import asyncpg

from kit.settings import Settings

AGAIN = """
    update outbox set published_at = null
    where published_at is not null and (cardinality($1::text[]) = 0 or topic = any($1::text[]))
"""


async def rebuild(settings: Settings, topics: list[str]) -> int:
    """How many facts will travel again; all topics when none is named."""
    connection = await asyncpg.connect(settings.relay_database_url.replace("+asyncpg", ""))
    try:
        done = await connection.execute(AGAIN, topics)
        return int(done.rsplit(" ", 1)[-1])
    finally:
        await connection.close()


if __name__ == "__main__":
    count = asyncio.run(rebuild(Settings(), sys.argv[1:]))
    sys.stdout.write(f"{count} facts will be published again\n")
