"""What a process holds open for its life: engine, keyring, blind index, clock."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from kit.blind import BlindIndex
from kit.clock import Clock
from kit.crypto import KekFile
from kit.db import Resources, connect
from kit.keyring import Keyring
from kit.plumbing import Plumbing
from kit.settings import Settings

KEYRING_CONNECTIONS = 3


@asynccontextmanager
async def resources(settings: Settings, tables: Plumbing) -> AsyncIterator[Resources]:
    """Opens them in order and closes them in reverse."""
    patience = settings.pool_timeout_seconds
    engine = connect(settings.database_url, settings.pool_size, patience)
    keyring_engine = connect(settings.keyring_url, KEYRING_CONNECTIONS, patience)
    try:
        yield Resources(
            engine=engine,
            tables=tables,
            keyring=Keyring(keyring_engine, KekFile(Path(settings.kek_file))),
            blind_index=BlindIndex(base64.b64decode(settings.index_key)),
            clock=Clock(settings.time_zone, movable=settings.sandbox),
            public_url=settings.public_url,
        )
    finally:
        await keyring_engine.dispose()
        await engine.dispose()
