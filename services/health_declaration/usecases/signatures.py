"""The signature: what was read, proved by a code or by paper, answered with a protocol."""

from dataclasses import dataclass

from sqlalchemy import text

from contracts.health_declaration import public
from contracts.health_declaration.events import DeclarationSigned
from contracts.health_declaration.paper import PaperSignatureIn, PaperTermIn
from contracts.registry.events import Channel
from kit.db import Transaction
from kit.errors import Conflict
from services.health_declaration.models import Declaration, Signature
from services.health_declaration.queries import rulebook
from services.health_declaration.rules.answers import Answer, check_complete
from services.health_declaration.rules.protocol import protocol_number
from services.health_declaration.rules.signed_text import text_hash
from services.health_declaration.usecases import (
    access,
    cases,
    form_view,
    forms,
    proofs,
    terms,
    triage,
)
from services.health_declaration.usecases.proofs import Proof

_NUMBER = text("""
    insert into protocol (tenant_id, declaration_id, answers_version)
    values (:tenant_id, :declaration_id, :answers_version) returning number
""")
_SCAN_NAME = "assinatura"
_TERM_SCAN_NAME = "termo-assinado"


async def send_code(visit: access.Visit, channel: Channel | None) -> public.Challenge:
    """A code to sign with, once the letter was acknowledged, by the channel asked for."""
    case = await access.case_of(visit)
    forms.expect_lettered(case)
    return await access.send_code(visit.tx, case, "signature", channel)


async def sign(visit: access.Visit, body: public.SignatureIn, register: str) -> public.Receipt:
    """Signs the text whose hash was shown; the code is spent only when all else holds."""
    tx = visit.tx
    case = await access.case_of(visit)
    read = await _read_to_sign(tx, case, body.text_hash)
    proof = await proofs.by_code(visit, case, "signature", body.code)
    return await _keep(tx, case, read, proof, register)


async def sign_on_paper(
    tx: Transaction, declaration_id: str, body: PaperSignatureIn, register: str
) -> public.Receipt:
    """The scan of what was signed at the desk takes the place of the code."""
    case = await cases.load(tx, declaration_id)
    read = await _read_to_sign(tx, case, body.text_hash)
    proof = await proofs.on_paper(tx, case, _SCAN_NAME, body)
    return await _keep(tx, case, read, proof, register)


@dataclass(frozen=True)
class _Read:
    """What is signed: the text, and the answers it tells."""

    text: str
    answers: dict[str, Answer]


async def _read_to_sign(tx: Transaction, case: Declaration, shown: str) -> _Read:
    """The text, once everything that comes before a signature is done."""
    forms.expect_lettered(case)
    if await form_view.guidance_awaited(tx, case):
        raise Conflict(
            "A orientação ainda não aconteceu",
            "guidance-pending",
            "Converse com o médico da operadora ou escolha outra forma de orientação.",
        )
    book = await rulebook.pinned(tx, case.rules_version)
    answers = await form_view.answers_given(tx, case)
    problems = check_complete(book.questions, answers, tx.today.year)
    if problems:
        raise forms.answers_refused(problems)
    text = await form_view.current_text(tx, case, answers)
    if text_hash(text) != shown:
        raise Conflict("O texto mudou", "text-changed", "Leia de novo o texto antes de assinar.")
    return _Read(text, answers)


async def _keep(
    tx: Transaction, case: Declaration, read: _Read, proof: Proof, register: str
) -> public.Receipt:
    case.protocol = protocol_number(register, tx.today, await _next_number(tx, case))
    case.signed_at = tx.now
    receipt = public.Receipt(
        declaration_id=case.declaration_id,
        protocol=case.protocol,
        answers_version=case.answers_version,
        signed_at=case.signed_at,
        text_hash=text_hash(read.text),
        channel=proof.channel,
    )
    tx.session.add(await _evidence(tx, case, read.text, proof, receipt))
    await _tell(tx, case, receipt, proof)
    # The tables are at hand and the answers were just read: nobody waits for a process to ask.
    await triage.decide(tx, case, read.answers)
    return receipt


async def _next_number(tx: Transaction, case: Declaration) -> int:
    row = {
        "tenant_id": tx.tenant_id,
        "declaration_id": case.declaration_id,
        "answers_version": case.answers_version,
    }
    number = (await tx.connection.execute(_NUMBER, row)).scalar_one()
    return int(number or 0)


async def _evidence(
    tx: Transaction, case: Declaration, text: str, proof: Proof, receipt: public.Receipt
) -> Signature:
    return Signature(
        tenant_id=tx.tenant_id,
        declaration_id=case.declaration_id,
        answers_version=case.answers_version,
        text_sealed=await tx.seal(case.person_id, text),
        text_hash=receipt.text_hash,
        protocol=receipt.protocol,
        signed_at=receipt.signed_at,
        channel=proof.channel,
        challenge_id=proof.challenge_id,
        document_id=proof.document_id,
        assisted_by=proof.assisted_by,
    )


async def _tell(tx: Transaction, case: Declaration, receipt: public.Receipt, proof: Proof) -> None:
    details = {"channel": proof.channel, "text_hash": receipt.text_hash}
    if proof.assisted_by is not None:
        details["assisted_by"] = proof.assisted_by
    await tx.audit("declaration.signed", case.declaration_id, details=details)
    await tx.record(
        DeclarationSigned(
            tenant_id=tx.tenant_id,
            declaration_id=case.declaration_id,
            person_id=case.person_id,
            answers_version=receipt.answers_version,
            channel=receipt.channel,
            protocol=receipt.protocol,
        )
    )


async def send_term_code(visit: access.Visit, channel: Channel | None) -> public.Challenge:
    """A code to sign the term with."""
    case = await access.case_of(visit)
    cases.expect(visit.tx, case, "term")
    return await access.send_code(visit.tx, case, "term", channel)


async def sign_term(visit: access.Visit, body: public.TermSignatureIn) -> public.TermView:
    """Signs the term whose hash was shown; the code is spent only for the term in force."""
    tx = visit.tx
    case = await access.case_of(visit)
    await _expect_term(tx, case, body.sha256)
    return await terms.sign(tx, case, await proofs.by_code(visit, case, "term", body.code))


async def sign_term_on_paper(
    tx: Transaction, declaration_id: str, body: PaperTermIn
) -> public.TermView:
    """The scan of the term that was signed at the desk takes the place of the code."""
    case = await cases.load(tx, declaration_id)
    await _expect_printed_term(tx, case, body.sha256)
    return await terms.sign(tx, case, await proofs.on_paper(tx, case, _TERM_SCAN_NAME, body))


async def _expect_printed_term(tx: Transaction, case: Declaration, sha256: str) -> None:
    """One refusal, whether another term is awaited or none: the desk must not learn which."""
    if case.stage != "term" or (await terms.latest(tx, case)).sha256 != sha256:
        raise proofs.not_awaited()


async def _expect_term(tx: Transaction, case: Declaration, shown_sha256: str) -> None:
    cases.expect(tx, case, "term")
    if (await terms.latest(tx, case)).sha256 != shown_sha256:
        raise Conflict("O termo mudou", "term-changed", "Leia de novo o termo antes de assinar.")
