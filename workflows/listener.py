"""`python -m workflows.listener`: turns facts into starts and signals of processes.

At least once from Kafka, once in effect: a process id starts one process, signals are set and not
toggled, and a signal to a process that ended is counted, not an error. A fact that cannot be told
is an alarm and holds nobody: see docs/running.md.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Iterable

import uvloop
from opentelemetry.metrics import get_meter
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
from kit.temporal import connect, outage
from workflows.clocks import Clocks
from workflows.cpt_end import triggers as cpt_end
from workflows.health_declaration import triggers as health_declaration
from workflows.triggers import Signal, Start

PROCESSES = (health_declaration, cpt_end)
AT_ONCE = 50
log = logger("workflows.listener")
untold = get_meter("workflows.listener").create_counter(
    "listener.untold", description="facts that should have moved a process and did not"
)


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
            if isinstance(outcome, BaseException) and outage(outcome):
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
            _alarm(envelope, "ValidationError")
            return None

    async def _apply(self, fact: Event, envelope: Envelope) -> None:
        with telemetry.span_from(envelope.traceparent, f"tell {envelope.type}"):
            traceparent = telemetry.current_traceparent()
            signals = [one for one in self._signals[envelope.type] if one.wanted(fact)]
            for start in self._starts[envelope.type]:
                wanted = start.process_id(fact)
                also = next((one for one in signals if one.process_id(fact) == wanted), None)
                if also is None:
                    await _told(self._start(start, fact), envelope)
                else:
                    signals.remove(also)
                    await _told(self._start_told(start, also, fact, traceparent), envelope)
            for signal in signals:
                await _told(self._signal(signal, fact, traceparent), envelope)

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


async def _told(telling: Awaitable[None], envelope: Envelope) -> None:
    """What Temporal refuses for good must not hold the facts behind it, of any tenant."""
    try:
        await telling
    except RPCError as refused:
        if outage(refused):
            raise
        _alarm(envelope, refused.status.name)


def _alarm(envelope: Envelope, reason: str) -> None:
    log.error(
        "a fact moved no process",
        event_id=envelope.event_id,
        type=envelope.type,
        tenant_id=envelope.tenant_id,
        reason_code=reason,
    )
    untold.add(1, {"type": envelope.type, "error.type": reason})


def _reuse(start: Start) -> WorkflowIDReusePolicy:
    """What completed stays so; what broke off may begin again when its fact comes again."""
    if start.again:
        return WorkflowIDReusePolicy.ALLOW_DUPLICATE
    return WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY


async def run(settings: Settings) -> None:
    """Listens until told to stop."""
    stopping = stop_signal()
    client = await connect(settings)
    async with Clocks.following(settings, client) as clocks, asyncio.TaskGroup() as group:
        listener = Listener(client, clocks)
        version = clocks.version if settings.sandbox else None
        group.create_task(serve_health(settings, stopping, version))
        group.create_task(consume(settings, "listener", listener.topics, listener.handle, stopping))


def main() -> None:
    """Runs until told to stop."""
    settings = Settings(service="listener")
    telemetry.setup("workflows", settings.process or "listener", settings.otlp_endpoint)
    uvloop.run(run(settings))


if __name__ == "__main__":
    main()
