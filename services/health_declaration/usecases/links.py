"""The link a proponent gets: 256 random bits, kept as a hash, for one declaration."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import col, select

from contracts.health_declaration.events import DeclarationReferred, LinkIssued
from kit.db import Transaction
from kit.errors import Conflict
from services.health_declaration.models import Declaration, Link
from services.health_declaration.queries import people, rulebook
from services.health_declaration.usecases import contacts

SECRET_BYTES = 32
UNREPRESENTED = "representative_missing"
"""Why a person of the operator must look: who would answer is a minor."""


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
) -> datetime | None:
    """Replaces the former link by a new one, sends it, and tells when it expires.

    Messages of one transaction carry the same link: they may arrive in any order, and none may
    bring a link that another has ended. A minor gets none: a person of the operator is told, and
    the answer is None. `more` are the other parameters of the template.
    """
    book = await rulebook.pinned(tx, case.rules_version)
    if not await people.signs_alone(tx, case.respondent_id, book.rules.declaration.full_age):
        await revoke(tx, case)
        await _refer(tx, case)
        return None
    issued = await _issued_here(tx, case)
    secret, expires_at = issued or await _replace(tx, case, book.rules.deadlines.link_ttl_days)
    until = expires_at.astimezone(tx.zone).date().isoformat()
    # After the "#": the secret never reaches a server's log, nor a mail scanner's GET.
    # Before it the tenant, so that the page at that address can say whose it is.
    page = f"{tx.public_url}/declaracao/{tx.tenant_id}"
    params = {"link_url": f"{page}#{secret}", "expires_on": until}
    params |= more or {}
    await contacts.ask(tx, case.respondent_id, template, params)
    return expires_at


async def _issued_here(tx: Transaction, case: Declaration) -> tuple[str, datetime] | None:
    """The secret that this transaction drew for the respondent, while it opens the form."""
    secret: str | None = tx.session.info.get(_drawn(case))
    if secret is None:
        return None
    link = await tx.session.get(Link, (tx.tenant_id, hashed(secret)), populate_existing=True)
    return (secret, link.expires_at) if link is not None and link.revoked_at is None else None


def _drawn(case: Declaration) -> tuple[str, str, str]:
    return ("link", case.declaration_id, case.respondent_id)


async def _replace(tx: Transaction, case: Declaration, days: int) -> tuple[str, datetime]:
    await revoke(tx, case)
    expires_at = tx.now + timedelta(days=days)
    secret = new_secret(tx.tenant_id)
    tx.session.info[_drawn(case)] = secret
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
    return secret, expires_at


async def _refer(tx: Transaction, case: Declaration) -> None:
    case.cause = UNREPRESENTED
    await tx.record(
        DeclarationReferred(
            tenant_id=tx.tenant_id,
            declaration_id=case.declaration_id,
            person_id=case.person_id,
            cause=UNREPRESENTED,
            rules_version=case.rules_version,
        )
    )


def nobody_answers() -> Conflict:
    """409: a minor answers and signs nothing alone."""
    return Conflict(
        "Falta quem responda pela declaração",
        "representative-missing",
        "A pessoa é menor de idade: registre antes quem a representa.",
    )


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
