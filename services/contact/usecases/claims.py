"""Taking tries to send: marked in one commit, called after it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, literal_column, or_, update
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from kit.db import Transaction
from kit.keyring import KeyDestroyed, KeyMissing
from services.contact.gateways import library
from services.contact.gateways.base import NotSent, Outgoing
from services.contact.models import Attempt, Contact
from services.contact.rules.channels import address_of
from services.contact.usecases import people

ERASED = NotSent("pessoa apagada", again=False)
LOST = NotSent("falta no chaveiro a chave desta pessoa", again=True)
GONE = NotSent("a pessoa não tem mais este canal", again=False)


@dataclass(frozen=True)
class Claim:
    """A try taken by this process; what to send, or why it cannot be sent."""

    tenant_id: int
    contact_id: str
    person_id: str
    attempt_id: str
    channel: str
    message: Outgoing | NotSent


async def take(tx: Transaction, limit: int, busy: Collection[str] = ()) -> list[Claim]:
    """Up to `limit` due tries, now `sending`; several senders never take the same one.

    Never two of one person, and nothing but codes for whoever is `busy`: what is sent together
    arrives in any order, and only the newest link opens anything. A try that failed for now comes
    back later all the same, and another sender knows its own busy people only.
    """
    due = list(await tx.session.scalars(due_tries(tx.tenant_id, limit, busy)))
    found = await _contacts(tx, {attempt.contact_id for attempt in due}) if due else {}
    attempts = _one_each(due, found)
    if not attempts:
        return []
    taken = update(Attempt).where(
        col(Attempt.tenant_id) == tx.tenant_id,
        col(Attempt.id).in_([attempt.id for attempt in attempts]),
    )
    await tx.session.execute(
        taken.values(status="sending", claimed_at=func.now(), tries=col(Attempt.tries) + 1)
    )
    people_of = {found[attempt.contact_id].person_id for attempt in attempts}
    reached = await people.reach(tx, people_of)
    await tx.prefetch(reached, create=False)
    return [await _claim(tx, attempt, found[attempt.contact_id], reached) for attempt in attempts]


async def any_unfinished(tx: Transaction) -> bool:
    """Whether a try of the tenant still waits for its time or for its answer."""
    open_try = select(Attempt.id).where(
        Attempt.tenant_id == tx.tenant_id, col(Attempt.status).in_(("queued", "sending"))
    )
    return await tx.session.scalar(open_try.limit(1)) is not None


def due_tries(tenant_id: int, limit: int, busy: Collection[str] = ()) -> SelectOfScalar[Attempt]:
    """The tenant's due tries in their line: codes first, then the oldest of who is not busy."""
    # Said as a constant, for the index of the line to serve prepared statements too.
    queued = col(Attempt.status) == literal_column("'queued'")
    due = or_(col(Attempt.due_at).is_(None), col(Attempt.due_at) <= func.now())
    query = select(Attempt).where(Attempt.tenant_id == tenant_id, queued, due)
    if busy:
        theirs = select(Contact.id).where(
            Contact.tenant_id == tenant_id, col(Contact.person_id).in_(busy)
        )
        query = query.where(or_(col(Attempt.rank) == 0, col(Attempt.contact_id).not_in(theirs)))
    query = query.order_by(col(Attempt.rank), col(Attempt.at)).limit(limit)
    return query.with_for_update(skip_locked=True)


def _one_each(due: Iterable[Attempt], found: Mapping[str, Contact]) -> list[Attempt]:
    first: dict[str, Attempt] = {}
    for attempt in due:
        first.setdefault(found[attempt.contact_id].person_id, attempt)
    return list(first.values())


async def _contacts(tx: Transaction, ids: Iterable[str]) -> dict[str, Contact]:
    query = select(Contact).where(Contact.tenant_id == tx.tenant_id, col(Contact.id).in_(ids))
    return {contact.id: contact for contact in await tx.session.scalars(query)}


async def _claim(
    tx: Transaction, attempt: Attempt, contact: Contact, reached: Mapping[str, people.Reach]
) -> Claim:
    reach = await people.reach_for(tx, contact, reached)
    message = await _message(tx, attempt, contact, reach)
    return Claim(tx.tenant_id, contact.id, contact.person_id, attempt.id, attempt.channel, message)


async def _message(
    tx: Transaction, attempt: Attempt, contact: Contact, reach: people.Reach
) -> Outgoing | NotSent:
    if reach.lost:
        return LOST
    to = address_of(reach.addresses, attempt.channel)
    if to is None:
        return GONE
    try:
        params: dict[str, Any] = await tx.open(contact.person_id, contact.params)
    except KeyDestroyed:
        return ERASED
    except KeyMissing:
        return LOST
    template = library.versions()[contact.template, contact.template_version or 0]
    return Outgoing(
        attempt_id=attempt.id,
        reference=f"{tx.tenant_id}.{attempt.id}",
        to=to,
        template=template.name,
        template_version=template.version,
        subject=template.subject,
        values=template.values(params),
        text=template.render(params),
    )
