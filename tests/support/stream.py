"""An answer that goes on, read piece by piece: what the usual client gives only once it ended."""

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI

WITHIN = 90
"""Seconds after which what is waited for is taken for missing."""


@dataclass
class Stream:
    """Status, headers, and the pieces as they come."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    started: asyncio.Event = field(default_factory=asyncio.Event)
    pieces: asyncio.Queue[str | None] = field(default_factory=asyncio.Queue)

    async def heard(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            named = ((name.decode().lower(), value.decode()) for name, value in message["headers"])
            self.headers = dict(named)
            self.started.set()
        elif message["type"] == "http.response.body":
            if message.get("body"):
                self.pieces.put_nowait(message["body"].decode())
            if not message.get("more_body", False):
                self.pieces.put_nowait(None)

    async def until(self, wanted: str) -> str:
        """The first piece that holds it; fails where the answer ends before."""
        async with asyncio.timeout(WITHIN):
            while True:
                piece = await self.pieces.get()
                assert piece is not None, f"the answer ended before {wanted!r}"
                if wanted in piece:
                    return piece

    async def end(self) -> None:
        """Until the answer is over."""
        async with asyncio.timeout(WITHIN):
            while await self.pieces.get() is not None:
                pass


@asynccontextmanager
async def streaming(app: FastAPI, path: str, headers: dict[str, str]) -> AsyncIterator[Stream]:
    """Within it the answer goes on; at its end whoever asked is gone."""
    stream, gone = Stream(), asyncio.Event()
    asked = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> dict[str, Any]:
        if asked:
            return asked.pop()
        await gone.wait()
        return {"type": "http.disconnect"}

    running = asyncio.create_task(app(_scope(path, headers), receive, stream.heard))
    try:
        async with asyncio.timeout(WITHIN):
            await stream.started.wait()
        yield stream
    finally:
        gone.set()
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


def _scope(path: str, headers: dict[str, str]) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "https",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("console.test", 443),
    }
