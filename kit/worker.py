"""Composition of a background process: consumers, outbox relay, audit sealing, own tasks."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

import asyncpg
import uvicorn
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from fastapi import Depends, FastAPI
from sqlalchemy.exc import DBAPIError

from contracts.base import Message
from kit import kafka, telemetry
from kit.audit import seal_chain
from kit.auth import public
from kit.clock import Clock
from kit.clock_follower import following
from kit.db import Begin, transactions
from kit.inbox import Handlers, Inbox
from kit.keyring import Keyring
from kit.logs import logger
from kit.plumbing import Plumbing
from kit.relay import Relay
from kit.resources import resources
from kit.settings import Settings

BATCH = 500
SEAL_SECONDS = 1.0
log = logger("kit.worker")


@dataclass(frozen=True)
class WorkerContext:
    """What a service's own background task may use."""

    settings: Settings
    begin: Begin
    clock: Clock
    keyring: Keyring
    stopping: asyncio.Event


Task = Callable[[WorkerContext], Awaitable[None]]


class Ready(Message):
    """Whether the process does its work."""

    ok: bool


def run(
    settings: Settings, *, plumbing: Plumbing, handlers: Handlers, tasks: Sequence[Task] = ()
) -> None:
    """Runs until SIGTERM: finishes the batch in hand, leaves its group, closes what it opened."""
    telemetry.setup(settings.service, settings.process or "worker", settings.otlp_endpoint)
    asyncio.run(_run(settings, plumbing, handlers, tasks))


async def _run(
    settings: Settings, plumbing: Plumbing, handlers: Handlers, tasks: Sequence[Task]
) -> None:
    stopping = stop_signal()
    async with AsyncExitStack() as stack:
        held = await stack.enter_async_context(resources(settings, plumbing))
        await stack.enter_async_context(following(settings, held.clock))
        begin = transactions(held)
        context = WorkerContext(settings, begin, held.clock, held.keyring, stopping)
        inbox = Inbox(settings.service, plumbing, begin, handlers, held.keyring)
        topics = sorted({event.topic for event in handlers})
        async with asyncio.TaskGroup() as group:
            group.create_task(Relay(settings, stopping).run())
            group.create_task(_seal(settings, stopping))
            group.create_task(serve_health(settings.health_port, stopping))
            if topics:
                group.create_task(
                    consume(settings, settings.service, topics, inbox.handle, stopping)
                )
            for task in tasks:
                group.create_task(_kept_running(task, context))


async def consume(
    settings: Settings,
    group: str,
    topics: Sequence[str],
    handle: Callable[[list[kafka.Envelope]], Awaitable[None]],
    stopping: asyncio.Event,
) -> None:
    """Hands batches to `handle` and commits after it; an outage makes it wait, never skip."""
    consumer = await kafka.started(kafka.consumer(settings, group, *topics))
    try:
        while not stopping.is_set():
            fetched = await consumer.getmany(timeout_ms=1000, max_records=BATCH)
            batch = [kafka.read(record) for records in fetched.values() for record in records]
            if batch and await _handled(handle, batch, stopping):
                await _commit(consumer)
    finally:
        await consumer.stop()


async def _handled(
    handle: Callable[[list[kafka.Envelope]], Awaitable[None]],
    batch: list[kafka.Envelope],
    stopping: asyncio.Event,
) -> bool:
    pause = 0.2
    while not stopping.is_set():
        try:
            await handle(batch)
        except (DBAPIError, OSError, TimeoutError, asyncpg.PostgresError) as outage:
            log.warning("batch waits for an outage to end", error=type(outage).__name__)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)
        else:
            return True
    return False


async def _commit(consumer: AIOKafkaConsumer) -> None:
    try:
        await consumer.commit()
    except KafkaError:
        log.warning("offsets were not committed; the batch will come again")


async def _seal(settings: Settings, stopping: asyncio.Event) -> None:
    """Chains new audit entries; losing the database only delays it."""
    url = settings.relay_database_url.replace("+asyncpg", "")
    while not stopping.is_set():
        try:
            connection = await asyncpg.connect(url)
            try:
                while not stopping.is_set():
                    if not await seal_chain(connection):
                        await _sleep(stopping, SEAL_SECONDS)
            finally:
                await connection.close()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await _sleep(stopping, SEAL_SECONDS)


async def _kept_running(task: Task, context: WorkerContext) -> None:
    """Starts a task again after an outage; an error of ours ends the process, to be seen."""
    while not context.stopping.is_set():
        try:
            await task(context)
        except (DBAPIError, OSError, TimeoutError, KafkaError) as outage:
            log.warning("task waits for an outage to end", error=type(outage).__name__)
            await _sleep(context.stopping, 1.0)
        else:
            return


async def _sleep(stopping: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return


def stop_signal() -> asyncio.Event:
    """Set by SIGTERM or SIGINT; call from inside the running loop."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    return stopping


async def serve_health(port: int, stopping: asyncio.Event) -> None:
    """Answers /live and /ready for probes; port 0 answers nobody."""
    if not port:
        return
    app = FastAPI(openapi_url=None)

    @app.get("/live", dependencies=[Depends(public("liveness probe"))])
    @app.get("/ready", dependencies=[Depends(public("readiness probe"))])
    async def ready() -> Ready:
        return Ready(ok=not stopping.is_set())

    config = uvicorn.Config(app, port=port, log_config=None, access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    serving = asyncio.create_task(server.serve())
    await stopping.wait()
    server.should_exit = True
    await serving
