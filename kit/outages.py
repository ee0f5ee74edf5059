"""Losing the database is waited for; an error that no waiting mends is told aloud, and waits too.

A missing grant, a full constraint: the process lives on for its other work, tries again less and
less often, and says so in an error line and a metric until somebody mends it.
"""

import asyncio
from typing import Any

import asyncpg
from opentelemetry.metrics import get_meter
from sqlalchemy.exc import DBAPIError

from kit.logs import logger
from kit.settings import Settings

# asyncpg tells a backend that ended in the middle of a statement as an error of its own state.
LOST = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
STATEMENT_SECONDS = 30.0
"""Longest wait for one answer of the database: behind a cut line none would ever come."""
FIRST_SECONDS, MOST_SECONDS = 0.5, 30.0
_PASSING = ("08", "40", "53", "55P03", "25P03", "57")
_ALIVE = {"tcp_keepalives_idle": "30", "tcp_keepalives_interval": "10", "tcp_keepalives_count": "3"}
"""So that the server lets go of the locks of somebody whose line was cut."""
log = logger("kit.outages")
failures = get_meter("kit.outages").create_counter(
    "background.failures", description="tries of background work that no waiting mends"
)

type Connection = asyncpg.Connection[asyncpg.Record]


async def connected(settings: Settings) -> Connection:
    """A connection of the relay's login, on which no statement waits for ever."""
    url = settings.relay_database_url.replace("+asyncpg", "")
    return await asyncpg.connect(
        url, command_timeout=STATEMENT_SECONDS, server_settings=dict(_ALIVE)
    )


async def leave(connection: Connection) -> None:
    """Closes it; a line that was cut is not waited for."""
    try:
        await connection.close(timeout=5)
    except LOST:
        connection.terminate()


def passing(error: BaseException) -> bool:
    """Whether the database was away or busy: the same work succeeds when it is back."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or _by_state(getattr(error.orig, "sqlstate", None))
    return not isinstance(error, asyncpg.PostgresError) or _by_state(error.sqlstate)


def _by_state(state: Any) -> bool:
    return not state or str(state).startswith(_PASSING)


class Patience:
    """How one piece of background work bears its failures; succeeded once, it begins anew."""

    def __init__(self, activity: str) -> None:
        self._activity = activity
        self._pause = FIRST_SECONDS

    def renewed(self) -> None:
        """It went well."""
        self._pause = FIRST_SECONDS

    async def bear(self, error: BaseException, stopping: asyncio.Event) -> None:
        """Tells of a failure and waits, longer each time when waiting is not what mends it."""
        if passing(error):
            self.renewed()
            log.warning("work waits for its database", **self._told(error))
        else:
            failures.add(1, {"activity": self._activity})
            log.error("work fails and is tried again: waiting mends nothing", **self._told(error))
        await rest(stopping, self._pause)
        self._pause = min(self._pause * 2, MOST_SECONDS)

    def _told(self, error: BaseException) -> dict[str, str]:
        state = getattr(getattr(error, "orig", error), "sqlstate", None) or ""
        return {"activity": self._activity, "error": type(error).__name__, "state": str(state)}


async def rest(stopping: asyncio.Event, seconds: float) -> None:
    """Waits, at most until the order to stop."""
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return
