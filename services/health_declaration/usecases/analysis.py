"""What the analyst asks for and concludes. Each act names the version it saw."""

from uuid import uuid4

from contracts.health_declaration.desk import (
    CaseSummary,
    DocumentRequestIn,
    InterviewRequestIn,
    OpinionIn,
)
from contracts.health_declaration.events import (
    DocumentsRequested,
    OpinionGiven,
)
from kit.db import Transaction
from kit.errors import Refused
from services.health_declaration.models import DocumentRequest
from services.health_declaration.queries import rulebook
from services.health_declaration.queries.views import summary
from services.health_declaration.rules.stages import due_on
from services.health_declaration.usecases import cases, evidence, history, interviews, links, triage


async def request_documents(
    tx: Transaction, declaration_id: str, body: DocumentRequestIn
) -> CaseSummary:
    """Asks the proponent for documents until a day counted in business days."""
    case = await cases.load(tx, declaration_id, body.version)
    cases.expect(tx, case, "analysis")
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
    return summary(tx, case)


async def request_interview(
    tx: Transaction, declaration_id: str, body: InterviewRequestIn
) -> CaseSummary:
    """Asks the proponent to choose a time with a doctor, to clarify what was declared."""
    case = await cases.load(tx, declaration_id, body.version)
    cases.expect(tx, case, "analysis")
    interview = await interviews.request(
        tx, case, "clarification", reason=body.reason, requested_by=tx.actor
    )
    details = {"interview": interview.interview_id}
    await history.add(tx, case, "interview.requested")
    await tx.audit("interview.requested", declaration_id, details=details)
    return summary(tx, case)


async def give_opinion(tx: Transaction, declaration_id: str, body: OpinionIn) -> CaseSummary:
    """The analyst's conclusion; another person, the medical auditor, decides."""
    case = await cases.load(tx, declaration_id, body.version)
    cases.expect(tx, case, "analysis")
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
    return summary(tx, case)


def _coherent(body: OpinionIn) -> None:
    if body.conclusion == "preexisting" and not body.confirmed:
        reason = "Confirme ao menos um CID para concluir por preexistência."
    elif body.conclusion == "no_preexisting" and body.confirmed:
        reason = "Sem preexistência não há CID a confirmar."
    else:
        return
    raise Refused(code="opinion-incoherent", errors=[{"field": "confirmed", "reason": reason}])
