"""The keyring's copies: sealed under a key of their own, gone within days, and never undoing an
erasure, for the list of keys that were destroyed is kept apart and is the newest there is.

When a copy expires its key goes with it: a copy of the copy opens no more.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg

from deploy.local import postgres
from deploy.local.paths import read_json, write_json, write_text
from deploy.local.safety import dumps, places
from deploy.local.safety.cut import Snapshot
from deploy.local.world import World
from kit.crypto import new_key, open_bytes, seal_bytes

KEPT = timedelta(days=7)
LENGTH = 4
DESTROYED = "select tenant_id, person_id from person_key where destroyed_at is not null"
AGAIN = """
    update person_key set wrapped = null, destroyed_at = coalesce(destroyed_at, now())
    where tenant_id = $1 and person_id = $2
"""

type Person = tuple[int, str]


def keep(world: World, home: Path, name: str, snapshot: Snapshot) -> None:
    """A sealed copy, as it is dumped: the clear one is nowhere on disk."""
    key = new_key()
    write_text(_key(home, name), key.hex())
    places.keyrings(home).mkdir(parents=True, exist_ok=True)
    pieces = dumps.dumped(world, snapshot.database, snapshot.name)
    with _sealed(home, name).open("wb") as out:
        for number, piece in enumerate(pieces):
            sealed = seal_bytes(key, piece, _place(name, number))
            out.write(len(sealed).to_bytes(LENGTH, "big") + sealed)


def opened(home: Path, name: str) -> bytes:
    """The copy in clear; FileNotFoundError once it or its key has expired."""
    key = bytes.fromhex(_key(home, name).read_text())
    sealed = _sealed(home, name).read_bytes()
    return b"".join(
        open_bytes(key, piece, _place(name, n)) for n, piece in enumerate(_pieces(sealed))
    )


def _pieces(sealed: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(sealed):
        end = at + LENGTH + int.from_bytes(sealed[at : at + LENGTH], "big")
        yield sealed[at + LENGTH : end]
        at = end


def expire(home: Path, now: datetime) -> list[str]:
    """Removes copies past their days, keys first; their names."""
    old = [
        file.stem
        for file in sorted(places.keyrings(home).glob("*.sealed"))
        if now - datetime.strptime(file.stem, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) > KEPT
    ]
    for name in old:
        _key(home, name).unlink(missing_ok=True)
        _sealed(home, name).unlink()
    return old


async def note_destroyed(world: World, home: Path) -> int:
    """Adds to the list whose keys are destroyed now; nobody ever leaves it. Its length."""
    connection = await asyncpg.connect(postgres.admin_dsn(world, places.KEYRING))
    try:
        found = {(row[0], row[1]) for row in await connection.fetch(DESTROYED)}
    finally:
        await connection.close()
    every = sorted(found | set(destroyed(home)))
    write_json(list_of(home), {"destroyed": every})
    return len(every)


def destroyed(home: Path) -> list[Person]:
    """Whose keys were destroyed, as far as was noted."""
    return [(int(one[0]), str(one[1])) for one in read_json(list_of(home)).get("destroyed", [])]


async def replay(world: World, people: list[Person]) -> None:
    """Destroys them again in a keyring that was restored, and out of its pages."""
    connection = await asyncpg.connect(postgres.admin_dsn(world, places.KEYRING))
    try:
        await connection.executemany(AGAIN, people)
        await connection.execute("vacuum person_key")
    finally:
        await connection.close()


def list_of(home: Path) -> Path:
    """The file of it."""
    return places.keyrings(home) / "destroyed.json"


def _sealed(home: Path, name: str) -> Path:
    return places.keyrings(home) / f"{name}.sealed"


def _key(home: Path, name: str) -> Path:
    return places.secrets(home) / "keyring" / f"{name}.key"


def _place(name: str, number: int) -> bytes:
    return f"{name}/{number}".encode()
