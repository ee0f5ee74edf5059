"""pg_dump and pg_restore of one database, by the programs that came with the server."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from deploy.local import postgres
from deploy.local.ports import HOST
from deploy.local.world import World

PIECE = 1 << 20


def dumped(world: World, database: str, snapshot: str) -> Iterator[bytes]:
    """The copy of one snapshot piece by piece; RuntimeError where it broke off."""
    command = [*_program(world, "pg_dump"), "--format=custom", f"--snapshot={snapshot}", database]
    with subprocess.Popen(command, env=_login(world), stdout=subprocess.PIPE) as running:
        out = cast(IO[bytes], running.stdout)
        while piece := out.read(PIECE):
            yield piece
    if running.returncode:
        raise RuntimeError(f"pg_dump de {database} falhou")


def dump_into(world: World, database: str, snapshot: str, file: Path) -> None:
    """The whole of it in a file."""
    with file.open("wb") as out:
        for piece in dumped(world, database, snapshot):
            out.write(piece)


def load(world: World, database: str, copy: bytes | Path) -> None:
    """All of a copy in one transaction, into a database without tables."""
    command = [*_program(world, "pg_restore"), "--single-transaction", "--exit-on-error"]
    command += ["--dbname", database]
    if isinstance(copy, Path):
        command.append(str(copy))
    given = copy if isinstance(copy, bytes) else None
    done = subprocess.run(command, env=_login(world), input=given, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"pg_restore de {database} falhou: {done.stderr.decode().strip()}")


def _program(world: World, name: str) -> list[str]:
    where = ["--host", HOST, "--port", str(world.ports["postgres"])]
    return [str(postgres.programs() / name), *where, "--username", postgres.ADMIN]


def _login(world: World) -> dict[str, str]:
    return {**os.environ, "PGPASSWORD": world.vault.password("postgres_admin")}
