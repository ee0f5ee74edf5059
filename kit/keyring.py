"""One data key per person, wrapped at rest; destroying it makes the person's data unreadable.

Services read and create keys; only the eraser destroys them (two database logins).
"""

import base64
import json
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from opentelemetry.metrics import get_meter
from sqlalchemy import (
    Column,
    Connection,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    String,
    Table,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from kit.crypto import Keks, Unreadable, new_key, open_bytes, seal_bytes
from kit.logs import logger

PREFIX = "sealed:v1:"
log = logger("kit.keyring")
missing_keys = get_meter("kit.keyring").create_counter(
    "keyring.missing", description="asked to open with a key that the keyring does not know"
)

metadata = MetaData()
person_key = Table(
    "person_key",
    metadata,
    Column("tenant_id", Integer, primary_key=True, autoincrement=False),
    Column("person_id", String, primary_key=True),
    Column("wrapped", LargeBinary),
    Column("kek_id", String, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("destroyed_at", DateTime(timezone=True)),
)


class KeyDestroyed(Exception):
    """The person's key was destroyed: what was sealed with it stays sealed."""


class KeyMissing(Exception):
    """The keyring knows nothing of this key, though something was sealed with it.

    Nobody was erased: the keyring was lost, or restored to an earlier point. What waits for the
    key must wait on, for it can be opened again once the keyring is whole.
    """


async def create_schema(
    owner: AsyncEngine, app_role: str = "keyring_app", eraser_role: str = "keyring_eraser"
) -> None:
    """Create the table and grant each role only what it needs; safe to repeat."""
    async with owner.begin() as connection:
        await connection.run_sync(metadata.create_all)
        await connection.run_sync(_grant, app_role, eraser_role)


def _grant(connection: Connection, app_role: str, eraser_role: str) -> None:
    quote = connection.dialect.identifier_preparer.quote
    app, eraser = quote(app_role), quote(eraser_role)
    for statement in (
        f"grant select, insert on person_key to {app}",
        # maintain: the eraser vacuums what it destroyed out of the table's pages.
        f"grant select, update, maintain on person_key to {eraser}",
    ):
        connection.execute(text(statement))


class Keyring:
    """Reads, creates and uses persons' keys; holds them in memory for `cache_seconds`.

    A destroyed key is forgotten by every process at most `cache_seconds` later.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        keks: Callable[[], Keks] | Keks | str,
        cache_seconds: float = 30,
        cache_size: int = 10_000,
    ) -> None:
        self._engine = engine
        # One statement needs no transaction around it: two round trips less.
        self._reading = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._keks: Callable[[], Keks] = keks if callable(keks) else _fixed(keks)
        self._cache = _Cache(cache_seconds, cache_size)

    async def key(self, tenant_id: int, person_id: str) -> bytes:
        """The person's key, created when absent; raises KeyDestroyed when it was destroyed."""
        found = await self.keys(tenant_id, [person_id])
        if person_id not in found:
            raise KeyDestroyed(person_id)
        return found[person_id]

    async def keys(
        self, tenant_id: int, person_ids: Iterable[str], *, create: bool = True
    ) -> dict[str, bytes]:
        """Many keys in one round trip; destroyed ones are left out.

        Those that are absent are created, unless they are only wanted to open what exists.
        """
        found, missing = self._cache.split(tenant_id, person_ids)
        if missing:
            rows = await self._load(tenant_id, missing)
            absent = sorted(set(missing) - rows.keys())
            if absent and create:
                rows |= await self._created(tenant_id, absent)
            found |= _whole(rows)
        return found

    async def seal(self, tenant_id: int, person_id: str, value: object) -> str:
        """Seal a JSON value for one person; it opens only as that person's, in that tenant."""
        key = await self.key(tenant_id, person_id)
        plain = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        sealed = seal_bytes(key, plain, _aad(tenant_id, person_id))
        return PREFIX + base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    async def open(self, tenant_id: int, person_id: str, sealed: str) -> Any:
        """Open what `seal` made.

        Raises KeyDestroyed when the person was erased, KeyMissing when the keyring never heard of
        them, Unreadable when it was tampered with or is another person's.
        """
        key = await self._existing(tenant_id, person_id)
        return json.loads(open_bytes(key, _decode(sealed), _aad(tenant_id, person_id)))

    def forget(self, tenant_id: int, person_id: str) -> None:
        """Drop a key from this process's memory."""
        self._cache.drop(tenant_id, person_id)

    async def _existing(self, tenant_id: int, person_id: str) -> bytes:
        known, missing = self._cache.split(tenant_id, [person_id])
        found: dict[str, bytes | None] = {**known}
        if missing:
            found |= await self._load(tenant_id, missing)
        if person_id not in found:
            missing_keys.add(1)
            log.error("a key is missing: is the keyring one of an earlier time?")
            raise KeyMissing(person_id)
        key = found[person_id]
        if key is None:
            raise KeyDestroyed(person_id)
        return key

    async def _load(self, tenant_id: int, person_ids: list[str]) -> dict[str, bytes | None]:
        """Every key there is a row of; None of a destroyed one."""
        async with self._reading.connect() as connection:
            return self._kept(tenant_id, await _rows(connection, tenant_id, person_ids))

    async def _created(self, tenant_id: int, person_ids: list[str]) -> dict[str, bytes | None]:
        async with self._engine.begin() as connection:
            await self._create(connection, tenant_id, person_ids)
            return self._kept(tenant_id, await _rows(connection, tenant_id, person_ids))

    def _kept(self, tenant_id: int, rows: Iterable[Row[Any]]) -> dict[str, bytes | None]:
        found = {row.person_id: None if row.wrapped is None else self._unwrap(row) for row in rows}
        self._cache.keep(tenant_id, _whole(found))
        return found

    async def _create(
        self, connection: AsyncConnection, tenant_id: int, person_ids: list[str]
    ) -> None:
        # Two processes may meet here: the first row wins and both read it back.
        keks = self._keks()
        await connection.execute(
            insert(person_key).on_conflict_do_nothing(),
            [
                {
                    "tenant_id": tenant_id,
                    "person_id": person_id,
                    "wrapped": keks.wrap(new_key(), _aad(tenant_id, person_id)),
                    "kek_id": keks.current,
                }
                for person_id in person_ids
            ],
        )

    def _unwrap(self, row: Row[Any]) -> bytes:
        return self._keks().unwrap(row.kek_id, row.wrapped, _aad(row.tenant_id, row.person_id))


class Eraser:
    """What only the erasure process may do, with a login of its own."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def destroy(self, tenant_id: int, person_id: str) -> bool:
        """Destroy a key for good; False when there was none to destroy. Safe to repeat."""
        change = (
            person_key.update()
            .where(
                person_key.c.tenant_id == tenant_id,
                person_key.c.person_id == person_id,
                person_key.c.wrapped.is_not(None),
            )
            .values(wrapped=None, destroyed_at=func.clock_timestamp())
        )
        async with self._engine.begin() as connection:
            return (await connection.execute(change)).rowcount == 1

    async def sweep(self) -> None:
        """Vacuum the destroyed versions out of the table's pages."""
        async with self._engine.connect() as connection:
            free = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await free.execute(text("vacuum person_key"))

    async def rewrap(self, keks: Keks | str, batch: int = 500) -> int:
        """Wrap every key with the current key-encryption key, online; the number rewrapped."""
        parsed = Keks.parse(keks) if isinstance(keks, str) else keks
        total = 0
        while done := await self._rewrap_some(parsed, batch):
            total += done
        return total

    async def _rewrap_some(self, keks: Keks, batch: int) -> int:
        old = (
            select(person_key)
            .where(person_key.c.kek_id != keks.current, person_key.c.wrapped.is_not(None))
            .limit(batch)
            .with_for_update(skip_locked=True)
        )
        async with self._engine.begin() as connection:
            rows = (await connection.execute(old)).all()
            if rows:
                await connection.execute(_REWRAP, [_rewrapped(keks, row) for row in rows])
        return len(rows)


_REWRAP = text(
    "update person_key set wrapped = :wrapped, kek_id = :kek_id"
    " where tenant_id = :tenant_id and person_id = :person_id and wrapped is not null"
)


def _rewrapped(keks: Keks, row: Row[Any]) -> dict[str, object]:
    aad = _aad(row.tenant_id, row.person_id)
    key = keks.unwrap(row.kek_id, row.wrapped, aad)
    return {
        "tenant_id": row.tenant_id,
        "person_id": row.person_id,
        "wrapped": keks.wrap(key, aad),
        "kek_id": keks.current,
    }


def _whole(found: dict[str, bytes | None]) -> dict[str, bytes]:
    return {person_id: key for person_id, key in found.items() if key is not None}


def _fixed(keks: Keks | str) -> Callable[[], Keks]:
    parsed = Keks.parse(keks) if isinstance(keks, str) else keks
    return lambda: parsed


class _Cache:
    """Least recently used keys, each for a limited time."""

    def __init__(self, seconds: float, size: int) -> None:
        self._seconds = seconds
        self._size = size
        self._kept: OrderedDict[tuple[int, str], tuple[float, bytes]] = OrderedDict()

    def split(
        self, tenant_id: int, person_ids: Iterable[str]
    ) -> tuple[dict[str, bytes], list[str]]:
        now = time.monotonic()
        found: dict[str, bytes] = {}
        missing: list[str] = []
        for person_id in dict.fromkeys(person_ids):
            until, key = self._kept.get((tenant_id, person_id), (0.0, b""))
            if until > now:
                found[person_id] = key
                self._kept.move_to_end((tenant_id, person_id))
            else:
                missing.append(person_id)
        return found, missing

    def keep(self, tenant_id: int, keys: dict[str, bytes]) -> None:
        until = time.monotonic() + self._seconds
        for person_id, key in keys.items():
            self._kept[tenant_id, person_id] = (until, key)
            self._kept.move_to_end((tenant_id, person_id))
        while len(self._kept) > self._size:
            self._kept.popitem(last=False)

    def drop(self, tenant_id: int, person_id: str) -> None:
        self._kept.pop((tenant_id, person_id), None)


async def _rows(
    connection: AsyncConnection, tenant_id: int, person_ids: list[str]
) -> Sequence[Row[Any]]:
    wanted = select(person_key).where(
        person_key.c.tenant_id == tenant_id,
        person_key.c.person_id == func.any(person_ids),
    )
    return (await connection.execute(wanted)).all()


def _aad(tenant_id: int, person_id: str) -> bytes:
    return f"{tenant_id}|{person_id}".encode()


def _decode(sealed: str) -> bytes:
    if not sealed.startswith(PREFIX):
        raise Unreadable("unknown format")
    body = sealed.removeprefix(PREFIX)
    try:
        return base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
    except ValueError:
        raise Unreadable("unknown format") from None
