"""What became of a try: as the provider answered, as it reported later, as a person found out."""

from collections import defaultdict
from collections.abc import Iterable
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


async def keep(tx: Transaction, results: Iterable[Result]) -> None:
    """Record answers; a report that came before one already says more."""
    given = {result.attempt_id: result for result in results}
    for contact, attempt in await _locked(tx, given):
        if attempt.status in IN_DOUBT:
            await _keep(tx, contact, attempt, given[attempt.id].outcome)


async def take_report(begin: Begin, reported: Report) -> None:
    """Later reports settle what is in doubt and tell deliveries; one transaction per tenant."""
    by_tenant: defaultdict[int, defaultdict[str, list[Status]]]
    by_tenant = defaultdict(lambda: defaultdict(list))
    for status in reported.statuses():
        tenant, _, attempt_id = status.biz_opaque_callback_data.partition(".")
        if tenant.isascii() and tenant.isdigit() and attempt_id:
            by_tenant[int(tenant)][attempt_id].append(status)
    for tenant_id, statuses in by_tenant.items():
        async with begin(tenant_id) as tx:
            for contact, attempt in await _locked(tx, statuses):
                for status in statuses[attempt.id]:
                    await _report(tx, contact, attempt, status)


async def expire_claims(tx: Transaction, lease_seconds: float) -> None:
    """A claimed try without an answer after its lease: its sender died, its fate is unknown."""
    oldest = func.now() - timedelta(seconds=lease_seconds)
    query = select(Attempt.id, Attempt.contact_id).where(
        Attempt.tenant_id == tx.tenant_id,
        Attempt.status == "sending",
        col(Attempt.claimed_at) < oldest,
    )
    rows = (await tx.session.execute(query)).all()
    if rows:
        await keep(tx, [Result(contact_id, name, LEASE_EXPIRED) for name, contact_id in rows])


async def resolve(tx: Transaction, contact_id: str, body: ResolveContact) -> ContactRecord:
    """A person says what became of a try whose fate is unknown."""
    contact = await tx.session.get(Contact, (tx.tenant_id, contact_id), with_for_update=True)
    if contact is None:
        raise NotFound()
    tried = (await contacts.attempts_of(tx, [contact_id], lock=True)).get(contact_id, [])
    if not tried or tried[-1].status != "unknown":
        raise Conflict("Este envio não está em dúvida", "contact-not-unknown", now=contact.status)
    attempt = tried[-1]
    if body.outcome == "sent":
        await _accepted(tx, contact, attempt, attempt.provider_id or attempt.id)
    else:
        attempt.status, attempt.reason = "failed", "uma pessoa apurou que não saiu"
        contacts.queue(tx, contact, attempt.channel, len(tried))
    told = {"outcome": body.outcome}
    await tx.audit("contact.resolved", contact_id, body.reason, told, contact.person_id)
    return record_of(tx, contact, (await contacts.attempts_of(tx, [contact_id]))[contact_id])


async def _locked(tx: Transaction, attempt_ids: Iterable[str]) -> list[tuple[Contact, Attempt]]:
    """Tries with their contacts. Contacts are locked first, in the order of their ids: answers,
    reports and people meet here and must not wait for each other in a ring."""
    ids = set(attempt_ids)
    named = select(Attempt.contact_id).where(
        Attempt.tenant_id == tx.tenant_id, col(Attempt.id).in_(ids)
    )
    query = (
        select(Contact)
        .where(Contact.tenant_id == tx.tenant_id, col(Contact.id).in_(named))
        .order_by(col(Contact.id))
        .with_for_update()
    )
    found = {contact.id: contact for contact in await tx.session.scalars(query)}
    tried = await contacts.attempts_of(tx, list(found), lock=True)
    return [
        (found[contact_id], attempt)
        for contact_id, attempts in tried.items()
        for attempt in attempts
        if attempt.id in ids
    ]


async def _keep(tx: Transaction, contact: Contact, attempt: Attempt, outcome: Outcome) -> None:
    match outcome:
        case Accepted(provider_id):
            await _accepted(tx, contact, attempt, provider_id)
        case NotSent():
            await _not_sent(tx, contact, attempt, outcome)
        case Unknown(reason):
            attempt.status = contact.status = "unknown"
            attempt.reason = contact.reason = reason


async def _report(tx: Transaction, contact: Contact, attempt: Attempt, status: Status) -> None:
    if status.status == "failed":
        await _undeliverable(tx, contact, attempt, status)
    elif status.status in {"sent", "delivered", "read"}:
        if attempt.status in IN_DOUBT:
            await _accepted(tx, contact, attempt, status.id)
        if status.status != "sent" and attempt.status == "sent":
            await _delivered(tx, contact, attempt)


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
        await contacts.plan(tx, [contact])
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
    await contacts.plan(tx, [contact])
