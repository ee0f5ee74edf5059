"""Probes of a background process, and the signal that stops it."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import Depends, FastAPI

from contracts.base import Message
from kit import telemetry
from kit.auth import public


class Ready(Message):
    """Whether the process does its work."""

    ok: bool


def stop_signal() -> asyncio.Event:
    """Set by SIGTERM or SIGINT; call from inside the running loop."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    return stopping


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The process's own handlers stay: it decides when to stop."""
        yield


async def serve_health(port: int, stopping: asyncio.Event) -> None:
    """Answers /live and /ready until the process stops; port 0 answers nobody."""
    if not port:
        await stopping.wait()
        return
    app = FastAPI(openapi_url=None, telemetry=telemetry.fastapi_options())
    telemetry.instrument_app(app)

    @app.get("/live", dependencies=[Depends(public("liveness probe"))])
    @app.get("/ready", dependencies=[Depends(public("readiness probe"))])
    async def ready() -> Ready:
        return Ready(ok=not stopping.is_set())

    config = uvicorn.Config(app, port=port, log_config=None, access_log=False, lifespan="off")
    server = _Server(config)
    serving = asyncio.create_task(server.serve())
    await stopping.wait()
    server.should_exit = True
    await serving
