"""What became of a try: as the provider answered, as it reported later, as a person found out."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from sqlalchemy import func, update
from sqlmodel import col, select

from contracts.contact.api import ContactRecord, ResolveContact
from contracts.contact.events import ContactDelivered, ContactMade
from contracts.registry.events import Channel
from kit.db import Begin, Transaction
from kit.errors import Conflict, NotFound
from services.contact.gateways.base import Accepted, NotSent, Outcome, Unknown
from services.contact.gateways.whatsapp import Report, Status
from services.contact.models import Attempt, Contact
from services.contact.queries import record_of
from services.contact.rules.retry import wait_seconds
from services.contact.usecases import contacts

IN_DOUBT = ("sending", "unknown")
LEASE_EXPIRED = Unknown("o envio foi interrompido antes de se saber a resposta")


@dataclass(frozen=True)
class Result:
    """What a provider answered about one try."""

    contact_id: str
    attempt_id: str
    outcome: Outcome


async def keep(tx: Transaction, result: Result) -> None:
    """Record an answer; a report that came before it already says more."""
    contact, attempt = await _locked(tx, result.contact_id, result.attempt_id)
    if attempt.status not in IN_DOUBT:
        return
    match result.outcome:
        case Accepted(provider_id):
            await _accepted(tx, contact, attempt, provider_id)
        case NotSent(reason, again):
            await _not_sent(tx, contact, attempt, NotSent(reason, again))
        case Unknown(reason):
            attempt.status = contact.status = "unknown"
            attempt.reason = contact.reason = reason


async def report(tx: Transaction, attempt_id: str, status: Status) -> None:
    """A provider's later report settles what is in doubt and tells deliveries."""
    found = await tx.session.get(Attempt, (tx.tenant_id, attempt_id))
    if found is None:
        return
    contact, attempt = await _locked(tx, found.contact_id, attempt_id)
    if status.status == "failed":
        await _undeliverable(tx, contact, attempt, status)
    elif status.status in {"sent", "delivered", "read"}:
        if attempt.status in IN_DOUBT:
            await _accepted(tx, contact, attempt, status.id)
        if status.status != "sent" and attempt.status == "sent":
            await _delivered(tx, contact, attempt)


async def take_report(begin: Begin, reported: Report) -> None:
    """One transaction per tenant named in the references that we gave."""
    by_tenant: defaultdict[int, list[tuple[str, Status]]] = defaultdict(list)
    for status in reported.statuses():
        tenant, _, attempt_id = status.biz_opaque_callback_data.partition(".")
        if tenant.isascii() and tenant.isdigit() and attempt_id:
            by_tenant[int(tenant)].append((attempt_id, status))
    for tenant_id, statuses in by_tenant.items():
        async with begin(tenant_id) as tx:
            for attempt_id, status in await _in_lock_order(tx, statuses):
                await report(tx, attempt_id, status)


async def _in_lock_order(
    tx: Transaction, statuses: list[tuple[str, Status]]
) -> list[tuple[str, Status]]:
    """By contact, as the sender locks them: two orders would wait for each other for ever.

    What is told of one contact stays in its order; what nobody asked for is left out.
    """
    ids = {attempt_id for attempt_id, _ in statuses}
    query = select(Attempt.id, Attempt.contact_id).where(
        Attempt.tenant_id == tx.tenant_id, col(Attempt.id).in_(ids)
    )
    contact_of = {row.id: row.contact_id for row in await tx.session.execute(query)}
    known = [one for one in statuses if one[0] in contact_of]
    return sorted(known, key=lambda one: contact_of[one[0]])


async def expire_claims(tx: Transaction, lease_seconds: float) -> None:
    """A claimed try without an answer after its lease: its sender died, its fate is unknown."""
    oldest = func.now() - timedelta(seconds=lease_seconds)
    query = select(Attempt.contact_id, Attempt.id).where(
        Attempt.tenant_id == tx.tenant_id,
        Attempt.status == "sending",
        col(Attempt.claimed_at) < oldest,
    )
    for contact_id, attempt_id in (await tx.session.execute(query)).all():
        await keep(tx, Result(contact_id, attempt_id, LEASE_EXPIRED))


async def resolve(tx: Transaction, contact_id: str, body: ResolveContact) -> ContactRecord:
    """A person says what became of a try whose fate is unknown."""
    contact = await tx.session.get(Contact, (tx.tenant_id, contact_id), with_for_update=True)
    if contact is None:
        raise NotFound()
    tried = await contacts.attempts_of(tx, contact, lock=True)
    if not tried or tried[-1].status != "unknown":
        raise Conflict("Este envio não está em dúvida", "contact-not-unknown", now=contact.status)
    attempt = tried[-1]
    if body.outcome == "sent":
        await _accepted(tx, contact, attempt, attempt.provider_id or attempt.id)
    else:
        attempt.status, attempt.reason = "failed", "uma pessoa apurou que não saiu"
        contacts.queue(tx, contact, attempt.channel, len(tried))
    await tx.audit("contact.resolved", contact_id, body.reason, {"outcome": body.outcome})
    return record_of(contact, await contacts.attempts_of(tx, contact))


async def _locked(tx: Transaction, contact_id: str, attempt_id: str) -> tuple[Contact, Attempt]:
    """Contact first, then its try: everyone locks in this order."""
    contact = await tx.session.get_one(Contact, (tx.tenant_id, contact_id), with_for_update=True)
    attempt = await tx.session.get_one(
        Attempt, (tx.tenant_id, attempt_id), with_for_update=True, populate_existing=True
    )
    return contact, attempt


async def _accepted(tx: Transaction, contact: Contact, attempt: Attempt, provider_id: str) -> None:
    attempt.status, attempt.provider_id, attempt.reason = "sent", provider_id, None
    contact.status, contact.reason = "sent", None
    await tx.record(
        ContactMade(
            tenant_id=tx.tenant_id,
            occurred_at=tx.now,
            person_id=contact.person_id,
            contact_id=contact.id,
            template=contact.template,
            channel=cast(Channel, attempt.channel),
            provider_id=provider_id,
        )
    )


async def _delivered(tx: Transaction, contact: Contact, attempt: Attempt) -> None:
    attempt.status = contact.status = "delivered"
    await tx.record(
        ContactDelivered(
            tenant_id=tx.tenant_id,
            occurred_at=tx.now,
            person_id=contact.person_id,
            contact_id=contact.id,
            template=contact.template,
            channel=cast(Channel, attempt.channel),
        )
    )


async def _not_sent(tx: Transaction, contact: Contact, attempt: Attempt, answer: NotSent) -> None:
    attempt.reason = answer.reason
    wait = wait_seconds(attempt.tries) if answer.again else None
    if wait is None:
        attempt.status = "failed"
        await contacts.plan(tx, contact)
        return
    attempt.status = "queued"
    due = update(Attempt).where(
        col(Attempt.tenant_id) == tx.tenant_id, col(Attempt.id) == attempt.id
    )
    await tx.session.execute(due.values(due_at=func.now() + timedelta(seconds=wait)))


async def _undeliverable(
    tx: Transaction, contact: Contact, attempt: Attempt, status: Status
) -> None:
    if attempt.status not in (*IN_DOUBT, "sent"):
        return
    code = status.errors[0].code if status.errors else 0
    attempt.status, attempt.provider_id = "failed", status.id
    attempt.reason = f"WhatsApp não entregou ({code})"
    await contacts.plan(tx, contact)
