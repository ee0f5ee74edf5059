"""`python -m workflows.listener`: turns facts into starts and signals of processes.

At least once from Kafka, once in effect: a process id starts one process, signals are set and not
toggled, and a signal to a process that ended is counted, not an error.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable

import uvloop
from pydantic import ValidationError
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from contracts.base import Event, sensitive_fields
from kit import telemetry
from kit.consumer import Outage, consume
from kit.health import serve_health, stop_signal
from kit.kafka import Envelope
from kit.logs import logger
from kit.settings import Settings
from kit.temporal import connect
from workflows.clocks import Clocks
from workflows.cpt_end import triggers as cpt_end
from workflows.health_declaration import triggers as health_declaration
from workflows.triggers import Signal, Start

PROCESSES = (health_declaration, cpt_end)
AT_ONCE = 50
log = logger("workflows.listener")


class Listener:
    """Applies every process's triggers to the facts it hears."""

    def __init__(self, client: Client, clocks: Clocks) -> None:
        self._client = client
        self._clocks = clocks
        self._starts: dict[str, list[Start]] = defaultdict(list)
        self._signals: dict[str, list[Signal]] = defaultdict(list)
        self._events: dict[str, type[Event]] = {}
        self._room = asyncio.Semaphore(AT_ONCE)
        for process in PROCESSES:
            for event, start in process.STARTS.items():
                self._starts[event.type].append(start)
                self._events[event.type] = event
            for event, signal in process.SIGNALS.items():
                self._signals[event.type].append(signal)
                self._events[event.type] = event

    @property
    def topics(self) -> list[str]:
        """Topics that carry what this listener acts on."""
        return sorted({event.topic for event in self._events.values()})

    async def handle(self, batch: Iterable[Envelope]) -> None:
        """Keys side by side, facts of one key in their order."""
        by_key: dict[tuple[str, str], list[Envelope]] = defaultdict(list)
        for envelope in batch:
            if envelope.type in self._events:
                by_key[envelope.topic, envelope.key].append(envelope)
        keys = [self._handle_key(facts) for facts in by_key.values()]
        for outcome in await asyncio.gather(*keys, return_exceptions=True):
            if isinstance(outcome, RPCError | OSError):
                raise Outage(type(outcome).__name__) from outcome
            if isinstance(outcome, BaseException):
                raise outcome

    async def _handle_key(self, facts: list[Envelope]) -> None:
        async with self._room:
            for envelope in facts:
                fact = self._read(envelope)
                if fact is not None:
                    await self._apply(fact, envelope)

    def _read(self, envelope: Envelope) -> Event | None:
        """Facts that move processes carry nothing sealed: ids and moments are all it takes."""
        event = self._events[envelope.type]
        if sensitive_fields(event):
            raise TypeError(f"{event.__name__} carries sealed fields: it cannot move a process")
        try:
            return event.model_validate_json(envelope.payload)
        except ValidationError:
            log.error("fact does not keep its promise", type=envelope.type)
            return None

    async def _apply(self, fact: Event, envelope: Envelope) -> None:
        with telemetry.span_from(envelope.traceparent, f"tell {envelope.type}"):
            traceparent = telemetry.current_traceparent()
            signals = [one for one in self._signals[envelope.type] if one.wanted(fact)]
            for start in self._starts[envelope.type]:
                wanted = start.process_id(fact)
                also = next((one for one in signals if one.process_id(fact) == wanted), None)
                if also is None:
                    await self._start(start, fact)
                else:
                    signals.remove(also)
                    await self._start_told(start, also, fact, traceparent)
            for signal in signals:
                await self._signal(signal, fact, traceparent)

    async def _start(self, start: Start, fact: Event) -> None:
        try:
            await self._client.start_workflow(
                start.workflow,
                start.payload(fact, self._clocks.of(fact.tenant_id)),
                id=start.process_id(fact),
                task_queue=start.task_queue,
                id_reuse_policy=_reuse(start),
                id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
            )
        except WorkflowAlreadyStartedError:
            return

    async def _start_told(
        self, start: Start, signal: Signal, fact: Event, traceparent: str | None
    ) -> None:
        """In one call: between two of them a process that runs could end, and know nothing."""
        try:
            await self._client.start_workflow(
                start.workflow,
                start.payload(fact, self._clocks.of(fact.tenant_id)),
                id=start.process_id(fact),
                task_queue=start.task_queue,
                id_reuse_policy=_reuse(start),
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                start_signal=signal.signal.__name__,
                start_signal_args=[signal.payload(fact, traceparent)],
            )
        except WorkflowAlreadyStartedError:
            return

    async def _signal(self, signal: Signal, fact: Event, traceparent: str | None) -> None:
        handle = self._client.get_workflow_handle(signal.process_id(fact))
        try:
            await handle.signal(signal.signal, signal.payload(fact, traceparent))
        except RPCError as refused:
            if refused.status is not RPCStatusCode.NOT_FOUND:
                raise
            log.info("fact reached a process that has ended", type=fact.type)


def _reuse(start: Start) -> WorkflowIDReusePolicy:
    if start.again:
        return WorkflowIDReusePolicy.ALLOW_DUPLICATE
    return WorkflowIDReusePolicy.REJECT_DUPLICATE


async def run(settings: Settings) -> None:
    """Listens until told to stop."""
    stopping = stop_signal()
    client = await connect(settings)
    async with Clocks.following(settings, client) as clocks, asyncio.TaskGroup() as group:
        listener = Listener(client, clocks)
        version = clocks.version if settings.sandbox else None
        group.create_task(serve_health(settings.health_port, stopping, version))
        group.create_task(consume(settings, "listener", listener.topics, listener.handle, stopping))


def main() -> None:
    """Runs until told to stop."""
    settings = Settings(service="listener")
    telemetry.setup("workflows", settings.process or "listener", settings.otlp_endpoint)
    uvloop.run(run(settings))


if __name__ == "__main__":
    main()
