"""Reads: contacts and their tries."""

from collections import defaultdict
from collections.abc import Iterable
from typing import cast

from sqlalchemy import tuple_
from sqlmodel import col, select

from contracts.contact.api import (
    ContactAttempt,
    ContactPage,
    ContactRecord,
    ContactStatus,
    MessageTemplate,
    MessageTemplates,
)
from contracts.permissions import CLINICAL
from contracts.registry.events import Channel
from kit.db import Transaction
from kit.errors import NotFound
from kit.pages import encode_cursor, moment_cursor
from services.contact.gateways import library
from services.contact.models import Attempt, Contact
from services.contact.rules.purposes import purpose


async def one(tx: Transaction, contact_id: str) -> ContactRecord:
    """A contact with its tries; 404 when there is none."""
    contact = await tx.session.get(Contact, (tx.tenant_id, contact_id))
    if contact is None:
        raise NotFound()
    return record_of(tx, contact, (await _attempts(tx, [contact]))[contact.id])


async def page(
    tx: Transaction,
    person_id: str | None,
    status: ContactStatus | None,
    cursor: str | None,
    limit: int,
) -> ContactPage:
    """Newest first."""
    query = select(Contact).where(Contact.tenant_id == tx.tenant_id)
    if person_id is not None:
        query = query.where(Contact.person_id == person_id)
    if status is not None:
        query = query.where(Contact.status == status)
    place = tuple_(col(Contact.requested_at), col(Contact.id))
    if cursor is not None:
        query = query.where(place < tuple_(*moment_cursor(cursor)))
    query = query.order_by(col(Contact.requested_at).desc(), col(Contact.id).desc())
    rows = list(await tx.session.scalars(query.limit(limit + 1)))
    shown = rows[:limit]
    tried = await _attempts(tx, shown)
    more = len(rows) > limit
    return ContactPage(
        items=tuple(record_of(tx, contact, tried[contact.id]) for contact in shown),
        next_cursor=_cursor(shown[-1]) if more else None,
    )


def templates() -> MessageTemplates:
    """The approved texts, as they are before anything is put into them."""
    current = library.current()
    found = sorted(library.versions().values(), key=lambda one: (one.name, -one.version))
    return MessageTemplates(
        items=tuple(
            MessageTemplate(
                name=one.name,
                version=one.version,
                current=current[one.name].version == one.version,
                subject=one.subject,
                required=one.required,
                body=one.body,
            )
            for one in found
        )
    )


def record_of(tx: Transaction, contact: Contact, attempts: Iterable[Attempt]) -> ContactRecord:
    """The contact as the API shows it: neither text nor address, nor what tells of health."""
    clinical = tx.caller is not None and tx.caller.may(CLINICAL)
    template = purpose(contact.template, clinical=clinical)
    return ContactRecord(
        contact_id=contact.id,
        person_id=contact.person_id,
        template=template,
        template_version=contact.template_version if template == contact.template else None,
        status=cast(ContactStatus, contact.status),
        reason=contact.reason,
        requested_at=contact.requested_at,
        attempts=tuple(_attempt(attempt) for attempt in attempts),
    )


def _attempt(attempt: Attempt) -> ContactAttempt:
    return ContactAttempt(
        attempt_id=attempt.id,
        channel=cast(Channel, attempt.channel),
        status=cast(ContactStatus, attempt.status),
        provider_id=attempt.provider_id,
        at=attempt.at,
        reason=attempt.reason,
    )


async def _attempts(tx: Transaction, contacts: list[Contact]) -> dict[str, list[Attempt]]:
    query = select(Attempt).where(
        Attempt.tenant_id == tx.tenant_id,
        col(Attempt.contact_id).in_([contact.id for contact in contacts]),
    )
    found: defaultdict[str, list[Attempt]] = defaultdict(list)
    for attempt in await tx.session.scalars(query.order_by(col(Attempt.seq))):
        found[attempt.contact_id].append(attempt)
    return found


def _cursor(contact: Contact) -> str:
    return encode_cursor(contact.requested_at.isoformat(), contact.id)
