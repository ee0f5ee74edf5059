"""Composition of a background process: consumers, relay, audit sealing, sweeps, own tasks."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from typing import Any

import uvloop
from aiokafka.errors import KafkaError
from sqlalchemy.exc import DBAPIError

from kit import facts_out, figures, telemetry
from kit.audit import seal_chain
from kit.clock import Clock
from kit.clock_follower import following
from kit.consumer import consume
from kit.db import Begin, transactions
from kit.health import serve_health, stop_signal
from kit.inbox import Handlers, Inbox
from kit.keyring import Keyring
from kit.outages import LOST, Patience, connected, leave, rest
from kit.plumbing import Plumbing
from kit.relay import SWEEP_SECONDS, Relay
from kit.resources import resources
from kit.settings import Settings
from kit.sweeps import sweep

SEAL_SECONDS = 1.0
GRACE_SECONDS = 12.0
"""How long the batch in hand may take after an order to stop; what waits for an absent part is
then left, and found again where it came from."""


@dataclass(frozen=True)
class WorkerContext:
    """What a service's own background task may use."""

    settings: Settings
    begin: Begin
    clock: Clock
    keyring: Keyring
    stopping: asyncio.Event


Task = Callable[[WorkerContext], Awaitable[None]]


def run(
    settings: Settings, *, plumbing: Plumbing, handlers: Handlers, tasks: Sequence[Task] = ()
) -> None:
    """Runs until SIGTERM: finishes the batch in hand, leaves its group, closes what it opened."""
    telemetry.setup(settings.service, settings.process or "worker", settings.otlp_endpoint)
    uvloop.run(_run(settings, plumbing, handlers, tasks))


async def _run(
    settings: Settings, plumbing: Plumbing, handlers: Handlers, tasks: Sequence[Task]
) -> None:
    stopping = stop_signal()
    await ended_in_time(_work(settings, plumbing, handlers, tasks, stopping), stopping)


async def ended_in_time(
    work: Coroutine[Any, Any, None], stopping: asyncio.Event, grace: float = GRACE_SECONDS
) -> None:
    """Runs `work` to its end; cancels it `grace` seconds after `stopping` if it still waits."""
    task = asyncio.create_task(work)
    stop = asyncio.create_task(stopping.wait())
    await asyncio.wait([task, stop], return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    _, waiting = await asyncio.wait([task], timeout=grace)
    for late in waiting:
        late.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def _work(
    settings: Settings,
    plumbing: Plumbing,
    handlers: Handlers,
    tasks: Sequence[Task],
    stopping: asyncio.Event,
) -> None:
    async with AsyncExitStack() as stack:
        held = await stack.enter_async_context(resources(settings, plumbing))
        await stack.enter_async_context(following(settings, held.clock))
        begin = transactions(held)
        context = WorkerContext(settings, begin, held.clock, held.keyring, stopping)
        inbox = Inbox(settings.service, plumbing, begin, handlers, held.keyring)
        clock_version = held.clock.version if settings.sandbox else None
        topics = sorted({event.topic for event in handlers})
        async with asyncio.TaskGroup() as group:
            group.create_task(Relay(settings, stopping).run())
            group.create_task(seal(settings, stopping))
            group.create_task(_sweep(settings, stopping))
            group.create_task(figures.keep_telling(settings, stopping))
            group.create_task(serve_health(settings, stopping, clock_version))
            if topics:
                group.create_task(
                    consume(settings, settings.service, topics, inbox.handle, stopping)
                )
            for task in (*tasks, *([_compare] if facts_out.topics_of(settings.service) else [])):
                group.create_task(_kept_running(task, context))


async def seal(settings: Settings, stopping: asyncio.Event) -> None:
    """Chains new audit entries; losing the database only delays it, and what else fails is told."""
    patience = Patience("audit.seal")
    while not stopping.is_set():
        try:
            connection = await connected(settings)
            try:
                while not stopping.is_set():
                    sealed = await seal_chain(connection)
                    patience.renewed()
                    if not sealed:
                        await rest(stopping, SEAL_SECONDS)
            finally:
                await leave(connection)
        except LOST as broken:
            await patience.bear(broken, stopping)


async def _sweep(settings: Settings, stopping: asyncio.Event) -> None:
    """Once in a while, on a connection of its own; losing the database only delays it."""
    patience = Patience("sweep")
    while not stopping.is_set():
        try:
            connection = await connected(settings)
            try:
                await sweep(connection, settings)
            finally:
                await leave(connection)
        except LOST as broken:
            await patience.bear(broken, stopping)
        await rest(stopping, SWEEP_SECONDS)


async def _compare(context: WorkerContext) -> None:
    await facts_out.keep_comparing(context.settings, context.stopping)


async def _kept_running(task: Task, context: WorkerContext) -> None:
    """Starts a task again after an outage; an error of ours ends the process, to be seen."""
    patience = Patience(getattr(task, "__name__", "task"))
    while not context.stopping.is_set():
        try:
            await task(context)
        except (DBAPIError, TimeoutError, KafkaError, *LOST) as outage:
            await patience.bear(outage, context.stopping)
        else:
            return
