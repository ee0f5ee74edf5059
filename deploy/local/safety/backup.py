"""`python -m deploy.local.safety.backup`: a copy of all that is kept, while everything runs.

`… backup destroyed` only notes whose keys were destroyed since: little work, to be done often.
The bus is not copied: the outboxes hold what travelled on it.
"""

import asyncio
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from deploy.local.paths import run_folder, write_json
from deploy.local.running import command, world_of
from deploy.local.safety import digests, dumps, keyrings, places
from deploy.local.safety.cut import Snapshot, cut
from deploy.local.stack import Tell
from deploy.local.unread import unread
from deploy.local.world import World


async def copy(world: World, home: Path, tell: Tell) -> Path:
    """Makes one copy; its folder."""
    began, name = time.monotonic(), places.new_name()
    folder = home / name
    (folder / "data").mkdir(parents=True)
    keep_secrets(world, home)
    if not world.full:
        copy_histories(world.data("temporal") / "state.db", folder / places.TEMPORAL_FILE)
    async with cut(world) as snapshots:
        at = datetime.now(UTC)
        tell(f"corte em {at.isoformat(timespec='milliseconds')}: tudo o que veio depois falta aqui")
        found = {one.database: await _kept(world, home, folder, one) for one in snapshots}
    known = await keyrings.note_destroyed(world, home)
    told = {"at": at.isoformat(), "full": world.full, "tables": found}
    write_json(folder / places.MANIFEST, told)
    for line in digests.lines(found):
        tell(line)
    tell(f"chaves destruídas até aqui: {known}; chaveiros vencidos: {_expired(home)}")
    tell(f"{_size(folder) / 1e6:.1f} MB em {time.monotonic() - began:.1f} s: {folder}")
    return folder


async def _kept(
    world: World, home: Path, folder: Path, snapshot: Snapshot
) -> dict[str, digests.Digest]:
    if snapshot.database == places.KEYRING:
        await asyncio.to_thread(keyrings.keep, world, home, folder.name, snapshot)
    else:
        file = folder / "data" / f"{snapshot.database}.dump"
        await asyncio.to_thread(dumps.dump_into, world, snapshot.database, snapshot.name, file)
    return await digests.digests(snapshot.connection)


def copy_histories(source: Path, to: Path) -> None:
    """Temporal's one file by the database's own online copy, which is whole."""
    if source.exists():
        with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(to)) as other:
            one.backup(other)


def keep_secrets(world: World, home: Path) -> None:
    """What production's store of secrets would keep by itself."""
    to = places.secrets(home)
    to.mkdir(parents=True, exist_ok=True, mode=0o700)
    shutil.copy2(world.run / "secrets.json", to / "secrets.json")
    shutil.copytree(world.run / "secrets", to / "secrets", dirs_exist_ok=True)


def _expired(home: Path) -> str:
    return ", ".join(keyrings.expire(home, datetime.now(UTC))) or "nenhum"


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def backup(tell: Tell) -> None:
    """Of the stack that runs."""
    world = world_of(run_folder())
    if left := asyncio.run(unread(world.bootstrap)) if world.broker == "kafka" else {}:
        tell(f"parceiros escreveram e ainda não se leu, fica fora da cópia: {left}")
    asyncio.run(copy(world, places.backups(world.run), tell))


def note(tell: Tell) -> None:
    """The list alone."""
    world = world_of(run_folder())
    count = asyncio.run(keyrings.note_destroyed(world, places.backups(world.run)))
    tell(f"chaves destruídas até aqui: {count}")


COMMANDS: dict[str, Callable[[Tell], None]] = {"backup": backup, "destroyed": note}

if __name__ == "__main__":
    sys.exit(command(COMMANDS[sys.argv[1] if len(sys.argv) > 1 else "backup"]))
