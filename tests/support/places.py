"""Everything a running stack keeps on the disk, told by who keeps it: database, topic, log, file.

The write-ahead log is shared by all databases: each record is counted to the database it changes.
"""

import asyncio
import re
import subprocess
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from deploy.local.postgres import programs
from tests.support.finder import Finder

SLOT = "canary"
SEGMENT = 16 * 1024 * 1024
PAGE, HEADER, FIRST_HEADER = 8192, 24, 40
"""Of the write-ahead log: each page begins with a header, a segment's first with a longer one."""
DRIVERS = ("secrets", "secrets.json", "story", "pg_wal")
"""What is no part of the product (the story's own keys), and the log that is read by record."""
RECORD = re.compile(rb"lsn: ([0-9A-F]+)/([0-9A-F]+)(?:[^\n]*?rel \d+/(\d+)/)?")

type Found = dict[str, set[str]]


@dataclass(frozen=True)
class Disk:
    """One run folder, and the point of the write-ahead log from which it is read."""

    run: Path
    admin: str
    since: str

    async def holding(self, finder: Finder) -> Found:
        """Place → how it is written there, for every word of the finder that lies anywhere."""
        await self.ask("checkpoint")
        databases = {str(oid): name for oid, name in await self.ask(DATABASES)}
        return await asyncio.to_thread(self._search, finder, databases)

    async def ask(self, query: str) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.admin)
        try:
            return list(await connection.fetch(query))
        finally:
            await connection.close()

    def _search(self, finder: Finder, databases: dict[str, str]) -> Found:
        found: Found = defaultdict(set)
        for path, hit in finder.files(self.run, DRIVERS):
            found[_place(path.relative_to(self.run), databases)].add(f"{hit.word} {hit.how}")
        for oid, content in self._log().items():
            for hit in finder.search(content):
                name = databases.get(oid, "nobody")
                found[f"postgres/log of {name}"].add(f"{hit.word} {hit.how}")
        return dict(found)

    def _log(self) -> dict[str, bytes]:
        """Bytes of the write-ahead log since the beginning, by the database they belong to."""
        records = list(self._records())
        ends = [start for start, _ in records[1:]] + [records[-1][0] + SEGMENT]
        kept: defaultdict[str, bytearray] = defaultdict(bytearray)
        for (start, database), end in zip(records, ends, strict=True):
            kept[database] += self._bytes(start, end)
        return {database: bytes(content) for database, content in kept.items()}

    def _records(self) -> Iterator[tuple[int, str]]:
        command = [programs() / "pg_waldump", "-p", self._folder, "-s", self.since]
        # It ends at the end of the log, which it calls an error.
        done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 (ours)
        found = RECORD.findall(done.stdout)
        assert found, f"no record since {self.since}: {done.stderr.decode()}"
        for high, low, database in found:
            yield (int(high, 16) << 32) + int(low, 16), database.decode()

    def _bytes(self, start: int, end: int) -> bytes:
        """What lies between two places; page headers, which may cut a word in two, left out."""
        content = b""
        while start < end:
            number, at = divmod(start, SEGMENT)
            stop = min(end, start - start % PAGE + PAGE)
            file = self._folder / f"00000001{number >> 8:08X}{number & 0xFF:08X}"
            if not file.exists():
                break
            header = 0 if start % PAGE else HEADER if at else FIRST_HEADER
            with file.open("rb") as opened:
                opened.seek(at + header)
                content += opened.read(max(0, stop - start - header))
            start = stop
        return content

    @property
    def _folder(self) -> Path:
        return self.run / "data" / "postgres" / "pg_wal"


DATABASES = "select oid, datname from pg_database"


def _place(path: Path, databases: dict[str, str]) -> str:
    """`postgres/registry`, `kafka/registry.events`, `temporal`, `logs`…"""
    parts = path.parts[1:] if path.parts[0] == "data" else path.parts
    if parts[:2] == ("postgres", "base"):
        return f"postgres/{databases.get(parts[2], parts[2])}"
    if parts[0] == "kafka" and len(parts) > 2:
        return f"kafka/{parts[1].rpartition('-')[0]}"
    return parts[0]


@asynccontextmanager
async def disk(run: Path, admin: str) -> AsyncIterator[Disk]:
    """The log of what happens in the block is kept until its end."""
    connection = await asyncpg.connect(admin)
    drop = "select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name=$1"
    try:
        await connection.execute(drop, SLOT)
        await connection.execute("select pg_create_physical_replication_slot($1, true)", SLOT)
        since = await connection.fetchval("select pg_current_wal_insert_lsn()::text")
        yield Disk(run, admin, since)
    finally:
        await connection.execute(drop, SLOT)
        await connection.close()
