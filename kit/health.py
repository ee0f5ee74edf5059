"""Probes of a background process, and the signal that stops it."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI, Query

from contracts.base import Message
from contracts.ops import ClockVersion
from kit import telemetry
from kit.auth import public
from kit.settings import Settings


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


async def serve_health(
    settings: Settings,
    stopping: asyncio.Event,
    clock_version: Callable[[int], int] | None = None,
) -> None:
    """Answers /live and /ready until the process stops; a health port of 0 answers nobody.

    `clock_version`, given in sandbox mode alone, tells at /clock how far the process followed the
    moves of a tenant's clock.
    """
    if not settings.health_port:
        await stopping.wait()
        return
    app = FastAPI(openapi_url=None, telemetry=telemetry.fastapi_options())
    telemetry.instrument_app(app)

    @app.get("/live", dependencies=[Depends(public("liveness probe"))])
    @app.get("/ready", dependencies=[Depends(public("readiness probe"))])
    async def ready() -> Ready:
        return Ready(ok=not stopping.is_set())

    if clock_version is not None:

        @app.get("/clock", dependencies=[Depends(public("sandbox: whether a move was heard"))])
        async def clock(tenant: Annotated[int, Query(ge=1, le=2**31 - 1)]) -> ClockVersion:
            return ClockVersion(version=clock_version(tenant))

    at = settings.health_host, settings.health_port
    config = uvicorn.Config(app, *at, log_config=None, access_log=False, lifespan="off")
    server = _Server(config)
    serving = asyncio.create_task(server.serve())
    await stopping.wait()
    server.should_exit = True
    await serving
