"""A service whose own tenant filter was taken out: what is left is the database's."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import asyncpg
from sqlalchemy import event

from tests.support.api import Served

_FILTER = re.compile(r"(?:\b\w+\.)?\btenant_id = (\$\d+)(?:::INTEGER)?")
_GUARDED = """
select relname from pg_class where relrowsecurity and relnamespace = 'public'::regnamespace
"""


@contextmanager
def without_filter(served: Served) -> Iterator[list[str]]:
    """Within it no statement of the service asks for a tenant; those that did, as they went out."""
    changed: list[str] = []

    def take_out(*given: Any) -> tuple[str, Any]:
        statement, parameters = given[2:4]
        # The parameter stays in its place, and says nothing.
        open_to_all, count = _FILTER.subn(r"\1::int is not null", statement)
        if count:
            changed.append(open_to_all)
        return open_to_all, parameters

    engine = served.app.state.resources.engine.sync_engine
    event.listen(engine, "before_cursor_execute", take_out, retval=True)
    try:
        yield changed
    finally:
        event.remove(engine, "before_cursor_execute", take_out)


@asynccontextmanager
async def without_walls(served: Served) -> AsyncIterator[None]:
    """Within it the database's row security is off as well."""
    admin = await asyncpg.connect(served.dsn)
    tables = [row["relname"] for row in await admin.fetch(_GUARDED)]

    async def put(state: str) -> None:
        for table in tables:
            await admin.execute(f"alter table {table} {state} row level security")

    await put("disable")
    try:
        yield
    finally:
        await put("enable")
        await admin.close()
