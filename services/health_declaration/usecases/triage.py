"""A signed declaration is released with no human, or sent to a person with the reasons."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import ARRAY, Integer, String, any_, bindparam, text
from sqlmodel import col, select

from contracts.health_declaration.events import DeclarationReferred
from kit.db import Transaction
from services.health_declaration.models import Declaration
from services.health_declaration.queries import forms, people, rulebook
from services.health_declaration.queries.people import same_person
from services.health_declaration.rules.answers import Answer, before_birth
from services.health_declaration.rules.divergence import (
    Declared,
    Divergence,
    Snapshot,
    divergences,
)
from services.health_declaration.rules.due import age_on
from services.health_declaration.rules.interview import InterviewProfile, decide_interview
from services.health_declaration.rules.triage import TriageOutcome, triage
from services.health_declaration.usecases import cases, contacts, evidence, interviews, release

NO_BIRTH_DATE = 0
_IN_TURN = text("select pg_advisory_xact_lock(hashtextextended(:name, 0))")
_EARLIER = select(Declaration).where(
    Declaration.tenant_id == bindparam("tenant", type_=Integer),
    col(Declaration.person_id) == any_(bindparam("people", type_=ARRAY(String))),
    Declaration.declaration_id != bindparam("this", type_=String),
    col(Declaration.signed_at).is_not(None),
)


async def decide(tx: Transaction, case: Declaration, answers: Mapping[str, Answer]) -> None:
    """Applies the published tables the case began with, and keeps the reasons it went by."""
    book = await rulebook.pinned(tx, case.rules_version)
    now_declared = {question: Declared(said.yes) for question, said in answers.items()}
    # It asks only about others: what was signed here may be written together with what follows.
    with tx.session.no_autoflush:
        differences = divergences(now_declared, await _earlier(tx, case))
    yes = [question for question, said in now_declared.items() if said.yes]
    decision = triage(yes, differences, book.rules.version)
    if decision.outcome is TriageOutcome.RELEASE:
        await release.release(tx, case, straight_through=True)
        return
    profile = await _profile(tx, case, yes, diverges=bool(differences))
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
    await contacts.ask(tx, case.respondent_id, "ds.receipt", {"protocol": case.protocol or ""})
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


async def compared(
    tx: Transaction, case: Declaration, confirmed: evidence.Pairs
) -> list[dict[str, Any]]:
    """Divergences once a clinician confirmed CIDs: shown beside the opinion, no more."""
    now = await _declared(tx, case, confirmed)
    return [_shown(one) for one in divergences(now, await _earlier(tx, case))]


async def _declared(
    tx: Transaction, case: Declaration, confirmed: evidence.Pairs
) -> dict[str, Declared]:
    """What the signed version says, by question, with the CIDs confirmed for each."""
    cids: dict[str, set[str]] = {}
    for question, cid in confirmed:
        cids.setdefault(question, set()).add(cid)
    return {
        answer.question_id: Declared(
            answer.said["answer"] == "yes", frozenset(cids.get(answer.question_id, ()))
        )
        for answer in await forms.answers(tx, case)
    }


async def _earlier(tx: Transaction, case: Declaration) -> list[Snapshot]:
    """Signed declarations of the same person before this one, whatever record they came under."""
    people = await same_person(tx, case.person_id)
    # Of two signed at the same moment the second waits, and then sees the first.
    await tx.connection.execute(_IN_TURN, {"name": f"triage/{tx.tenant_id}/{people[0]}"})
    of = {"tenant": tx.tenant_id, "people": people, "this": case.declaration_id}
    others = (await tx.session.execute(_EARLIER, of)).scalars().all()
    return [
        Snapshot(
            other.declaration_id,
            other.signed_at.astimezone(tx.zone).date(),
            await _declared(tx, other, await evidence.confirmed(tx, other)),
        )
        for other in others
        if other.signed_at is not None
    ]


async def profile_then(tx: Transaction, case: Declaration) -> InterviewProfile | None:
    """What triage saw of a signed declaration; None where it released it with no human."""
    if case.triage_sealed is None:
        return None
    seen = await tx.open(case.person_id, case.triage_sealed)
    return await _profile(tx, case, seen["declared"], diverges=bool(seen["divergences"]))


async def _profile(
    tx: Transaction, case: Declaration, yes: list[str], *, diverges: bool
) -> InterviewProfile:
    book = await rulebook.pinned(tx, case.rules_version)
    impacts = {question.id: question.impact for question in book.questions.questions}
    born = await people.birth_on(tx, case.person_id)
    signed_on = (case.signed_at or tx.now).astimezone(tx.zone).date()
    answers = await forms.answers(tx, case)
    told = {one.question_id: one.said["details"] for one in answers}
    return InterviewProfile(
        declared={question: impacts[question] for question in yes},
        age=NO_BIRTH_DATE if born is None else age_on(born, signed_on),
        divergence=diverges,
        guidance_requested=await _guidance_missed(tx, case),
        inconsistent_text=born is not None and before_birth(book.questions, told, born.year),
    )


async def _guidance_missed(tx: Transaction, case: Declaration) -> bool:
    """The person asked for the operator's doctor, and no conversation came of it."""
    wanted = case.guidance == "operator_doctor"
    return wanted and "concluded" not in await forms.guidance(tx, case)


def _shown(one: Divergence) -> dict[str, Any]:
    return {
        "question": one.question,
        "kind": one.kind.value,
        "declaration_id": one.declaration_id,
        "text": one.text,
    }
