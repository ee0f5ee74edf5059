"""One case as staff reads it; clinical data only for a clinical purpose, each read audited."""

from collections.abc import Iterable
from typing import Any

from contracts.health_declaration.desk import (
    AnsweredYes,
    Case,
    Clinical,
    ConfirmedCid,
    CriterionView,
    DivergenceView,
    InterviewView,
)
from contracts.permissions import CLINICAL
from kit.db import Transaction
from kit.errors import Forbidden, NotFound
from kit.keyring import KeyDestroyed
from services.health_declaration.models import Declaration, Interview
from services.health_declaration.queries import cpts, rulebook, views
from services.health_declaration.usecases import (
    agenda,
    evidence,
    exams,
    files,
    history,
    terms,
)
from services.health_declaration.usecases.bookings import purpose_of

WHOLE = ("ds.analyse", "ds.audit")
"""With one of these a clinician sees every case; an interviewer sees those they interview."""


async def show(tx: Transaction, declaration_id: str) -> Case:
    """The case. `clinical` is absent, and the attempt audited, for whoever may not see it."""
    case = await tx.session.get(Declaration, (tx.tenant_id, declaration_id))
    if case is None:
        raise NotFound()
    seen = views.plain(tx, case)
    if not await _may_see(tx, case):
        await tx.audit("clinical.denied", declaration_id, details={"needs": CLINICAL})
        return seen
    await tx.audit("clinical.read", declaration_id, details={"version": case.version})
    try:
        return seen.model_copy(update={"clinical": await _clinical(tx, case)})
    except KeyDestroyed:
        # The person was erased: what was clinical no longer exists for anybody.
        return seen


async def _may_see(tx: Transaction, case: Declaration) -> bool:
    caller = tx.caller
    if caller is None or not caller.may(CLINICAL):
        return False
    if any(caller.may(permission) for permission in WHOLE):
        return True
    interviews = await agenda.of_case(tx, case.declaration_id)
    return any(interview.doctor == caller.sub for interview in interviews)


async def entered(tx: Transaction, declaration_id: str) -> Declaration:
    """The case, for one document of it: 403 and an audit entry for whoever may not see it."""
    case = await tx.session.get(Declaration, (tx.tenant_id, declaration_id))
    if case is None:
        raise NotFound()
    if not await _may_see(tx, case):
        await tx.audit("clinical.denied", declaration_id, details={"needs": CLINICAL})
        tx.keep_and_refuse(Forbidden("Este caso não é seu", "not-your-case"))
    return case


async def file_content(tx: Transaction, declaration_id: str, document_id: str) -> tuple[bytes, str]:
    """A file's bytes and media type; reading it is reading health data."""
    return await files.content(tx, await entered(tx, declaration_id), document_id)


async def term_pdf(tx: Transaction, declaration_id: str) -> bytes:
    """The sealed term, for staff."""
    return await terms.pdf(tx, await entered(tx, declaration_id))


async def _clinical(tx: Transaction, case: Declaration) -> Clinical:
    triaged = await _triaged(tx, case)
    opinion = await evidence.opinion(tx, case)
    interviews = await agenda.of_case(tx, case.declaration_id)
    examined = await exams.asked(tx, case)
    return Clinical(
        declared=await _declared(tx, case),
        divergences=tuple(_divergence(one) for one in _differences(triaged, opinion)),
        triage=_criteria(triaged.get("reasons", ())),
        interview_needed=triaged.get("interview_needed", False),
        interview_criteria=_criteria(triaged.get("interview_criteria", ())),
        opinion=opinion["text"] if opinion else None,
        confirmed=_pairs(await evidence.confirmed(tx, case)),
        interviews=tuple([await _interview(tx, case, one) for one in interviews]),
        audit_notes=await history.audit_notes(tx, case),
        exam_results=tuple(one.result for one in examined if one.result is not None),
        files=await files.of_case(tx, case),
        exams=examined,
        cpts=await cpts.of_case(tx, case.declaration_id),
    )


async def _triaged(tx: Transaction, case: Declaration) -> dict[str, Any]:
    if case.triage_sealed is None:
        return {}
    opened: dict[str, Any] = await tx.open(case.person_id, case.triage_sealed)
    return opened


async def _declared(tx: Transaction, case: Declaration) -> tuple[AnsweredYes, ...]:
    book = await rulebook.pinned(tx, case.rules_version)
    texts = {question.id: question.text for question in book.questions.questions}
    return tuple(
        AnsweredYes(question_id=question, text=texts.get(question, ""), details=details)
        for question, details in (await evidence.answered_yes(tx, case)).items()
    )


def _differences(triaged: dict[str, Any], opinion: dict[str, Any] | None) -> list[dict[str, str]]:
    """Those found once CIDs were confirmed include those that triage had found."""
    found: list[dict[str, str]] = (opinion or triaged).get("divergences", [])
    return found


def _divergence(one: dict[str, str]) -> DivergenceView:
    return DivergenceView(
        question_id=one["question"],
        kind=one["kind"],
        earlier_declaration_id=one["declaration_id"],
        text=one["text"],
    )


def _criteria(reasons: Iterable[dict[str, Any]]) -> tuple[CriterionView, ...]:
    return tuple(CriterionView(rule_id=one["rule_id"], text=_said(one)) for one in reasons)


def _said(reason: dict[str, Any]) -> str:
    question = reason.get("question")
    return f"{question}: {reason['text']}" if question else str(reason["text"])


async def _interview(tx: Transaction, case: Declaration, interview: Interview) -> InterviewView:
    result: dict[str, Any] = {}
    # A draft is the doctor's own until it is signed.
    readable = interview.signed_at is not None or interview.doctor == tx.actor
    if interview.result_sealed is not None and readable:
        result = await tx.open(case.person_id, interview.result_sealed)
    reason = interview.reason_sealed
    return InterviewView(
        interview_id=interview.interview_id,
        purpose=purpose_of(interview),
        status=interview.status,
        starts_at=interview.starts_at,
        doctor=interview.doctor,
        missed=interview.missed,
        result=result.get("text"),
        cids=_pairs(result.get("cids", ())),
        reason=await tx.open(case.person_id, reason) if reason else None,
        in_person=interview.in_person,
        by_phone_since=interview.by_phone_since,
    )


def _pairs(pairs: Iterable[Any]) -> tuple[ConfirmedCid, ...]:
    return tuple(ConfirmedCid(question_id=question, cid=cid) for question, cid in pairs)
