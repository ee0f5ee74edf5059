"""Alembic's door to one service's migrations, connected as the owner of its database."""

import asyncio
from typing import Any

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine


def _run(connection: Connection, metadata: Any) -> None:
    context.configure(connection=connection, target_metadata=metadata, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()


async def _online() -> None:
    attributes = context.config.attributes
    engine = create_async_engine(attributes["url"])
    async with engine.connect() as connection:
        await connection.run_sync(_run, attributes["metadata"])
        await connection.commit()
    await engine.dispose()


asyncio.run(_online())
