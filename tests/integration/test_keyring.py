"""The keyring on a real Postgres: one key per person, gone for good when destroyed."""

import asyncio
import base64
import os
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from kit.crypto import Unreadable
from kit.keyring import Eraser, KeyDestroyed, KeyMissing, Keyring, create_schema
from tests.support.postgres import Postgres

ROLES = ("keyring_owner", "keyring_app", "keyring_eraser")
OLD = f"k1:{base64.b64encode(os.urandom(32)).decode()}"
NEW = f"k2:{base64.b64encode(os.urandom(32)).decode()},{OLD}"


@dataclass
class Vault:
    """One keyring database and its three logins."""

    owner: AsyncEngine
    app: AsyncEngine
    eraser: AsyncEngine

    def keyring(self, keks: str = OLD, cache_seconds: float = 30) -> Keyring:
        return Keyring(self.app, keks, cache_seconds)


@pytest.fixture
async def vault(postgres: Postgres) -> AsyncIterator[Vault]:
    database = await postgres.database(*ROLES)
    engines = [create_async_engine(postgres.url(database, role)) for role in ROLES]
    vault = Vault(*engines)
    await create_schema(vault.owner)
    await create_schema(vault.owner)
    yield vault
    for engine in engines:
        await engine.dispose()


async def test_what_is_sealed_opens_again(vault: Vault) -> None:
    keyring = vault.keyring()
    value = {"q01": True, "note": "çã", "months": [1, 2]}
    sealed = await keyring.seal(1, "p-1", value)
    assert sealed.startswith("sealed:v1:")
    assert await keyring.open(1, "p-1", sealed) == value
    assert await vault.keyring().open(1, "p-1", sealed) == value
    assert sealed != await keyring.seal(1, "p-1", value)


async def test_a_ciphertext_moved_to_another_person_or_tenant_does_not_open(vault: Vault) -> None:
    keyring = vault.keyring()
    await keyring.keys(1, ["p-1", "p-2"])
    await keyring.key(2, "p-1")
    sealed = await keyring.seal(1, "p-1", "segredo")
    for tenant, person in ((1, "p-2"), (2, "p-1")):
        with pytest.raises(Unreadable):
            await keyring.open(tenant, person, sealed)


async def test_a_key_row_moved_to_another_person_does_not_unwrap(vault: Vault) -> None:
    await vault.keyring().keys(1, ["p-1", "p-2"])
    swap = (
        "update person_key set wrapped = (select wrapped from person_key where person_id = 'p-1')"
    )
    async with vault.owner.begin() as connection:
        await connection.execute(text(swap))
    with pytest.raises(Unreadable):
        await vault.keyring().key(1, "p-2")


@pytest.mark.parametrize("broken", ["", "sealed:v1:", "sealed:v2:AAAA", "sealed:v1:A", "texto"])
async def test_what_is_not_a_seal_is_refused(vault: Vault, broken: str) -> None:
    keyring = vault.keyring()
    await keyring.key(1, "p-1")
    with pytest.raises(Unreadable):
        await keyring.open(1, "p-1", broken)


async def test_a_changed_byte_is_refused(vault: Vault) -> None:
    keyring = vault.keyring()
    sealed = await keyring.seal(1, "p-1", "segredo")
    last = "A" if sealed[-4] != "A" else "B"
    with pytest.raises(Unreadable):
        await keyring.open(1, "p-1", sealed[:-4] + last + sealed[-3:])


async def test_a_hundred_first_uses_at_once_agree_on_one_key(vault: Vault) -> None:
    rings = [vault.keyring() for _ in range(100)]
    keys = await asyncio.gather(*(ring.key(1, "p-1") for ring in rings))
    assert len(set(keys)) == 1


async def test_batches_that_overlap_do_not_block_each_other(vault: Vault) -> None:
    people = [f"p-{n}" for n in range(40)]
    batches = [vault.keyring().keys(1, people[n:] + people[:n]) for n in range(0, 40, 4)]
    found = await asyncio.gather(*batches)
    assert all(keys == found[0] for keys in found)
    assert len(found[0]) == 40


async def test_a_destroyed_key_opens_nothing_and_never_comes_back(vault: Vault) -> None:
    keyring = vault.keyring(cache_seconds=0)
    sealed = await keyring.seal(1, "p-1", "segredo")
    eraser = Eraser(vault.eraser)
    assert await eraser.destroy(1, "p-1")
    assert not await eraser.destroy(1, "p-1")
    await eraser.sweep()
    with pytest.raises(KeyDestroyed):
        await keyring.open(1, "p-1", sealed)
    with pytest.raises(KeyDestroyed):
        await keyring.seal(1, "p-1", "de novo")
    assert await keyring.keys(1, ["p-1", "p-2"]) == {"p-2": await keyring.key(1, "p-2")}


async def test_memory_forgets_a_destroyed_key_when_its_time_is_over(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring = vault.keyring(cache_seconds=30)
    sealed = await keyring.seal(1, "p-1", "segredo")
    await Eraser(vault.eraser).destroy(1, "p-1")
    assert await keyring.open(1, "p-1", sealed) == "segredo"
    later = time.monotonic() + 31
    monkeypatch.setattr("kit.keyring.time.monotonic", lambda: later)
    with pytest.raises(KeyDestroyed):
        await keyring.open(1, "p-1", sealed)


async def test_opening_creates_no_key_and_does_not_take_its_absence_for_an_erasure(
    vault: Vault,
) -> None:
    with pytest.raises(KeyMissing):
        await vault.keyring().open(1, "nobody", "sealed:v1:AAAA")
    assert await vault.keyring().keys(1, ["nobody"], create=False) == {}
    async with vault.owner.connect() as connection:
        assert await connection.scalar(text("select count(*) from person_key")) == 0


async def test_keys_move_to_a_new_kek_while_in_use(vault: Vault) -> None:
    people = [f"p-{n}" for n in range(25)]
    before = await vault.keyring(OLD).keys(1, people)
    await vault.keyring(OLD).key(1, "gone")
    eraser = Eraser(vault.eraser)
    await eraser.destroy(1, "gone")
    assert await eraser.rewrap(NEW, batch=10) == 25
    assert await eraser.rewrap(NEW, batch=10) == 0
    only_new = NEW.partition(",")[0]
    assert await vault.keyring(only_new).keys(1, people) == before


async def test_services_may_not_destroy_and_the_eraser_may_not_create(vault: Vault) -> None:
    await vault.keyring().key(1, "p-1")
    for engine, statement in (
        (vault.app, "update person_key set wrapped = null"),
        (vault.app, "delete from person_key"),
        (vault.eraser, "delete from person_key"),
        (vault.eraser, "insert into person_key values (1, 'x', null, 'k')"),
    ):
        with pytest.raises(ProgrammingError, match="permission denied"):
            async with engine.begin() as connection:
                await connection.execute(text(statement))
