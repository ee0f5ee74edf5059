"""The sender: takes due tries, calls providers outside any transaction, records the answers."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import asyncpg
from sqlmodel import select

from kit.db import Begin
from kit.logs import logger
from services.contact.gateways.base import NotSent, Outcome, Outgoing, Provider, Unknown
from services.contact.models import Lane
from services.contact.settings import ContactSettings
from services.contact.usecases import claims, outcomes
from services.contact.usecases.claims import Claim
from services.contact.usecases.contacts import NO_TENANT
from services.contact.usecases.outcomes import Result

type Connection = asyncpg.Connection[asyncpg.Record]

CHANNEL = "attempts"
"""On which the database tells of tries that were committed, by tenant."""
IDLE_SECONDS = 1.0
LOOK_SECONDS = 0.3
"""Tries that fall due within this time are taken, and their answers recorded, together."""
log = logger("contact.sender")


class Hot:
    """Tenants whose queue is worth a look: a try was committed, or the last look found one.

    They stand in line: whoever was looked at and is noticed again goes to its end.
    """

    def __init__(self) -> None:
        self._tenants: dict[int, None] = {}
        self._noticed = asyncio.Event()

    def __len__(self) -> int:
        return len(self._tenants)

    def notice(self, tenant_id: int) -> None:
        """There may be something to send for this tenant."""
        self._tenants.setdefault(tenant_id)
        self._noticed.set()

    def first(self) -> int:
        """The tenant that waited longest, now out of the line."""
        tenant_id = next(iter(self._tenants))
        del self._tenants[tenant_id]
        if not self._tenants:
            self._noticed.clear()
        return tenant_id

    async def noticed(self, seconds: float) -> None:
        """Returns once a tenant is noticed, or after this time."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._noticed.wait(), seconds)


@asynccontextmanager
async def told_of_tries(url: str, hot: Hot) -> AsyncIterator[Connection]:
    """Within it the database tells of every try that is committed, by whatever process."""
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        await connection.add_listener(CHANNEL, lambda *told: hot.notice(int(told[-1])))
        yield connection
    finally:
        await connection.close()


@dataclass(frozen=True)
class _Sent:
    claim: Claim
    result: Result


class Sender:
    """Bounded calls in flight. Answers not yet recorded outlive an outage of the database."""

    def __init__(self, settings: ContactSettings, providers: Mapping[str, Provider]) -> None:
        self._settings = settings
        self._providers = providers
        self._hot = Hot()
        self._flying: dict[asyncio.Task[_Sent], Claim] = {}
        self._answers: list[_Sent] = []
        self._next_sweep = self._next_full_sweep = 0.0
        self._unfinished: set[int] = set()
        """Tenants with tries that wait for their time or for an answer."""

    async def run(self, begin: Begin, stopping: asyncio.Event) -> None:
        """Until told to stop; then waits for what is in flight and records it."""
        self._next_sweep = self._next_full_sweep = 0.0
        async with told_of_tries(self._settings.database_url, self._hot) as telling:
            while not stopping.is_set():
                if telling.is_closed():
                    raise ConnectionResetError("the database tells of no more tries")
                await self._record(begin)
                await self._sweep(begin)
                await self._launch(begin)
                await self._pause()
        while self._flying or self._answers:
            await asyncio.wait(self._flying) if self._flying else None
            await self._record(begin)

    async def _pause(self) -> None:
        if self._flying:
            # All that answer within a moment are recorded in one transaction.
            await asyncio.wait(self._flying, timeout=LOOK_SECONDS)
        else:
            await self._hot.noticed(IDLE_SECONDS)

    async def _sweep(self, begin: Begin) -> None:
        now = asyncio.get_running_loop().time()
        if now < self._next_sweep:
            return
        self._next_sweep = now + self._settings.sweep_seconds
        if now >= self._next_full_sweep:
            self._next_full_sweep = now + self._settings.full_sweep_seconds
            async with begin(NO_TENANT) as tx:
                self._unfinished |= set(await tx.session.scalars(select(Lane.number)))
        for tenant_id in sorted(self._unfinished):
            async with begin(tenant_id) as tx:
                await outcomes.expire_claims(tx, self._settings.claim_lease_seconds)
            async with begin(tenant_id) as tx:
                if await claims.any_unfinished(tx):
                    self._hot.notice(tenant_id)
                else:
                    self._unfinished.discard(tenant_id)

    async def _launch(self, begin: Begin) -> None:
        """Each tenant in line takes its share of the free calls; the last may take what is left."""
        for waiting in range(len(self._hot), 0, -1):
            free = self._settings.send_concurrency - len(self._flying)
            if free <= 0:
                return
            await self._claim(begin, self._hot.first(), max(1, free // waiting))

    async def _claim(self, begin: Begin, tenant_id: int, most: int) -> None:
        async with begin(tenant_id) as tx:
            taken = await claims.take(tx, most, self._busy(tenant_id))
        if taken:
            self._hot.notice(tenant_id)
            self._unfinished.add(tenant_id)
        self._flying |= {asyncio.create_task(self._send(claim)): claim for claim in taken}

    def _busy(self, tenant_id: int) -> set[str]:
        """People to whom something is on its way: what is next for them waits for its answer."""
        flying = self._flying.values()
        return {claim.person_id for claim in flying if claim.tenant_id == tenant_id}

    async def _send(self, claim: Claim) -> _Sent:
        message = claim.message
        outcome: Outcome
        if isinstance(message, NotSent):
            outcome = message
        else:
            outcome = await self._asked(claim.channel, message)
        return _Sent(claim, Result(claim.contact_id, claim.attempt_id, outcome))

    async def _asked(self, channel: str, message: Outgoing) -> Outcome:
        """What a provider answers; its own failure is a doubt about this message alone."""
        call = self._providers[channel].send(message)
        (answer,) = await asyncio.gather(call, return_exceptions=True)
        if isinstance(answer, BaseException):
            error = type(answer).__name__
            log.error("a provider failed by itself", channel=channel, error=error)
            return Unknown(f"falha ao enviar ({error})")
        return answer

    async def _record(self, begin: Begin) -> None:
        for task in [task for task in self._flying if task.done()]:
            # What waited for this person's answer may leave now.
            self._hot.notice(self._flying.pop(task).tenant_id)
            self._answers.append(task.result())
        by_tenant: defaultdict[int, list[_Sent]] = defaultdict(list)
        for answer in self._answers:
            by_tenant[answer.claim.tenant_id].append(answer)
        for tenant_id, answers in by_tenant.items():
            async with begin(tenant_id) as tx:
                await outcomes.keep(tx, [answer.result for answer in answers])
            self._answers = [a for a in self._answers if a not in answers]
