"""Links sent again to many: who was chosen is written down first, then asked for one by one.

It goes on by requests of whoever began it, in their name, a few links each: what a request leaves
is found by the next one. Each link has a key of its own: asked for again, it is not sent again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import col, select

from contracts.base import Message
from contracts.health_declaration.desk import LinkIssue
from kit.db import Begin, Transaction
from kit.errors import Conflict, NotFound, Problem, Unavailable
from services.console.models import Resend, ResendItem
from services.console.queries.looking import Look
from services.console.usecases.sessions import now

AT_ONCE = 10
"""Links of one request: it is answered before anybody wonders."""
MOST = 1000
GOES_ON_FOR = timedelta(hours=24)
"""Afterwards the keys of its links may be forgotten, and it goes on no more."""
_SHOWN = 20


@dataclass(frozen=True)
class Chosen:
    """One declaration to whose person a link is sent."""

    declaration_id: str
    person_id: str


@dataclass(frozen=True)
class Job:
    """A job as it stands."""

    resend_id: str
    begun_at: datetime
    stopped: bool
    items: tuple[ResendItem, ...]

    @property
    def sent(self) -> int:
        """Links that were sent."""
        return sum(1 for item in self.items if item.told_at and not item.failure)

    @property
    def failed(self) -> tuple[ResendItem, ...]:
        """Those for which none was."""
        return tuple(item for item in self.items if item.failure)

    @property
    def left(self) -> tuple[ResendItem, ...]:
        """What was not asked for yet."""
        return tuple(item for item in self.items if item.told_at is None)

    @property
    def goes_on(self) -> bool:
        """Whether there is more to do."""
        return bool(self.left) and not self.stopped


async def begin(tx: Transaction, resend_id: str, chosen: Sequence[Chosen]) -> None:
    """Writes down who was chosen; the same job twice is one."""
    if await tx.session.get(Resend, (tx.tenant_id, resend_id)) is not None:
        return
    tx.session.add(
        Resend(tenant_id=tx.tenant_id, resend_id=resend_id, sub=tx.actor or "", begun_at=now())
    )
    for place, one in enumerate(chosen):
        tx.session.add(
            ResendItem(
                tenant_id=tx.tenant_id,
                resend_id=resend_id,
                place=place,
                declaration_id=one.declaration_id,
                person_id=one.person_id,
            )
        )
    await tx.audit("resend.begun", resend_id, details={"links": len(chosen)})


async def job(tx: Transaction, resend_id: str) -> Job:
    """One's own job; 404 for anybody else's."""
    row = await _mine(tx, resend_id)
    query = (
        select(ResendItem)
        .where(ResendItem.tenant_id == tx.tenant_id, ResendItem.resend_id == resend_id)
        .order_by(col(ResendItem.place))
    )
    items = tuple(await tx.session.scalars(query))
    ended = row.stopped_at is not None or now() - row.begun_at > GOES_ON_FOR
    return Job(resend_id, row.begun_at, ended, items)


async def mine(tx: Transaction) -> tuple[Job, ...]:
    """One's own last jobs, newest first."""
    query = (
        select(Resend.resend_id)
        .where(Resend.tenant_id == tx.tenant_id, Resend.sub == tx.actor)
        .order_by(col(Resend.begun_at).desc())
        .limit(_SHOWN)
    )
    return tuple([await job(tx, one) for one in await tx.session.scalars(query)])


async def stop(tx: Transaction, resend_id: str) -> None:
    """What was not sent yet stays unsent; what was sent cannot be taken back."""
    row = await _mine(tx, resend_id)
    if row.stopped_at is None:
        row.stopped_at = now()
        await tx.audit("resend.stopped", resend_id)


async def go_on(begin_tx: Begin, look: Look, resend_id: str) -> None:
    """Sends the next few links; raises Unavailable where the service is silent, and then what it
    did not answer is asked for again under the same key."""
    tenant_id = look.caller.tenant_id
    async with begin_tx(tenant_id, look.caller) as tx:
        found = await job(tx, resend_id)
    if found.stopped:
        raise Conflict("Este reenvio já terminou", "resend-ended")
    for item in found.left[:AT_ONCE]:
        failure = await _sent(look, item)
        async with begin_tx(tenant_id, look.caller) as tx:
            await _note(tx, item, failure)


async def _sent(look: Look, item: ResendItem) -> str | None:
    """Why it was not sent; None when it was."""
    path = f"/declarations/{item.declaration_id}/link"
    try:
        key = f"resend:{item.resend_id}:{item.place}"
        await look.health_declaration.post(path, Message(), LinkIssue, key)
    except Unavailable:
        raise
    except Problem as problem:
        if problem.status == 401:
            raise
        return problem.title
    return None


async def _note(tx: Transaction, item: ResendItem, failure: str | None) -> None:
    key = (tx.tenant_id, item.resend_id, item.place)
    row = await tx.session.get(ResendItem, key, with_for_update=True)
    if row is not None and row.told_at is None:
        row.told_at, row.failure = now(), failure


async def _mine(tx: Transaction, resend_id: str) -> Resend:
    row = await tx.session.get(Resend, (tx.tenant_id, resend_id))
    if row is None or row.sub != tx.actor:
        raise NotFound()
    return row
