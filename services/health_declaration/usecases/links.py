"""The link a proponent gets: 256 random bits, kept as a hash, for one declaration."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import col, select

from contracts.health_declaration.events import LinkIssued
from kit.db import Transaction
from services.health_declaration.models import Declaration, Link
from services.health_declaration.queries import rulebook
from services.health_declaration.usecases import contacts

SECRET_BYTES = 32


def hashed(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_secret(tenant_id: int) -> str:
    """A secret whose beginning tells the tenant, so that it can be looked up without a token."""
    return f"{tenant_id}.{secrets.token_urlsafe(SECRET_BYTES)}"


async def issue(
    tx: Transaction,
    case: Declaration,
    template: str = "ds.link",
    more: dict[str, str] | None = None,
) -> datetime:
    """Replaces the former link by a new one, sends it, and tells when it expires.

    `more` are the other parameters of the template.
    """
    book = await rulebook.pinned(tx, case.rules_version)
    expires_at = tx.now + timedelta(days=book.rules.deadlines.link_ttl_days)
    await revoke(tx, case)
    secret = new_secret(tx.tenant_id)
    tx.session.add(
        Link(
            tenant_id=tx.tenant_id,
            link_hash=hashed(secret),
            declaration_id=case.declaration_id,
            respondent_id=case.respondent_id,
            issued_at=tx.now,
            expires_at=expires_at,
        )
    )
    await tx.record(
        LinkIssued(
            tenant_id=tx.tenant_id,
            declaration_id=case.declaration_id,
            person_id=case.person_id,
            expires_at=expires_at,
        )
    )
    until = expires_at.astimezone(tx.zone).date().isoformat()
    # After the "#": the secret never reaches a server's log, nor a mail scanner's GET.
    params = {"link_url": f"{tx.public_url}/declaracao#{secret}", "expires_on": until}
    params |= more or {}
    await contacts.ask(tx, case.respondent_id, template, params)
    return expires_at


async def in_force(tx: Transaction, case: Declaration) -> bool:
    """Whether the person holds a link that still opens the form."""
    query = select(Link.link_hash).where(
        Link.tenant_id == tx.tenant_id,
        Link.declaration_id == case.declaration_id,
        col(Link.revoked_at).is_(None),
        col(Link.expires_at) > tx.now,
    )
    return (await tx.session.execute(query)).first() is not None


async def revoke(tx: Transaction, case: Declaration) -> None:
    """Every link of the declaration stops opening anything."""
    await tx.session.execute(
        update(Link)
        .where(
            col(Link.tenant_id) == tx.tenant_id,
            col(Link.declaration_id) == case.declaration_id,
            col(Link.revoked_at).is_(None),
        )
        .values(revoked_at=tx.now)
    )
