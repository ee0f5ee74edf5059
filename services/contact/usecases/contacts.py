"""From facts that ask for contacts to the next try of each, and what follows when one fails."""

from collections.abc import Iterable
from uuid import uuid4

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from contracts.contact.events import ContactFailed
from contracts.health_declaration.events import ContactRequested
from kit.db import Transaction
from kit.keyring import KeyDestroyed
from services.contact.gateways import library
from services.contact.models import Attempt, Contact, Lane
from services.contact.rules.channels import next_address
from services.contact.rules.purposes import rank
from services.contact.usecases import people

NO_TENANT = 0
"""Rows of the service itself: no person's data."""

UNFINISHED = ("queued", "sending")
ERASED = "pessoa apagada"


async def request(tx: Transaction, events: Iterable[ContactRequested]) -> None:
    """Keep what was asked for, each once, and plan the first tries."""
    asked = {event.contact_id: event for event in events}
    await tx.prefetch({event.person_id for event in asked.values()})
    await _open_lane(tx)
    new = await _kept(tx, asked)
    sendable = [contact for contact in new if contact.reason is None]
    for contact in new:
        if contact.reason is not None:
            await fail(tx, contact, contact.reason)
    await plan(tx, sendable)


async def plan(tx: Transaction, contacts: Iterable[Contact]) -> None:
    """Queue a try on each person's next channel; none left is a failure that a person sees."""
    waiting = list(contacts)
    reached = await people.reach(tx, {contact.person_id for contact in waiting})
    tried = await attempts_of(tx, [contact.id for contact in waiting])
    for contact in waiting:
        reach = await people.reach_for(tx, contact, reached)
        await _plan(tx, contact, reach, tried.get(contact.id, []))


async def plan_waiting(tx: Transaction, person_ids: Iterable[str]) -> None:
    """Their facts came: what waited for these people goes on."""
    query = _of_people(tx, person_ids).where(col(Contact.waiting))
    found = list(await tx.session.scalars(query))
    if found:
        await plan(tx, found)


async def drop(tx: Transaction, person_id: str) -> None:
    """The person was erased: nothing more is sent."""
    query = _of_people(tx, [person_id]).where(col(Contact.status).in_(UNFINISHED))
    found = list(await tx.session.scalars(query))
    tried = await attempts_of(tx, [contact.id for contact in found], lock=True)
    for contact in found:
        for attempt in tried.get(contact.id, []):
            if attempt.status == "queued":
                attempt.status, attempt.reason = "failed", ERASED
        await fail(tx, contact, ERASED)


def queue(tx: Transaction, contact: Contact, channel: str, seq: int) -> None:
    """Add a try; the sender takes it after this commit."""
    contact.status = "queued"
    tx.session.add(
        Attempt(
            tenant_id=tx.tenant_id,
            id=str(uuid4()),
            contact_id=contact.id,
            seq=seq,
            channel=channel,
            rank=rank(contact.template),
            at=tx.now,
        )
    )


async def fail(tx: Transaction, contact: Contact, reason: str | None) -> None:
    """No channel took it: say so as a fact."""
    contact.status = "failed"
    contact.waiting = False
    contact.reason = reason or "a pessoa não tem canal que possa ser usado"
    await tx.record(
        ContactFailed(
            tenant_id=tx.tenant_id,
            occurred_at=tx.now,
            person_id=contact.person_id,
            contact_id=contact.id,
            template=contact.template,
            reason=contact.reason,
        )
    )


async def attempts_of(
    tx: Transaction, contact_ids: list[str], *, lock: bool = False
) -> dict[str, list[Attempt]]:
    """Tries by contact, in their order; whoever locks them holds the contacts' locks."""
    await tx.session.flush()
    query = select(Attempt).where(
        Attempt.tenant_id == tx.tenant_id, col(Attempt.contact_id).in_(contact_ids)
    )
    query = query.order_by(col(Attempt.contact_id), col(Attempt.seq))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found: dict[str, list[Attempt]] = {}
    for attempt in await tx.session.scalars(query):
        found.setdefault(attempt.contact_id, []).append(attempt)
    return found


async def _plan(
    tx: Transaction, contact: Contact, reach: people.Reach, tried: list[Attempt]
) -> None:
    contact.waiting = not reach.known
    if contact.waiting:
        return
    channels = {attempt.channel for attempt in tried}
    address = next_address(reach.addresses, channels, contact.forced_channel)
    if address is None:
        await fail(tx, contact, tried[-1].reason if tried else None)
    else:
        queue(tx, contact, address.channel, len(tried))


async def _kept(tx: Transaction, asked: dict[str, ContactRequested]) -> list[Contact]:
    """Those that were not asked for before, now kept."""
    query = select(Contact.id).where(Contact.tenant_id == tx.tenant_id, col(Contact.id).in_(asked))
    known = set(await tx.session.scalars(query))
    made = [await _contact(tx, event) for name, event in asked.items() if name not in known]
    new = [contact for contact in made if contact is not None]
    tx.session.add_all(new)
    await tx.session.flush()
    return new


async def _contact(tx: Transaction, event: ContactRequested) -> Contact | None:
    """The row; its reason tells why its template cannot be filled. None for an erased person."""
    try:
        sealed = await tx.seal(event.person_id, event.params)
        addresses = await _addresses(tx, event)
    except KeyDestroyed:
        return None
    template = library.current().get(event.template)
    missing = template.missing(event.params) if template else ()
    problem = f"faltam parâmetros do modelo: {', '.join(missing)}" if missing else None
    return Contact(
        tenant_id=tx.tenant_id,
        id=event.contact_id,
        person_id=event.person_id,
        template=event.template,
        template_version=template.version if template else None,
        params=sealed,
        forced_channel=event.channel,
        addresses=addresses,
        reason=problem if template else "modelo de mensagem desconhecido",
        requested_at=tx.now,
    )


async def _addresses(tx: Transaction, event: ContactRequested) -> str | None:
    if event.addresses is None:
        return None
    plain = [address.model_dump() for address in event.addresses]
    return await tx.seal(event.person_id, plain)


async def _open_lane(tx: Transaction) -> None:
    tenant_id = tx.tenant_id
    await tx.enter(NO_TENANT)
    row = insert(Lane).values(tenant_id=NO_TENANT, number=tenant_id).on_conflict_do_nothing()
    await tx.session.execute(row)
    await tx.enter(tenant_id)


def _of_people(tx: Transaction, person_ids: Iterable[str]) -> SelectOfScalar[Contact]:
    """Their contacts, to be locked in the order of their ids."""
    query = select(Contact).where(
        Contact.tenant_id == tx.tenant_id, col(Contact.person_id).in_(person_ids)
    )
    return query.order_by(col(Contact.id)).with_for_update()
