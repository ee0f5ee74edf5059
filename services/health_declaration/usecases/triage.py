"""A signed declaration is released with no human, or sent to a person with the reasons."""

from dataclasses import asdict
from datetime import date
from typing import Any

from sqlmodel import col, select

from contracts.health_declaration.events import DeclarationReferred
from kit.db import Transaction
from services.health_declaration.models import Answer, Declaration, KnownPerson
from services.health_declaration.queries import rulebook
from services.health_declaration.queries.people import same_person
from services.health_declaration.rules.divergence import (
    Declared,
    Divergence,
    Snapshot,
    divergences,
)
from services.health_declaration.rules.due import age_on
from services.health_declaration.rules.interview import InterviewProfile, decide_interview
from services.health_declaration.rules.law import Impact
from services.health_declaration.rules.triage import TriageOutcome, triage
from services.health_declaration.usecases import cases, interviews, release

NO_BIRTH_DATE = 0


async def decide(tx: Transaction, case: Declaration) -> None:
    """Applies the published tables the case began with, and keeps the reasons it went by."""
    book = await rulebook.pinned(tx, case.rules_version)
    now_declared = await declared(tx, case)
    differences = divergences(now_declared, await _earlier(tx, case))
    yes = [question for question, said in now_declared.items() if said.yes]
    decision = triage(yes, differences, book.rules.version)
    if decision.outcome is TriageOutcome.RELEASE:
        await release.release(tx, case, straight_through=True)
        return
    profile = await _profile(tx, case, book, yes, bool(differences))
    interview = decide_interview(profile, book.rules.interview, book.rules.version)
    case.triage_sealed = await tx.seal(
        case.person_id,
        {
            "declared": yes,
            "reasons": [asdict(reason) for reason in decision.reasons],
            "divergences": [_shown(one) for one in differences],
            "interview_needed": interview.needed,
            "interview_criteria": [asdict(reason) for reason in interview.criteria],
        },
    )
    await _refer(tx, case, interview_needed=interview.needed)


async def _refer(tx: Transaction, case: Declaration, *, interview_needed: bool) -> None:
    await cases.move(tx, case, "analysis", "triage")
    await tx.record(
        DeclarationReferred(
            tenant_id=tx.tenant_id,
            declaration_id=case.declaration_id,
            person_id=case.person_id,
            cause="triage",
            rules_version=case.rules_version,
        )
    )
    if interview_needed:
        await interviews.request(tx, case, "clarification", reason=None, requested_by=None)


async def declared(tx: Transaction, case: Declaration) -> dict[str, Declared]:
    """What the signed version says, by question."""
    return await _declared(tx, case, case.answers_version)


async def _declared(
    tx: Transaction, case: Declaration, answers_version: int
) -> dict[str, Declared]:
    query = (
        select(Answer.question_id, Answer.answer_sealed)
        .where(
            Answer.tenant_id == tx.tenant_id,
            Answer.declaration_id == case.declaration_id,
            Answer.answers_version == answers_version,
        )
        .order_by(Answer.question_id)
    )
    rows = (await tx.session.execute(query)).all()
    opened = [(row.question_id, await tx.open(case.person_id, row.answer_sealed)) for row in rows]
    confirmed = await _confirmed(tx, case)
    return {
        question: Declared(said["answer"] == "yes", frozenset(confirmed.get(question, ())))
        for question, said in opened
    }


async def _confirmed(tx: Transaction, case: Declaration) -> dict[str, list[str]]:
    if case.opinion_sealed is None:
        return {}
    opinion = await tx.open(case.person_id, case.opinion_sealed)
    found: dict[str, list[str]] = {}
    for question, cid in opinion["confirmed"]:
        found.setdefault(question, []).append(cid)
    return found


async def _earlier(tx: Transaction, case: Declaration) -> list[Snapshot]:
    """Signed declarations of the same person before this one, whatever record they came under."""
    query = select(Declaration).where(
        Declaration.tenant_id == tx.tenant_id,
        col(Declaration.person_id).in_(await same_person(tx, case.person_id)),
        Declaration.declaration_id != case.declaration_id,
        col(Declaration.signed_at).is_not(None),
    )
    others = (await tx.session.execute(query)).scalars().all()
    return [
        Snapshot(
            other.declaration_id,
            other.signed_at.astimezone(tx.zone).date(),
            await declared(tx, other),
        )
        for other in others
        if other.signed_at is not None
    ]


async def _profile(
    tx: Transaction,
    case: Declaration,
    book: rulebook.Rulebook,
    yes: list[str],
    diverges: bool,
) -> InterviewProfile:
    impacts: dict[str, Impact] = {
        question.id: question.impact for question in book.questions.questions
    }
    known = await tx.session.get(KnownPerson, (tx.tenant_id, case.person_id))
    age = NO_BIRTH_DATE
    if known is not None:
        identity = await tx.open(case.person_id, known.identity_sealed)
        age = age_on(date.fromisoformat(identity["birth_on"]), tx.today)
    return InterviewProfile(
        declared={question: impacts[question] for question in yes},
        age=age,
        divergence=diverges,
    )


def _shown(one: Divergence) -> dict[str, Any]:
    return {
        "question": one.question,
        "kind": one.kind.value,
        "declaration_id": one.declaration_id,
        "text": one.text,
    }
