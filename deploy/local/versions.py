"""`python -m deploy.local.versions`: what the running servers answer about themselves."""

import asyncio
import struct
import sys
from pathlib import Path

import asyncpg
import httpx

from deploy.local.stack import NotUp, describe

API_VERSIONS, FLEXIBLE = 18, 3
"""Request for what a broker supports; from version 3 on it tells its features."""
RELEASES = {22: "4.0", 26: "4.1", 28: "4.2"}
"""First metadata.version of each Kafka release, as its StorageTool lists them."""


class Reader:
    """Reads Kafka's compact wire types one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, size: int) -> bytes:
        self._at += size
        return self._data[self._at - size : self._at]

    def int16(self) -> int:
        return int(struct.unpack(">h", self.take(2))[0])

    def varint(self) -> int:
        value, shift = 0, 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            if not byte & 0x80:
                return value
            shift += 7

    def text(self) -> str:
        return self.take(self.varint() - 1).decode()

    def skip_tags(self) -> None:
        for _ in range(self.varint()):
            self.varint()
            self.take(self.varint())


async def ask_broker(address: str) -> bytes:
    """The raw reply to ApiVersions, after its length and correlation id."""
    host, port = address.split(",")[0].split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    name = b"\x08vinculo\x021\x00"
    request = struct.pack(">hhih", API_VERSIONS, FLEXIBLE, 1, -1) + b"\x00" + name
    writer.write(struct.pack(">i", len(request)) + request)
    size = struct.unpack(">i", await reader.readexactly(4))[0]
    reply = await reader.readexactly(size)
    writer.close()
    return reply[4:]


def supported_features(reply: bytes) -> dict[str, int]:
    """Feature → highest supported level; empty for a broker that tells none."""
    reader = Reader(reply)
    if reader.int16() != 0:
        return {}
    for _ in range(reader.varint() - 1):
        reader.take(6)
        reader.skip_tags()
    reader.take(4)
    for _ in range(reader.varint()):
        tag, part = reader.varint(), Reader(reader.take(reader.varint()))
        if tag == 0:
            return features(part)
    return {}


def features(part: Reader) -> dict[str, int]:
    found = {}
    for _ in range(part.varint() - 1):
        name, _least, most = part.text(), part.int16(), part.int16()
        part.skip_tags()
        found[name] = most
    return found


async def broker(address: str) -> str:
    level = supported_features(await ask_broker(address)).get("metadata.version")
    if level is None:
        return "broker leve (não informa versão)"
    release = [RELEASES[first] for first in sorted(RELEASES) if first <= level]
    return f"Apache Kafka {release[-1] if release else '?'} (metadata.version {level})"


async def temporal(url: str) -> str:
    async with httpx.AsyncClient(timeout=10) as client:
        reply = await client.get(f"{url}/api/v1/system-info")
    return f"Temporal {reply.json()['serverVersion']}"


async def postgres(dsn: str) -> str:
    connection = await asyncpg.connect(dsn)
    try:
        return f"PostgreSQL {await connection.fetchval('show server_version')}"
    finally:
        await connection.close()


async def versions(run: str | Path | None = None) -> list[str]:
    """Broker, Temporal and Postgres of the stack that runs. NotUp when none does."""
    found = describe(run)
    return list(
        await asyncio.gather(
            broker(found["kafka"]["bootstrap"]),
            temporal(found["temporal"]["http"]),
            postgres(found["postgres"]["admin"]["admin"]),
        )
    )


def main() -> int:
    try:
        print("\n".join(asyncio.run(versions())))
    except NotUp as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
