"""A copy of every database goes into an empty server and is the same; who was erased stays so."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from deploy.local import postgres
from deploy.local.environment import environment, url
from deploy.local.ports import pick
from deploy.local.processes import ERASURES, MIGRATION
from deploy.local.safety import backup, digests, keyrings, places, restore
from deploy.local.safety.cut import cut
from deploy.local.vault import Vault
from deploy.local.world import World
from kit.keyring import KeyDestroyed, create_schema
from kit.migrate import migrate
from services.registry.app import create
from services.registry.settings import RegistrySettings
from services.registry.worker import erase_again
from tests.support.api import ISSUER, Served, serving
from tests.support.registry_data import person

TENANT = 7


class _Ports(dict[str, int]):
    """Whatever else is named has a port at which nobody is."""

    def __missing__(self, _name: str) -> int:
        return 1


class There:
    """The stack's own server, as the test's helpers look into it."""

    def __init__(self, world: World) -> None:
        self._world = world

    def dsn(self, database: str) -> str:
        return postgres.admin_dsn(self._world, database)


@dataclass(frozen=True)
class Copied:
    """A copy of two people, one of whom was erased after it was made."""

    home: Path
    folder: Path
    erased: str
    left: str
    wrapped: bytes
    said: list[str]


def world_in(run: Path) -> World:
    for folder in ("data", "logs"):
        (run / folder).mkdir(parents=True, exist_ok=True)
    return World(run, _Ports(pick(run, ["postgres"])), Vault(run), "kafka")


@asynccontextmanager
async def registry(world: World) -> AsyncIterator[Served]:
    given = environment(world, (*ERASURES, "VINCULO_SERVICE"), "registry", "registry")
    known = {name.removeprefix("VINCULO_").lower(): value for name, value in given.items()}
    known |= {"oidc_issuer": ISSUER, "oidc_jwks_url": f"{ISSUER}/keys"}
    async with serving(create(RegistrySettings.model_validate(known)), There(world)) as served:
        yield served


async def made(world: World) -> None:
    """The registry and the keyring as a stack makes them."""
    await postgres.make_databases(world)
    owner = environment(world, MIGRATION, "registry", "migrate")["VINCULO_OWNER_DATABASE_URL"]
    await asyncio.to_thread(migrate, "registry", owner)
    engine = create_async_engine(url(world, "keyring", "owner"))
    await create_schema(engine)
    await engine.dispose()


async def rows(world: World, database: str, query: str, *arguments: object) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(postgres.admin_dsn(world, database))
    try:
        return list(await connection.fetch(query, *arguments))
    finally:
        await connection.close()


async def _copied(world: World, home: Path) -> Copied:
    await made(world)
    said: list[str] = []
    async with registry(world) as served:
        headers = served.as_(TENANT, "registrar", "dpo")
        ids = []
        for number in (1, 2):
            answer = await served.http.post("/people", json=person(number), headers=headers)
            ids.append(answer.json()["person_id"])
        wrapped = "select wrapped from person_key where person_id = $1"
        [kept] = await rows(world, "keyring", wrapped, ids[0])
        folder = await backup.copy(world, home, said.append)
        gone = await served.http.post(f"/people/{ids[0]}/erasure", headers=headers)
        assert gone.is_success, gone.text
    assert await keyrings.note_destroyed(world, home) == 1
    return Copied(home, folder, ids[0], ids[1], kept["wrapped"], said)


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copied]:
    run = tmp_path_factory.mktemp("first")
    world = world_in(run)
    with restore.serving(world):
        yield asyncio.run(_copied(world, run / "backups"))


def restored(run: Path, home: Path) -> World:
    restore.put_secrets(home, run)
    return world_in(run)


async def _key_opens(served: Served, person_id: str) -> bool:
    [row] = await served.rows("select sealed from person where id = $1", person_id)
    try:
        await served.app.state.resources.keyring.open(TENANT, person_id, row["sealed"])
    except KeyDestroyed:
        return False
    return True


async def _as_before(world: World, copied: Copied, said: list[str]) -> None:
    await restore.load(world, copied.folder, said.append)
    async with registry(world) as served:
        assert await _key_opens(served, copied.left)
        assert not await _key_opens(served, copied.erased)
        settings = served.app.state.settings
        people = keyrings.destroyed(copied.home)
        assert await erase_again(settings, people) == 1
        assert await erase_again(settings, people) == 0
        [row] = await served.rows("select * from person where erased_at is not null")
        assert (row["id"], row["sealed"], row["cpf_index"]) == (copied.erased, None, None)
        named = await served.rows("select distinct person_id from name_index")
        assert [one["person_id"] for one in named] == [copied.left]
        told = await served.rows("select type from outbox where published_at is null")
        assert "registry.person.erased.v1" in {one["type"] for one in told}


def test_a_copy_from_before_an_erasure_brings_back_everybody_but_whom_was_erased(
    copied: Copied, tmp_path: Path
) -> None:
    world = restored(tmp_path, copied.home)
    said: list[str] = []
    with restore.serving(world):
        asyncio.run(_as_before(world, copied, said))
    assert any("tabelas iguais às da cópia" in line for line in said)
    assert "chaves destruídas outra vez: 1" in said
    assert any(line.startswith("registry.public.person ") for line in said)


async def _without_the_list(world: World, copied: Copied) -> bool:
    await restore.load(world, copied.folder, lambda _: None)
    async with registry(world) as served:
        return await _key_opens(served, copied.erased)


def test_planted_fault_without_the_list_of_destroyed_keys_the_erased_would_be_back(
    copied: Copied, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyrings, "destroyed", lambda _home: [])
    world = restored(tmp_path, copied.home)
    with restore.serving(world):
        assert asyncio.run(_without_the_list(world, copied))


def test_what_comes_back_otherwise_than_it_was_copied_is_named_by_table(
    copied: Copied, tmp_path: Path
) -> None:
    folder = tmp_path / "home" / copied.folder.name
    shutil.copytree(copied.home, folder.parent)
    told = json.loads((folder / places.MANIFEST).read_text())
    count, total = told["tables"]["registry"]["public.person"]
    told["tables"]["registry"]["public.person"] = [count, total.replace("/", "/1", 1)]
    told["tables"]["keyring"].pop("public.person_key")
    (folder / places.MANIFEST).write_text(json.dumps(told))
    world = restored(tmp_path / "run", folder.parent)
    with restore.serving(world), pytest.raises(restore.Differs) as refused:
        asyncio.run(restore.load(world, folder, lambda _: None))
    assert "registry.public.person: 2 linhas" in str(refused.value)
    assert "keyring.public.person_key: ausente" in str(refused.value)


def test_a_stack_that_holds_something_is_not_overwritten(tmp_path: Path) -> None:
    restore.refuse_filled(tmp_path)
    (tmp_path / "data" / "postgres").mkdir(parents=True)
    with pytest.raises(restore.NotEmpty, match="make reset"):
        restore.refuse_filled(tmp_path)


def unpacked(copy: bytes) -> bytes:
    """A dump as text: what it had packed can be searched."""
    command = [str(postgres.programs() / "pg_restore"), "--file=-"]
    return subprocess.run(command, input=copy, check=True, capture_output=True).stdout  # noqa: S603 (our own programs)


def test_whoever_holds_the_data_and_every_secret_but_the_keyrings_copy_finds_no_persons_key(
    copied: Copied,
) -> None:
    wanted = copied.wrapped.hex().encode()
    dumps = sorted((copied.folder / "data").glob("*.dump"))
    clear = b"".join(unpacked(file.read_bytes()) for file in dumps)
    assert copied.erased.encode() in clear
    assert wanted not in clear
    # The finder finds it where it is.
    assert wanted in unpacked(keyrings.opened(copied.home, copied.folder.name))
    assert copied.folder not in places.keyrings(copied.home).parents


def test_the_keyrings_copy_and_its_key_are_gone_after_their_days(
    copied: Copied, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(copied.home, home)
    name = copied.folder.name
    now = datetime.now(UTC)
    assert keyrings.expire(home, now + keyrings.KEPT - timedelta(hours=1)) == []
    assert keyrings.expire(home, now + keyrings.KEPT + timedelta(hours=1)) == [name]
    # A copy of the copy is left to somebody: without the key it opens no more.
    shutil.copytree(places.keyrings(copied.home), places.keyrings(home), dirs_exist_ok=True)
    with pytest.raises(FileNotFoundError):
        keyrings.opened(home, name)


async def _meanwhile(world: World) -> tuple[Any, Any]:
    await made(world)
    done = "insert into inbox (event_id) values ('meanwhile')"
    async with cut(world) as snapshots:
        await asyncio.wait_for(rows(world, "registry", done), 5)
        [one] = [one for one in snapshots if one.database == "registry"]
        before = (await digests.digests(one.connection))["public.inbox"]
    connection = await asyncpg.connect(postgres.admin_dsn(world, "registry"))
    after = (await digests.digests(connection))["public.inbox"]
    await connection.close()
    return before, after


def test_work_goes_on_after_the_cut_and_is_not_in_the_copy(tmp_path: Path) -> None:
    world = world_in(tmp_path)
    with restore.serving(world):
        before, after = asyncio.run(_meanwhile(world))
    assert (before.rows, after.rows) == (0, 1)
    assert before.total != after.total
