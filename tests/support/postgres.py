"""A throwaway Postgres for a test session: the real server, without the promise to survive."""

import itertools
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from deploy.local.owner import owner_of
from deploy.local.ports import another
from deploy.local.postgres import programs

_ADMIN = "postgres"
_START_SECONDS = 120
_QUICK = ("-c", "fsync=off", "-c", "full_page_writes=off", "-c", "jit=off")


@dataclass(frozen=True)
class Postgres:
    """Where the server listens; everyone is trusted, roles still bind what each may do."""

    port: int
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def dsn(self, database: str = "postgres", role: str = _ADMIN) -> str:
        """For asyncpg."""
        return f"postgresql://{role}@127.0.0.1:{self.port}/{database}"

    def url(self, database: str = "postgres", role: str = _ADMIN) -> str:
        """For SQLAlchemy."""
        return f"postgresql+asyncpg://{role}@127.0.0.1:{self.port}/{database}"

    async def database(self, *roles: str) -> str:
        """A new database whose owner is the first role; the others may enter its schema."""
        name = f"test_{next(self._numbers)}"
        await self._run("postgres", *(_role(role) for role in roles))
        await self._run("postgres", f"create database {name} owner {roles[0] if roles else _ADMIN}")
        if roles:
            await self._run(
                name,
                f"alter schema public owner to {roles[0]}",
                "revoke all on schema public from public",
                f"grant usage on schema public to {', '.join(roles)}",
            )
        return name

    async def _run(self, database: str, *statements: str) -> None:
        connection = await asyncpg.connect(self.dsn(database))
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()


def _role(name: str) -> str:
    return (
        f"do $$ begin create role {name} login nosuperuser nobypassrls;"
        " exception when duplicate_object then null; end $$"
    )


@contextmanager
def running() -> Iterator[Postgres]:
    """A fresh server in a temporary folder, gone with the folder at the end."""
    folder = Path(tempfile.mkdtemp(prefix="vinculo-pg-"))
    folder.chmod(0o755)
    data = folder / "data"
    data.mkdir(mode=0o700)
    owner = owner_of(data, programs())
    owner.give(data)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    make = [*owner.prefix, programs() / "initdb", "-D", data, "-U", _ADMIN, "--auth=trust"]
    subprocess.run(  # noqa: S603 (our own programs)
        [*make, "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"],
        check=True,
        capture_output=True,
        cwd="/",
    )
    port = another(set())
    start = [*owner.prefix, programs() / "postgres", "-D", data, "-h", "127.0.0.1", "-p", str(port)]
    command = [*start, "-k", "", *_QUICK]
    server = subprocess.Popen(command, cwd="/", **quiet)  # noqa: S603 (our own programs)
    try:
        _wait(port, server)
        yield Postgres(port)
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=_START_SECONDS)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(port: int, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START_SECONDS
    asking = [programs() / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
    while time.monotonic() < until and server.poll() is None:
        # The port opens before the server takes connections: ask the server, not the port.
        if subprocess.run(asking, check=False).returncode == 0:  # noqa: S603 (our own programs)
            return
    raise RuntimeError("the test Postgres did not start")
