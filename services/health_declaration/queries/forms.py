"""What a form is made of: letter, answers, who is declared."""

from typing import Any

from sqlmodel import col, select

from contracts.health_declaration.public import Letter
from kit.db import Transaction
from services.health_declaration.gateways import reference
from services.health_declaration.models import (
    Answer,
    Declaration,
    Interview,
    KnownPerson,
    LetterRow,
)

TITLE = "Carta de orientação ao beneficiário"
Kept = list[tuple[Answer, dict[str, Any]]]
"""Answers as kept, each with what it says."""


async def letter_in_force(tx: Transaction) -> Letter:
    """The newest letter the tenant loaded, or the placeholder the product brings."""
    newest = (
        select(LetterRow)
        .where(LetterRow.tenant_id == tx.tenant_id)
        .order_by(col(LetterRow.loaded_at).desc())
        .limit(1)
    )
    row = (await tx.session.execute(newest)).scalars().one_or_none()
    return _placeholder() if row is None else _shown(row)


async def letter(tx: Transaction, version: str) -> Letter:
    """One version of the letter, as it was acknowledged."""
    row = await tx.session.get(LetterRow, (tx.tenant_id, version))
    return _placeholder() if row is None else _shown(row)


def _placeholder() -> Letter:
    return Letter(version=reference.LETTER_VERSION, title=TITLE, text=reference.default_letter())


def _shown(row: LetterRow) -> Letter:
    return Letter(version=row.version, title=row.title, text=row.text)


async def answers(tx: Transaction, case: Declaration) -> Kept:
    """The answers of the current version, opened, in order."""
    query = (
        select(Answer)
        .where(
            Answer.tenant_id == tx.tenant_id,
            Answer.declaration_id == case.declaration_id,
            Answer.answers_version == case.answers_version,
        )
        .order_by(Answer.question_id)
    )
    rows = (await tx.session.execute(query)).scalars().all()
    return [(row, await tx.open(case.person_id, row.answer_sealed)) for row in rows]


async def name(tx: Transaction, person_id: str) -> str:
    """The person's name as the registry last told it; empty while it has not."""
    known = await tx.session.get(KnownPerson, (tx.tenant_id, person_id))
    if known is None:
        return ""
    identity = await tx.open(person_id, known.identity_sealed)
    return str(identity["name"])


async def guidance(tx: Transaction, case: Declaration) -> set[str]:
    """Statuses of the guidance interviews of the case."""
    query = select(Interview.status).where(
        Interview.tenant_id == tx.tenant_id,
        Interview.declaration_id == case.declaration_id,
        Interview.purpose == "guidance",
    )
    return set((await tx.session.execute(query)).scalars())
