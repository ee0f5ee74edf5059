"""From a fact that asks for a contact to the next try, and what follows when one fails."""

from collections.abc import Mapping
from uuid import uuid4

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from contracts.contact.events import ContactFailed
from contracts.health_declaration.events import ContactRequested
from kit.db import Transaction
from services.contact.gateways import library
from services.contact.models import Attempt, Contact, Lane
from services.contact.rules.channels import next_address
from services.contact.usecases import people

NO_TENANT = 0
"""Rows of the service itself: no person's data."""

UNFINISHED = ("queued", "sending")


async def request(tx: Transaction, event: ContactRequested) -> None:
    """Keep what was asked for, once, and plan its first try."""
    if await tx.session.get(Contact, (tx.tenant_id, event.contact_id)) is not None:
        return
    contact = Contact(
        tenant_id=tx.tenant_id,
        id=event.contact_id,
        person_id=event.person_id,
        template=event.template,
        params=await tx.seal(event.person_id, event.params),
        forced_channel=event.channel,
        requested_at=tx.now,
    )
    await _open_lane(tx)
    tx.session.add(contact)
    problem = _unsendable(contact, event.params)
    await (fail(tx, contact, problem) if problem else plan(tx, contact))


async def plan(tx: Transaction, contact: Contact) -> None:
    """Queue a try on the person's next channel; none left is a failure that a person sees."""
    reach = await people.reach(tx, contact.person_id)
    contact.waiting = not reach.known
    if contact.waiting:
        return
    tried = await attempts_of(tx, contact)
    channels = {attempt.channel for attempt in tried}
    address = next_address(reach.addresses, channels, contact.forced_channel)
    if address is None:
        await fail(tx, contact, tried[-1].reason if tried else None)
    else:
        queue(tx, contact, address.channel, len(tried))


async def plan_waiting(tx: Transaction, person_id: str) -> None:
    """Their facts came: what waited for this person goes on."""
    for contact in await _of_person(tx, person_id, col(Contact.waiting)):
        await plan(tx, contact)


async def drop(tx: Transaction, person_id: str) -> None:
    """The person was erased: nothing more is sent."""
    for contact in await _of_person(tx, person_id, col(Contact.status).in_(UNFINISHED)):
        for attempt in await attempts_of(tx, contact, lock=True):
            if attempt.status == "queued":
                attempt.status, attempt.reason = "failed", "pessoa apagada"
        await fail(tx, contact, "pessoa apagada")


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


async def attempts_of(tx: Transaction, contact: Contact, *, lock: bool = False) -> list[Attempt]:
    """The tries of a contact in their order; whoever locks them holds the contact's lock."""
    await tx.session.flush()
    query = select(Attempt).where(
        Attempt.tenant_id == tx.tenant_id, Attempt.contact_id == contact.id
    )
    query = query.order_by(col(Attempt.seq))
    return list(await tx.session.scalars(query.with_for_update() if lock else query))


def _unsendable(contact: Contact, params: Mapping[str, str]) -> str | None:
    """Why the template cannot be filled; sets its version when it can."""
    template = library.current().get(contact.template)
    if template is None:
        return "modelo de mensagem desconhecido"
    contact.template_version = template.version
    missing = template.missing(params)
    return f"faltam parâmetros do modelo: {', '.join(missing)}" if missing else None


async def _open_lane(tx: Transaction) -> None:
    tenant_id = tx.tenant_id
    await tx.enter(NO_TENANT)
    row = insert(Lane).values(tenant_id=NO_TENANT, number=tenant_id).on_conflict_do_nothing()
    await tx.session.execute(row)
    await tx.enter(tenant_id)


async def _of_person(tx: Transaction, person_id: str, condition: object) -> list[Contact]:
    query = select(Contact).where(
        Contact.tenant_id == tx.tenant_id,
        Contact.person_id == person_id,
        condition,  # type: ignore[arg-type]
    )
    locked = query.order_by(col(Contact.id)).with_for_update()
    return list(await tx.session.scalars(locked))
