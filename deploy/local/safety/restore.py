"""`FROM=folder python -m deploy.local.safety.restore`: an empty stack becomes what a copy says.

The databases first, each compared with what the copy counted; then whoever was erased since is
erased again, before any process of ours starts; then the stack, on an empty bus that the outboxes
fill.
"""

import asyncio
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from deploy.local import postgres, stack, status
from deploy.local.environment import clocks, erasures
from deploy.local.full import databases
from deploy.local.paths import ROOT, read_json, run_folder
from deploy.local.processes import port_names
from deploy.local.running import Refused, carry_out, command, world_of
from deploy.local.safety import digests, dumps, keyrings, places
from deploy.local.stack import Tell
from deploy.local.world import World, open_world

START_SECONDS = 60.0
FIRST = "parts,sandbox"
UNPUBLISHED = "update outbox set published_at = null"


class NotEmpty(Refused):
    """A stack that holds something is not overwritten."""

    def __init__(self, run: Path) -> None:
        super().__init__(f"{run} não está vazia: pare a pilha e rode make reset, de propósito.")


class Differs(Refused):
    """What was restored is not what was copied."""

    def __init__(self, told: list[str]) -> None:
        super().__init__("O que voltou não é o que foi copiado:\n" + "\n".join(told))


def refuse_filled(run: Path) -> None:
    """Raises NotEmpty where a stack runs, or left its databases."""
    if status.alive(status.read(run)) or (run / "data" / "postgres").exists():
        raise NotEmpty(run)


def put_secrets(home: Path, run: Path) -> None:
    """Without them nothing that is sealed opens; in production the store of secrets has them."""
    run.mkdir(parents=True, exist_ok=True)
    shutil.copy2(places.secrets(home) / "secrets.json", run / "secrets.json")
    shutil.copytree(places.secrets(home) / "secrets", run / "secrets", dirs_exist_ok=True)


@contextmanager
def serving(world: World) -> Iterator[None]:
    """Postgres alone, while nothing of ours runs."""
    postgres.prepare(world)
    launch = postgres.server(world)
    with world.log("postgres").open("ab") as log:
        server = subprocess.Popen(
            launch.command, env=dict(launch.env), cwd=ROOT, stdout=log, stderr=log
        )
    try:
        stack.wait(lambda: asyncio.run(postgres.answers(world)), START_SECONDS)
        yield
    finally:
        server.send_signal(launch.stop_signal)
        server.wait()


async def load(world: World, folder: Path, tell: Tell) -> None:
    """All databases of a copy, compared with it; Differs tells every table that is not the same."""
    home = folder.parent
    await postgres.make_databases(world)
    if world.full:
        await databases.make_databases(world)
    wanted = {
        name: {table: digests.Digest(*one) for table, one in tables.items()}
        for name, tables in read_json(folder / places.MANIFEST)["tables"].items()
    }
    for name in wanted:
        kept = folder / "data" / f"{name}.dump"
        copy = keyrings.opened(home, folder.name) if name == places.KEYRING else kept
        await asyncio.to_thread(dumps.load, world, name, copy)
    found = {name: await _digests(world, name) for name in wanted}
    for line in digests.lines(found):
        tell(line)
    if told := digests.differences(wanted, found):
        raise Differs(told)
    tell(f"{sum(map(len, found.values()))} tabelas iguais às da cópia, em linhas e em conteúdo")
    erased = keyrings.destroyed(home)
    await keyrings.replay(world, erased)
    tell(f"chaves destruídas outra vez: {len(erased)}")
    for name in places.services():
        await _unpublish(world, name)


async def _digests(world: World, database: str) -> dict[str, digests.Digest]:
    connection = await asyncpg.connect(postgres.admin_dsn(world, database))
    try:
        return await digests.digests(connection)
    finally:
        await connection.close()


async def _unpublish(world: World, database: str) -> None:
    """The bus is empty: no fact of these was sent on it."""
    connection = await asyncpg.connect(postgres.admin_dsn(world, database))
    try:
        if await connection.fetchval("select to_regclass('outbox')"):
            await connection.execute(UNPUBLISHED)
    finally:
        await connection.close()


def restore(tell: Tell) -> None:
    """Into the run folder of this stack."""
    began, run = time.monotonic(), run_folder()
    folder = Path(os.environ.get("FROM", "")).resolve()
    told = read_json(folder / places.MANIFEST)
    if not told:
        raise Refused("Diga de qual cópia: FROM=pasta, uma que make backup fez.")
    refuse_filled(run)
    put_secrets(folder.parent, run)
    world = open_world(run, port_names(full=told["full"]))
    if world.full != told["full"]:
        raise Refused("A cópia é da outra pilha: ponha ou tire STACK=full.")
    with serving(world):
        asyncio.run(load(world, folder, tell))
    if not world.full:
        world.data("temporal").mkdir(exist_ok=True)
        shutil.copy2(folder / places.TEMPORAL_FILE, world.data("temporal") / "state.db")
    _start(folder, tell)
    lost = datetime.now(UTC) - datetime.fromisoformat(told["at"])
    tell(f"de pé em {time.monotonic() - began:.1f} s; falta o que se fez depois de {told['at']}")
    tell(f"(há {lost.total_seconds():.0f} s), e o que parceiros escreveram desde então")


def _start(folder: Path, tell: Tell) -> None:
    """The sandbox's clocks before anybody else: no process may act at a wrong time."""
    everything = os.environ.get("VINCULO_ONLY", "")
    os.environ["VINCULO_ONLY"] = FIRST
    stack.up(tell=tell)
    world = world_of(run_folder())
    for job in clocks(world):
        carry_out(world, job)
    stack.down()
    os.environ["VINCULO_ONLY"] = everything
    stack.up(tell=tell)
    world = world_of(run_folder())
    if keyrings.destroyed(folder.parent):
        carry_out(world, erasures(world, keyrings.list_of(folder.parent)))


if __name__ == "__main__":
    sys.exit(command(restore))
