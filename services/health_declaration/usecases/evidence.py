"""What was declared and confirmed, opened for a decision; and CIDs checked before they count."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import select

from contracts.health_declaration.desk import ConfirmedCid
from contracts.values import dotted
from kit.db import Transaction
from kit.errors import Refused
from services.health_declaration.gateways import reference
from services.health_declaration.models import Answer, Declaration
from services.health_declaration.queries import rulebook
from services.health_declaration.rules.questionnaire import QuestionSet

Pairs = list[tuple[str, str]]
"""Question and confirmed CID."""


async def answered_yes(tx: Transaction, case: Declaration) -> dict[str, dict[str, str]]:
    """Details by question answered yes in the version that counts, in the order of the form."""
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
    opened = [(row.question_id, await tx.open(case.person_id, row.answer_sealed)) for row in rows]
    return {question: said["details"] for question, said in opened if said["answer"] == "yes"}


async def opinion(tx: Transaction, case: Declaration) -> dict[str, Any] | None:
    """The analyst's opinion: {conclusion, text, confirmed, audited?}; None before it was given."""
    if case.opinion_sealed is None:
        return None
    opened: dict[str, Any] = await tx.open(case.person_id, case.opinion_sealed)
    return opened


async def confirmed(tx: Transaction, case: Declaration) -> Pairs:
    """The CIDs that stand now: the auditor's where given, else the analyst's."""
    given = await opinion(tx, case)
    if given is None:
        return []
    return [(question, cid) for question, cid in given.get("audited") or given["confirmed"]]


async def check(tx: Transaction, case: Declaration, confirmed: Sequence[ConfirmedCid]) -> Pairs:
    """The pairs, or 422 naming each CID that is not listed and each question not declared."""
    book = await rulebook.pinned(tx, case.rules_version)
    declared = set(await answered_yes(tx, case)) | catch_all(book.questions)
    return pairs(confirmed, declared)


def catch_all(questions: QuestionSet) -> set[str]:
    """Questions under which a clinician may place any disease."""
    return {question.id for question in questions.questions if question.catch_all}


def pairs(confirmed: Sequence[ConfirmedCid], allowed: set[str]) -> Pairs:
    """The same check with the questions already known."""
    errors = [
        {"field": f"confirmed.{at}.{field}", "reason": reason}
        for at, one in enumerate(confirmed)
        for field, reason in _wrong(one, allowed)
    ]
    if errors:
        raise Refused(code="confirmed-refused", errors=errors)
    return list(dict.fromkeys((one.question_id, one.cid) for one in confirmed))


def _wrong(one: ConfirmedCid, allowed: set[str]) -> list[tuple[str, str]]:
    found = []
    if not reference.cid_table().exists(one.cid):
        found.append(("cid", f"O CID {dotted(one.cid)} não existe na tabela em uso."))
    if one.question_id not in allowed:
        found.append(("question_id", f"A pergunta {one.question_id} não foi respondida com SIM."))
    return found
