"""The parts that benches bring: a Postgres of their own, and who in it takes CPU."""

import os
from collections.abc import Iterable

import asyncpg
import psutil

from tests.support.postgres import Postgres

TENANT = 7


async def server_pid(postgres: Postgres) -> int:
    """The process that is the parent of every backend."""
    connection = await asyncpg.connect(postgres.dsn())
    try:
        backend = await connection.fetchval("select pg_backend_pid()")
        return int(psutil.Process(backend).ppid())
    finally:
        await connection.close()


def with_us(*pids: int) -> Iterable[int]:
    """This process is where the Python side of a bench runs."""
    return (os.getpid(), *pids)
