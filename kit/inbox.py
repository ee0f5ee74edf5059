"""An event id is done once. A poison message parks its key; the other keys flow on."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from itertools import groupby
from typing import Any

from opentelemetry.metrics import get_meter
from pydantic import ValidationError
from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from contracts.base import Event
from contracts.ops import Redriven
from kit.consumer import Outage
from kit.db import Begin, Transaction
from kit.kafka import Envelope, opened, sealed_for
from kit.keyring import KeyDestroyed, Keyring
from kit.logs import logger
from kit.plumbing import Plumbing
from kit.telemetry import span_from

Handler = Callable[[Transaction, Any], Awaitable[None]]
Handlers = Mapping[type[Event], Handler]
PASSING = ("40", "08", "53", "57", "55P03", "25P03")
LOCK_KEY = text("select pg_advisory_xact_lock(hashtextextended(:name, 0))")
CLAIM = text("""
    insert into inbox (event_id) select unnest(cast(:ids as text[]))
    on conflict do nothing returning event_id
""")
PARKED = text("""
    select topic, key from parked where tenant_id = :tenant and key = any(cast(:keys as text[]))
""")
"""Both are the same statement for a batch of any size: prepared once, by the driver and by us."""
log = logger("kit.inbox")
_meter = get_meter("kit.inbox")
passed_over = _meter.create_counter(
    "inbox.erased", description="facts done without effect: the person was erased"
)
poisons = _meter.create_counter("inbox.parked", description="messages that parked their key")


def _passing(error: Exception) -> bool:
    """Whether the database, not the message, was at fault: then nothing is parked."""
    if not isinstance(error, DBAPIError):
        return isinstance(error, OSError | TimeoutError | PoolTimeout)
    if isinstance(getattr(error.orig, "__cause__", None), ValueError):
        # The driver itself refused a value: sent again it would be refused again.
        return False
    state = str(getattr(error.orig, "sqlstate", "") or "")
    return error.connection_invalidated or not state or state.startswith(PASSING)


class Inbox:
    """Hands facts to the service's handlers, in batches of one transaction."""

    def __init__(
        self, service: str, tables: Plumbing, begin: Begin, handlers: Handlers, keyring: Keyring
    ) -> None:
        self._service = service
        self._tables = tables
        self._begin = begin
        self._keyring = keyring
        self._events = {event.type: event for event in handlers}
        self._handlers = handlers

    async def handle(self, envelopes: Iterable[Envelope]) -> None:
        """Does each fact once. A batch that fails is halved to find the poison."""
        batch = [e for e in envelopes if self._concerns(e)]
        if not batch:
            return
        try:
            await self._do_or_park(batch)
        except Exception as error:
            if _passing(error):
                raise Outage(type(error).__name__) from error
            raise

    def _concerns(self, envelope: Envelope) -> bool:
        if envelope.type and envelope.tenant_id > 0:
            return envelope.type in self._events
        log.warning("message without type or tenant passed over", topic=envelope.topic)
        return False

    async def _do_or_park(self, batch: list[Envelope]) -> None:
        """Halves what fails until the poison lies alone, so that the rest still goes in batches."""
        try:
            await self._do(batch)
        except Exception as error:
            if _passing(error):
                raise
            if len(batch) == 1:
                await self._park_alone(batch[0], error)
                return
            middle = len(batch) // 2
            await self._do_or_park(batch[:middle])
            await self._do_or_park(batch[middle:])

    async def _do(self, batch: list[Envelope]) -> None:
        by_tenant = sorted(batch, key=lambda e: e.tenant_id)
        async with self._begin(by_tenant[0].tenant_id) as tx:
            for tenant_id, group in groupby(by_tenant, key=lambda e: e.tenant_id):
                if tenant_id != tx.tenant_id:
                    await tx.enter(tenant_id)
                await self._do_group(tx, list(group))

    async def _do_group(self, tx: Transaction, group: list[Envelope]) -> None:
        waiting = await self._waiting(tx, group)
        fresh = await self._claim(tx, [e for e in group if (e.topic, e.key) not in waiting])
        await self._prefetch(tx, [e for e in group if e.event_id in fresh])
        for envelope in group:
            if (envelope.topic, envelope.key) in waiting:
                await self._park(tx, envelope, None)
            elif envelope.event_id in fresh:
                fresh.discard(envelope.event_id)
                await self._hand(tx, envelope)

    async def _prefetch(self, tx: Transaction, fresh: list[Envelope]) -> None:
        """The keys that these facts are opened with, in one round trip for all of them."""
        told = (sealed_for(envelope, self._events[envelope.type]) for envelope in fresh)
        await tx.prefetch({person_id for person_id in told if person_id}, create=False)

    async def _park_alone(self, envelope: Envelope, error: Exception) -> None:
        log.error("message parked", type=envelope.type, error=_named(error))
        poisons.add(1, {"topic": envelope.topic})
        async with self._begin(envelope.tenant_id) as tx:
            await self._park(tx, envelope, _named(error))

    async def _hand(self, tx: Transaction, envelope: Envelope) -> None:
        event = self._events[envelope.type]
        try:
            fact = await opened(envelope, event, self._keyring)
        except KeyDestroyed:
            log.info("fact of an erased person passed over", type=envelope.type)
            passed_over.add(1, {"topic": envelope.topic})
            return
        with span_from(envelope.traceparent, f"handle {envelope.type}"):
            await self._handlers[event](tx, fact)

    async def _claim(self, tx: Transaction, group: list[Envelope]) -> set[str]:
        if not group:
            return set()
        ids = list(dict.fromkeys(e.event_id for e in group))
        return set((await tx.connection.execute(CLAIM, {"ids": ids})).scalars())

    async def _waiting(self, tx: Transaction, group: list[Envelope]) -> set[tuple[str, str]]:
        """Keys that are parked, seen under their locks.

        Without them a message could park behind what a re-drive is just taking away, and wait
        there for nobody.
        """
        seen = await self._parked_keys(tx, group)
        for topic, key in sorted(seen):
            await tx.connection.execute(LOCK_KEY, {"name": f"{topic}/{key}"})
        return await self._parked_keys(tx, group) if seen else seen

    async def _parked_keys(self, tx: Transaction, group: list[Envelope]) -> set[tuple[str, str]]:
        among = {"tenant": tx.tenant_id, "keys": list({e.key for e in group})}
        return {(topic, key) for topic, key in await tx.connection.execute(PARKED, among)}

    async def _park(self, tx: Transaction, envelope: Envelope, error: str | None) -> None:
        await tx.connection.execute(LOCK_KEY, {"name": f"{envelope.topic}/{envelope.key}"})
        sealed = await tx.seal(f"service:{self._service}", envelope.payload)
        row = {
            "tenant_id": envelope.tenant_id,
            "event_id": envelope.event_id,
            "topic": envelope.topic,
            "key": envelope.key,
            "type": envelope.type,
            "payload": sealed,
            "traceparent": envelope.traceparent,
            "error": error,
        }
        await tx.session.execute(insert(self._tables.parked).values(row).on_conflict_do_nothing())

    async def redrive(self, tx: Transaction, topic: str, key: str) -> Redriven:
        """Does the parked messages of one key again, in order, until one fails."""
        await tx.connection.execute(LOCK_KEY, {"name": f"{topic}/{key}"})
        parked = self._tables.parked
        mine = (
            (parked.c.tenant_id == tx.tenant_id) & (parked.c.topic == topic) & (parked.c.key == key)
        )
        handled = 0
        for row in (
            await tx.session.execute(select(parked).where(mine).order_by(parked.c.seq))
        ).all():
            if not await self._again(tx, row):
                return Redriven(handled=handled, still_parked=True)
            await tx.session.execute(delete(parked).where(parked.c.seq == row.seq))
            handled += 1
        return Redriven(handled=handled, still_parked=False)

    async def _again(self, tx: Transaction, row: Any) -> bool:
        payload = await tx.open(f"service:{self._service}", row.payload)
        envelope = Envelope(
            event_id=row.event_id,
            type=row.type,
            tenant_id=row.tenant_id,
            topic=row.topic,
            key=row.key,
            payload=payload,
            traceparent=row.traceparent,
            occurred_at=row.parked_at,
        )
        # What it does is not the deed of whoever has it done again: only the audit names them.
        driver, tx.caller = tx.caller, None
        try:
            async with tx.savepoint():
                if envelope.event_id in await self._claim(tx, [envelope]):
                    await self._hand(tx, envelope)
                await tx.flush()
        except Exception as error:
            tx.forget()
            if _passing(error):
                raise
            log.error("message still parked", type=row.type, error=_named(error))
            return False
        finally:
            tx.caller = driver
        return True


def _named(error: Exception) -> str:
    """The kind of error and the fields at fault: never a value, which might be personal."""
    if isinstance(error, ValidationError):
        fields = sorted({".".join(str(p) for p in e["loc"]) for e in error.errors()})
        return f"ValidationError: {', '.join(fields)}"
    return type(error).__name__
