"""What the analyst asks for and concludes. Each act names the version it saw."""

from uuid import uuid4

from sqlmodel import col, select

from contracts.health_declaration.desk import (
    CaseSummary,
    DocumentRequestIn,
    ExamRequestIn,
    ExamResultIn,
    InterviewRequestIn,
    OpinionIn,
)
from contracts.health_declaration.events import (
    DocumentsRequested,
    ExamConcluded,
    ExamRequested,
    OpinionGiven,
)
from kit.db import Transaction
from kit.errors import NotFound, Refused
from services.health_declaration.models import Declaration, DocumentRequest, Exam
from services.health_declaration.queries import rulebook
from services.health_declaration.rules.stages import due_on
from services.health_declaration.usecases import cases, evidence, history, interviews, links, triage
from services.health_declaration.usecases.views import summary


async def request_documents(
    tx: Transaction, declaration_id: str, body: DocumentRequestIn
) -> CaseSummary:
    """Asks the proponent for documents until a day counted in business days."""
    case = await cases.load(tx, declaration_id, body.version)
    cases.expect(case, "analysis")
    book = await rulebook.pinned(tx, case.rules_version)
    asked = DocumentRequest(
        tenant_id=tx.tenant_id,
        request_id=str(uuid4()),
        declaration_id=declaration_id,
        items_sealed=await tx.seal(case.person_id, list(body.items)),
        due_on=due_on("documents", tx.now, book.terms(tx.zone)),
        requested_by=str(tx.actor),
        requested_at=tx.now,
    )
    tx.session.add(asked)
    await cases.move(tx, case, "documents")
    await tx.record(
        DocumentsRequested(
            tenant_id=tx.tenant_id,
            declaration_id=declaration_id,
            person_id=case.person_id,
            request_id=asked.request_id,
        )
    )
    await links.issue(tx, case, "ds.documents_request", {"due_on": asked.due_on.isoformat()})
    await history.add(tx, case, "documents.requested")
    await tx.audit("documents.requested", declaration_id, details={"request": asked.request_id})
    return summary(case)


async def request_exam(tx: Transaction, declaration_id: str, body: ExamRequestIn) -> CaseSummary:
    """Asks for a medical examination, at the operator's cost."""
    case = await cases.load(tx, declaration_id, body.version)
    cases.expect(case, "analysis")
    book = await rulebook.pinned(tx, case.rules_version)
    exam = Exam(
        tenant_id=tx.tenant_id,
        exam_id=str(uuid4()),
        declaration_id=declaration_id,
        description_sealed=await tx.seal(case.person_id, body.description),
        requested_by=str(tx.actor),
        requested_at=tx.now,
        due_on=due_on("exam", tx.now, book.terms(tx.zone)),
    )
    tx.session.add(exam)
    await cases.move(tx, case, "exam")
    await tx.record(
        ExamRequested(
            tenant_id=tx.tenant_id,
            declaration_id=declaration_id,
            person_id=case.person_id,
            exam_id=exam.exam_id,
        )
    )
    await links.issue(tx, case, "ds.exam_request")
    await history.add(tx, case, "exam.requested")
    await tx.audit("exam.requested", declaration_id, details={"exam": exam.exam_id})
    return summary(case)


async def conclude_exam(tx: Transaction, declaration_id: str, body: ExamResultIn) -> CaseSummary:
    """Keeps the result; the case goes back to the analyst."""
    case = await cases.load(tx, declaration_id, body.version)
    cases.expect(case, "exam", "analysis")
    exam = await _open_exam(tx, case)
    exam.result_sealed = await tx.seal(case.person_id, body.result)
    exam.concluded_by, exam.concluded_at = tx.actor, tx.now
    await cases.move(tx, case, "analysis", "exam_concluded")
    await tx.record(
        ExamConcluded(
            tenant_id=tx.tenant_id,
            declaration_id=declaration_id,
            person_id=case.person_id,
            exam_id=exam.exam_id,
        )
    )
    await history.add(tx, case, "exam.concluded")
    await tx.audit("exam.concluded", declaration_id, details={"exam": exam.exam_id})
    return summary(case)


async def _open_exam(tx: Transaction, case: Declaration) -> Exam:
    """A result may come after its term sent the case back to the analyst."""
    query = select(Exam).where(
        Exam.tenant_id == tx.tenant_id,
        Exam.declaration_id == case.declaration_id,
        col(Exam.concluded_at).is_(None),
    )
    latest = query.order_by(col(Exam.requested_at).desc()).limit(1).with_for_update()
    exam = (await tx.session.execute(latest)).scalar_one_or_none()
    if exam is None:
        raise NotFound()
    return exam


async def request_interview(
    tx: Transaction, declaration_id: str, body: InterviewRequestIn
) -> CaseSummary:
    """Asks the proponent to choose a time with a doctor, to clarify what was declared."""
    case = await cases.load(tx, declaration_id, body.version)
    cases.expect(case, "analysis")
    interview = await interviews.request(
        tx, case, "clarification", reason=body.reason, requested_by=tx.actor
    )
    details = {"interview": interview.interview_id}
    await history.add(tx, case, "interview.requested")
    await tx.audit("interview.requested", declaration_id, details=details)
    return summary(case)


async def give_opinion(tx: Transaction, declaration_id: str, body: OpinionIn) -> CaseSummary:
    """The analyst's conclusion; another person, the medical auditor, decides."""
    case = await cases.load(tx, declaration_id, body.version)
    cases.expect(case, "analysis")
    _coherent(body)
    pairs = await evidence.check(tx, case, body.confirmed)
    opinion = {
        "conclusion": body.conclusion,
        "text": body.text,
        "confirmed": pairs,
        "divergences": await triage.compared(tx, case, pairs),
    }
    case.opinion_sealed = await tx.seal(case.person_id, opinion)
    case.analyst, case.auditor = tx.actor, None
    await history.add(tx, case, "opinion", body.text)
    await cases.move(tx, case, "audit")
    await tx.record(
        OpinionGiven(
            tenant_id=tx.tenant_id, declaration_id=declaration_id, person_id=case.person_id
        )
    )
    await tx.audit("opinion.given", declaration_id, details={"version": case.version})
    return summary(case)


def _coherent(body: OpinionIn) -> None:
    if body.conclusion == "preexisting" and not body.confirmed:
        reason = "Confirme ao menos um CID para concluir por preexistência."
    elif body.conclusion == "no_preexisting" and body.confirmed:
        reason = "Sem preexistência não há CID a confirmar."
    else:
        return
    raise Refused(code="opinion-incoherent", errors=[{"field": "confirmed", "reason": reason}])
