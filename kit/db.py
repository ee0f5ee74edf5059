"""One request or message is one transaction: rows, facts and audit commit together, at the edge."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    create_async_engine,
)

from contracts.base import Event, sensitive_fields
from kit.auth import Caller
from kit.blind import BlindIndex
from kit.clock import Clock
from kit.errors import Problem
from kit.keyring import KeyDestroyed, Keyring
from kit.plumbing import Plumbing, plumbing
from kit.telemetry import current_traceparent

__all__ = [
    "AlreadyRolledBack",
    "Begin",
    "FactTooLarge",
    "KeptRefusal",
    "Resources",
    "Transaction",
    "connect",
    "plumbing",
]

Collected = Callable[["Transaction", list[Any]], Awaitable[None]]
LARGEST_FACT_BYTES = 900_000
SEALED_FOR = "sealed_for"
"""In the details of an audit entry: the person whose key opens its reason."""
SERVER_PATIENCE = {"idle_in_transaction_session_timeout": "60s", "lock_timeout": "30s"}
"""How long the server bears a transaction that does nothing, or that waits for another's lock.

Both are told as errors of their own states: worth trying again, and nobody's message is at fault.
"""
SET_TENANT = text("select set_config('app.tenant', :tenant, true)")


class FactTooLarge(Exception):
    """The fact would not fit in a Kafka message; the transaction that records it must fail."""


class AlreadyRolledBack(Exception):
    """Somebody went on after a failed flush: nothing of this transaction would be kept."""


class KeptRefusal(Exception):
    """Carries a refusal out of a transaction that commits all the same."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem


@dataclass(frozen=True)
class Resources:
    """What a transaction needs beside its session; made once per process."""

    engine: AsyncEngine
    tables: Plumbing
    keyring: Keyring
    blind_index: BlindIndex
    clock: Clock
    public_url: str = ""


class Transaction:
    """The session of one tenant plus the facts and audit entries recorded in it."""

    def __init__(
        self,
        session: AsyncSession,
        connection: AsyncConnection,
        resources: Resources,
        tenant_id: int,
        caller: Caller | None,
    ) -> None:
        self.session = session
        self.connection = connection
        """The session's own. What is said here in plain SQL costs two thirds of what it costs
        through the session, and sees of the session's rows only what was flushed."""
        self.tenant_id = tenant_id
        self.caller = caller
        self.acting_for: str | None = None
        """Person id when a proponent, who has no token, acts on their own declaration."""
        self._resources = resources
        self._as_of: datetime | None = None
        self._collected: dict[Collected, list[Any]] = {}
        self._facts: list[dict[str, Any]] = []
        self._entries: list[dict[str, Any]] = []

    @property
    def now(self) -> datetime:
        """Business time of the tenant, aware, UTC."""
        return self._as_of or self._resources.clock.now(self.tenant_id)

    @property
    def public_url(self) -> str:
        """What the links that people receive begin with."""
        return self._resources.public_url

    @property
    def zone(self) -> ZoneInfo:
        """Time zone in which the tenant counts its days."""
        return self._resources.clock.zone

    @property
    def today(self) -> date:
        """Business date of the tenant in its time zone."""
        return self.now.astimezone(self.zone).date()

    def as_of(self, now: datetime) -> None:
        """Decides as of the moment a process names: asking twice then does it once."""
        self._as_of = now

    @property
    def actor(self) -> str | None:
        """Subject of whoever acts; None for facts of processes and partners."""
        if self.caller is not None:
            return self.caller.sub
        return f"person:{self.acting_for}" if self.acting_for else None

    async def record(self, event: Event) -> None:
        """Keeps the fact for this commit, its sensitive fields sealed with the person's key.

        It happened at business time, unless it says otherwise; facts of one moment stay in order.
        """
        if "occurred_at" not in event.model_fields_set:
            moment = self.now + timedelta(microseconds=len(self._facts))
            event = event.model_copy(update={"occurred_at": moment})
        body = event.model_dump(mode="json")
        for name in sensitive_fields(type(event)):
            body[name] = await self.seal(str(body["person_id"]), body[name])
        if body.get("actor") is None and self.actor is not None:
            body["actor"] = self.actor
        payload = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        if len(payload.encode()) > LARGEST_FACT_BYTES:
            raise FactTooLarge(event.type)
        self._facts.append(
            {
                "tenant_id": self.tenant_id,
                "id": str(event.id),
                "topic": event.topic,
                "type": event.type,
                "key": event.key,
                "payload": payload,
                "traceparent": current_traceparent(),
                "occurred_at": event.occurred_at,
            }
        )

    async def audit(
        self,
        action: str,
        subject: str,
        reason: str | None = None,
        details: dict[str, Any] | None = None,
        person_id: str | None = None,
    ) -> None:
        """Keeps an audit entry for this commit. `details` holds ids, versions and hashes only.

        A `reason` that somebody typed is of the person it speaks of: it is kept sealed with the
        key of `person_id`, and not at all once that key is gone.
        """
        if reason is not None and person_id is not None:
            details = (details or {}) | {SEALED_FOR: person_id}
            try:
                reason = await self.seal(person_id, reason)
            except KeyDestroyed:
                reason = None
        self._entries.append(
            {
                "tenant_id": self.tenant_id,
                "actor": self.actor or "system",
                "actor_name": self.caller.name if self.caller else "",
                "action": action,
                "subject": subject,
                "reason": reason,
                "details": details or {},
            }
        )

    async def seal(self, person_id: str, value: object) -> str:
        """JSON of `value`, encrypted with the person's key."""
        return await self._resources.keyring.seal(self.tenant_id, person_id, value)

    async def prefetch(self, person_ids: Iterable[str], *, create: bool = True) -> None:
        """Many persons' keys in one round trip for what follows, created when absent.

        Who only reads creates none: a key that is missing must stay missing, to be seen.
        """
        await self._resources.keyring.keys(self.tenant_id, person_ids, create=create)

    async def open(self, person_id: str, sealed: str) -> Any:
        """What was sealed; raises KeyDestroyed once the person was erased, KeyMissing before."""
        return await self._resources.keyring.open(self.tenant_id, person_id, sealed)

    def blind(self, kind: str, value: str) -> str:
        """Keyed hash for searching sealed identity."""
        return self._resources.blind_index.digest(kind, self.tenant_id, value)

    def collect(self, action: Collected, item: object) -> None:
        """Has `action` called once, before the commit, with every item collected for it.

        So the facts of one batch are done together, in as few statements as one of them alone.
        """
        self._collected.setdefault(action, []).append(item)

    def keep_and_refuse(self, problem: Problem) -> NoReturn:
        """Refuses the request but commits what was done so far (a counted attempt, an audit)."""
        raise KeptRefusal(problem)

    async def enter(self, tenant_id: int) -> None:
        """Row-level security now sees this tenant; what was kept for another is written first."""
        await self.flush()
        self.tenant_id = tenant_id
        await self.connection.execute(SET_TENANT, {"tenant": str(tenant_id)})

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """What is done within is undone alone when it fails.

        Begun at once: the session by itself would begin it only at its own next statement, and
        what is said on the connection before that would stay.
        """
        async with self.session.begin_nested():
            await self.session.connection()
            yield

    def forget(self) -> None:
        """Drops facts and audit entries not yet written: what caused them was rolled back."""
        self._collected.clear()
        self._facts.clear()
        self._entries.clear()

    async def flush(self) -> None:
        """Writes rows, facts and audit entries in this order: a row's lock precedes its fact.

        Raises AlreadyRolledBack where the connection would begin anew, and lose what came before.
        """
        if not self.session.is_active:
            raise AlreadyRolledBack
        while self._collected:
            action = next(iter(self._collected))
            await action(self, self._collected.pop(action))
        await self.session.flush()
        tables = self._resources.tables
        if self._facts:
            facts, self._facts = self._facts, []
            await self.connection.execute(tables.outbox.insert(), facts)
        if self._entries:
            entries, self._entries = self._entries, []
            await self.connection.execute(tables.audit.insert(), entries)


Begin = Callable[..., AbstractAsyncContextManager[Transaction]]


def transactions(resources: Resources) -> Begin:
    """`begin(tenant_id, caller=None)`: commits at its end, rolls back on an exception."""

    @asynccontextmanager
    async def begin(tenant_id: int, caller: Caller | None = None) -> AsyncIterator[Transaction]:
        kept: KeptRefusal | None = None
        async with (
            AsyncSession(resources.engine, expire_on_commit=False) as session,
            session.begin(),
        ):
            connection = await session.connection()
            tx = Transaction(session, connection, resources, tenant_id, caller)
            await connection.execute(SET_TENANT, {"tenant": str(tenant_id)})
            try:
                yield tx
            except KeptRefusal as refusal:
                kept = refusal
            await tx.flush()
        if kept is not None:
            raise kept.problem

    return begin


def connect(url: str, pool_size: int, patience: float = 20.0) -> AsyncEngine:
    """An engine whose pool refuses rather than grows, after `patience` seconds, whose transactions
    wait for nothing without end, and whose errors name no one.
    """
    return create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=patience,
        hide_parameters=True,
        connect_args={"server_settings": SERVER_PATIENCE},
    )
