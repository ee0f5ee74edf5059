"""Keeps one program running: starts it, waits until it serves, starts it again when it dies."""

import asyncio
import os
import socket
import time
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from deploy.local.launch import Job, JobFailed, Launch
from deploy.local.paths import ROOT
from deploy.local.ports import HOST
from deploy.local.status import Status

LOG_BYTES = 20 * 1024 * 1024
POLL_SECONDS = 0.1
SETTLED_SECONDS = 10.0
PAUSES = (0.0, 0.3, 1.0, 2.0, 5.0)
"""Before the first, second, … start again after quick deaths in a row."""


def open_log(path: Path) -> IO[bytes]:
    """Appends; what grew too big is put aside once."""
    if path.exists() and path.stat().st_size > LOG_BYTES:
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab")


def listener(port: int) -> socket.socket:
    """A socket of its own per instance: the kernel shares connections among the living."""
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    bound.bind((HOST, port))
    return bound


class Runner:
    """One supervised program."""

    def __init__(
        self,
        launch: Launch,
        log: Path,
        changed: Callable[[], None],
        revived: Callable[[Launch], Awaitable[None]],
    ) -> None:
        self.launch = launch
        self.status = Status(launch.name)
        self._log = log
        self._changed = changed
        self._revived = revived
        self._process: Process | None = None
        self._wanted = asyncio.Event()
        self._quick_deaths = 0
        self._task: asyncio.Task[None] | None = None
        self.served = asyncio.Event()

    def start(self) -> None:
        self._wanted.set()
        if self._task is None:
            self._task = asyncio.create_task(self._keep())

    async def ready(self) -> None:
        """Waits until it serves; TimeoutError after the time it may take."""
        async with asyncio.timeout(self.launch.ready_seconds):
            await self.served.wait()

    async def hold(self) -> None:
        """Stops it and leaves it stopped until started again."""
        self._wanted.clear()
        self.status.held = True
        await self._end()

    async def stop(self) -> None:
        """Stops it for good."""
        self._wanted.clear()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self._end()

    async def _keep(self) -> None:
        while True:
            await self._wanted.wait()
            self.status.held = False
            started = time.monotonic()
            await self._live()
            self._down()
            if self._wanted.is_set():
                await self._pause(time.monotonic() - started)

    async def _live(self) -> None:
        self._process = await self._spawn()
        with suppress(ProcessLookupError):
            os.setpriority(os.PRIO_PROCESS, self._process.pid, self.launch.nice)
        self.status.pid = self._process.pid
        self.status.since = datetime.now(UTC).isoformat(timespec="seconds")
        self._changed()
        waiting = asyncio.create_task(self._wait_served(self._process.pid))
        try:
            await self._process.wait()
        finally:
            waiting.cancel()

    async def _wait_served(self, pid: int) -> None:
        while True:
            if await self.launch.probe(pid):
                break
            await asyncio.sleep(POLL_SECONDS)
        if self.status.restarts:
            await self._revived(self.launch)
        self.status.ready = True
        self.served.set()
        self._changed()

    def _down(self) -> None:
        self.status.pid = None
        self.status.ready = False
        self.served.clear()
        self._changed()

    async def _pause(self, lived: float) -> None:
        self.status.restarts += 1
        self._quick_deaths = 0 if lived > SETTLED_SECONDS else self._quick_deaths + 1
        await asyncio.sleep(PAUSES[min(self._quick_deaths, len(PAUSES) - 1)])

    async def _spawn(self) -> Process:
        command = list(self.launch.command)
        sockets = [listener(self.launch.port)] if self.launch.port else []
        for bound in sockets:
            command += ["--fd", str(bound.fileno())]
        try:
            with open_log(self._log) as log:
                return await asyncio.create_subprocess_exec(
                    *command,
                    cwd=ROOT,
                    env=dict(self.launch.env),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    pass_fds=[bound.fileno() for bound in sockets],
                )
        finally:
            for bound in sockets:
                bound.close()

    async def _end(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            process.send_signal(self.launch.stop_signal)
        try:
            async with asyncio.timeout(self.launch.stop_seconds):
                await process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, 9)
            await process.wait()
        self._down()


async def run_job(job: Job, log: Path) -> None:
    """Runs to its end; JobFailed when it ends with an error."""
    with open_log(log) as file:
        process = await asyncio.create_subprocess_exec(
            *job.command,
            cwd=ROOT,
            env=dict(job.env),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=file,
            stderr=file,
        )
        try:
            code = await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
    if code != 0:
        raise JobFailed(job.name, log)
