"""The CPT term: made, sealed, read, and signed by the person with a one-time code."""

import asyncio
import base64
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import uuid4

from sqlmodel import col, select

from contracts.health_declaration.events import TermIssued, TermSigned
from contracts.health_declaration.public import TermView
from kit.db import Transaction
from kit.errors import Conflict, NotFound
from services.health_declaration.gateways import pdf as typesetter
from services.health_declaration.gateways import pdf_seal
from services.health_declaration.models import Declaration, Offer, Term
from services.health_declaration.queries import rulebook
from services.health_declaration.rules.stages import due_on
from services.health_declaration.usecases import access, cases, cpts, links, release, term_data
from services.health_declaration.usecases.proofs import Proof


async def issue(tx: Transaction, case: Declaration, offer: Offer) -> Term:
    """Makes the term of an accepted CPT, seals it, keeps its hash and tells the person."""
    book = await rulebook.pinned(tx, case.rules_version)
    term_id = str(uuid4())
    seal = pdf_seal.installed()
    head = {"term_id": term_id, "operator": seal.operator}
    data = head | await term_data.of(tx, case, offer, book)
    document = await asyncio.to_thread(_made, seal, data, tx.now)
    term = Term(
        tenant_id=tx.tenant_id,
        term_id=term_id,
        declaration_id=case.declaration_id,
        offer_id=offer.offer_id,
        data_sealed=await tx.seal(case.person_id, data),
        pdf_sealed=await tx.seal(case.person_id, base64.b64encode(document).decode()),
        sha256=sha256(document).hexdigest(),
        issued_at=tx.now,
        sign_by=due_on("term", tx.now, book.terms(tx.zone)),
    )
    tx.session.add(term)
    await cases.move(tx, case, "term")
    await tx.record(
        TermIssued(
            tenant_id=tx.tenant_id,
            declaration_id=case.declaration_id,
            person_id=case.person_id,
            term_id=term_id,
            sha256=term.sha256,
        )
    )
    await links.issue(tx, case, "ds.term", {"due_on": term.sign_by.isoformat()})
    details = {"term": term_id, "sha256": term.sha256}
    await tx.audit("term.issued", case.declaration_id, details=details)
    return term


def _made(seal: pdf_seal.Seal, data: dict[str, Any], issued_at: datetime) -> bytes:
    return seal(typesetter.render(data, issued_at))


async def latest(tx: Transaction, case: Declaration, *, locked: bool = True) -> Term:
    """The term that counts; 404 before one was issued."""
    query = (
        select(Term)
        .where(Term.tenant_id == tx.tenant_id, Term.declaration_id == case.declaration_id)
        .order_by(col(Term.issued_at).desc())
        .limit(1)
    )
    if locked:
        query = query.with_for_update()
    term = (await tx.session.execute(query)).scalar_one_or_none()
    if term is None:
        raise NotFound()
    return term


async def view(visit: access.Visit) -> TermView:
    """What the person is asked to sign; it tells nothing clinical."""
    return _shown(await latest(visit.tx, await access.seen(visit), locked=False))


def _shown(term: Term) -> TermView:
    return TermView.model_validate(term, from_attributes=True)


async def own_pdf(visit: access.Visit) -> bytes:
    """The sealed PDF, for whom it binds."""
    case = await access.seen(visit)
    term = await latest(visit.tx, case, locked=False)
    await access.note_reading(visit)
    return await _document(visit.tx, case, term)


async def pdf(tx: Transaction, case: Declaration) -> bytes:
    """The same for staff; reading it is reading health data."""
    term = await latest(tx, case, locked=False)
    await tx.audit("clinical.read", case.declaration_id, details={"term": term.term_id})
    return await _document(tx, case, term)


async def _document(tx: Transaction, case: Declaration, term: Term) -> bytes:
    return base64.b64decode(await tx.open(case.person_id, term.pdf_sealed))


async def sign(
    tx: Transaction,
    case: Declaration,
    proof: Proof,
) -> TermView:
    """The person's signature of the term that stands: the CPT starts, the person is released."""
    term = await latest(tx, case)
    data = await tx.open(case.person_id, term.data_sealed)
    if not await term_data.stands(tx, case, data):
        await _issue_again(tx, case, term)
    term.signed_at, term.channel = tx.now, proof.channel
    term.challenge_id, term.document_id = proof.challenge_id, proof.document_id
    term.assisted_by = proof.assisted_by
    await _take_effect(tx, case, term, proof)
    return _shown(term)


async def _issue_again(tx: Transaction, case: Declaration, term: Term) -> None:
    """Nobody signs dates that no longer hold, nor in the place of somebody else."""
    offer = await tx.session.get_one(Offer, (tx.tenant_id, term.offer_id))
    fresh = await issue(tx, case, offer)
    detail = "A data de adesão ou quem assina mudou. Leia o novo termo antes de assinar."
    tx.keep_and_refuse(
        Conflict("O termo foi emitido de novo", "term-reissued", detail, sha256=fresh.sha256)
    )


async def _take_effect(tx: Transaction, case: Declaration, term: Term, proof: Proof) -> None:
    await tx.record(
        TermSigned(
            tenant_id=tx.tenant_id,
            declaration_id=case.declaration_id,
            person_id=case.person_id,
            term_id=term.term_id,
            sha256=term.sha256,
            channel=proof.channel,
        )
    )
    details = {"term": term.term_id, "sha256": term.sha256} | proof.told()
    await tx.audit("term.signed", case.declaration_id, details=details)
    offer = await tx.session.get_one(Offer, (tx.tenant_id, term.offer_id))
    content = await tx.open(case.person_id, offer.content_sealed)
    await cpts.start(tx, case, {"items": content["items"]}, term)
    await release.release(tx, case, straight_through=False)
    # The release closed every door; this one leads to what was signed, and to nothing else.
    await links.issue(tx, case, "ds.term_signed")
