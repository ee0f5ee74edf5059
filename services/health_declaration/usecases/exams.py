"""A medical examination at the operator's cost: asked for, shown to whom it is about, concluded."""

from collections.abc import Sequence
from uuid import uuid4

from sqlmodel import col, select

from contracts.health_declaration import public
from contracts.health_declaration.desk import CaseSummary, ExamAsked, ExamRequestIn, ExamResultIn
from contracts.health_declaration.events import ExamConcluded, ExamRequested
from kit.db import Transaction
from kit.errors import NotFound
from services.health_declaration.models import Declaration, Exam
from services.health_declaration.queries import rulebook
from services.health_declaration.queries.views import summary
from services.health_declaration.rules.stages import due_on
from services.health_declaration.usecases import access, cases, history, links

COST = "Sem custo para você: a operadora paga a perícia."


async def request(tx: Transaction, declaration_id: str, body: ExamRequestIn) -> CaseSummary:
    """Asks for a medical examination, at the operator's cost."""
    case = await cases.load(tx, declaration_id, body.version)
    cases.expect(tx, case, "analysis")
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
    await links.issue(tx, case, "ds.exam_request", {"due_on": exam.due_on.isoformat()})
    await history.add(tx, case, "exam.requested")
    await tx.audit("exam.requested", declaration_id, details={"exam": exam.exam_id})
    return summary(tx, case)


async def conclude(tx: Transaction, declaration_id: str, body: ExamResultIn) -> CaseSummary:
    """Keeps the result; the case goes back to the analyst."""
    case = await cases.load(tx, declaration_id, body.version)
    cases.expect(tx, case, "exam", "analysis")
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
    return summary(tx, case)


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


async def view(visit: access.Visit) -> public.ExamView:
    """What the person has to go to, and by when; 404 when nothing was asked for."""
    tx = visit.tx
    case = await access.seen(visit)
    every = await _of_case(tx, case)
    if not every:
        raise NotFound("Nenhuma perícia foi pedida")
    await access.note_reading(visit)
    last = every[-1]
    return public.ExamView(
        exam_id=last.exam_id,
        description=await tx.open(case.person_id, last.description_sealed),
        due_on=last.due_on,
        cost=COST,
        concluded=last.concluded_at is not None,
    )


async def asked(tx: Transaction, case: Declaration) -> tuple[ExamAsked, ...]:
    """Every examination of a case with what was asked and found, oldest first."""
    return tuple([await _asked(tx, case, exam) for exam in await _of_case(tx, case)])


async def _asked(tx: Transaction, case: Declaration, exam: Exam) -> ExamAsked:
    sealed = exam.result_sealed
    return ExamAsked(
        exam_id=exam.exam_id,
        description=await tx.open(case.person_id, exam.description_sealed),
        due_on=exam.due_on,
        requested_by=exam.requested_by,
        requested_at=exam.requested_at,
        result=await tx.open(case.person_id, sealed) if sealed else None,
        concluded_at=exam.concluded_at,
    )


async def _of_case(tx: Transaction, case: Declaration) -> Sequence[Exam]:
    query = (
        select(Exam)
        .where(Exam.tenant_id == tx.tenant_id, Exam.declaration_id == case.declaration_id)
        .order_by(col(Exam.requested_at))
    )
    return (await tx.session.execute(query)).scalars().all()
