"""Requests at a rate that nobody's slowness holds back, for little CPU: it shares the cores."""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from urllib.parse import urlsplit

from tests.chaos.knee import Answer

PATIENCE_SECONDS = 90.0
KEPT_SECONDS = 3.0
"""Well before the server ends a line that nobody uses."""
MOST_OPEN = 4_000
NO_ANSWER = 0
type Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Offer:
    """Connections to one server of this machine; a new one where all are in use."""

    def __init__(self, url: str) -> None:
        where = urlsplit(url)
        assert where.hostname in {"127.0.0.1", "localhost"}, "só nesta máquina"
        self._where = where.hostname, where.port
        self._free: deque[tuple[float, Line]] = deque()
        self.open = 0

    async def at(self, rate: float, requests: Sequence[bytes]) -> list[Answer]:
        """Sends each in its turn, `rate` in a second, whatever became of those before."""
        began = time.monotonic()
        tasks = []
        for number, request in enumerate(requests):
            early = began + number / rate - time.monotonic()
            if early > 0:
                await asyncio.sleep(early)
            tasks.append(asyncio.create_task(self.one(request, began)))
        return await asyncio.gather(*tasks)

    async def one(self, request: bytes, began: float) -> Answer:
        """The answer; none where the line broke or it took too long."""
        line: Line | None = None
        sent = time.monotonic()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                line = await self._line()
                line[1].write(request)
                status, again, body = await _read(line[0])
        except (OSError, TimeoutError, EOFError):
            if line is not None:
                self._close(line)
            status, again, body = NO_ANSWER, False, b""
        else:
            self._free.append((time.monotonic(), line))
        now = time.monotonic()
        return Answer(status, now - began, now - sent, again, body)

    async def _line(self) -> Line:
        while self._free:
            since, line = self._free.pop()
            if time.monotonic() - since < KEPT_SECONDS and not line[0].at_eof():
                return line
            self._close(line)
        if self.open >= MOST_OPEN:
            raise OSError("conexões demais")
        self.open += 1
        return await asyncio.open_connection(*self._where)

    def _close(self, line: Line) -> None:
        self.open -= 1
        line[1].close()

    def close(self) -> None:
        """Ends the lines that are not in use."""
        while self._free:
            self._close(self._free.pop()[1])


async def _read(reader: asyncio.StreamReader) -> tuple[int, bool, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
    body = await reader.readexactly(int(length or 0))
    return int(head[9:12]), b"\r\nretry-after: " in head, body
