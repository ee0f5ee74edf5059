"""Until the release the proponent may say it again, or give up."""

from sqlalchemy import insert, literal, select

from contracts.health_declaration import public
from contracts.health_declaration.desk import CaseSummary, Withdrawal
from contracts.health_declaration.events import DeclarationRectified
from contracts.health_declaration.stages import ENDED
from kit.db import Transaction
from kit.errors import Conflict
from services.health_declaration.models import Answer, Declaration
from services.health_declaration.queries import views
from services.health_declaration.usecases import (
    access,
    cancellations,
    cases,
    forms,
    interviews,
)

FINAL = ENDED | {"released"}


async def rectify(visit: access.Visit) -> public.Accepted:
    """Opens a new version with the answers of the old one, which is kept as it was signed."""
    tx = visit.tx
    case = await access.case_of(visit)
    _expect_open(case)
    if case.stage in cases.BEFORE_SIGNATURE:
        raise Conflict("Ainda não assinada", "not-signed", "Mude a resposta no formulário.")
    await interviews.cancel_open(tx, case)
    await _copy_answers(tx, case)
    case.answers_version += 1
    _start_over(case)
    await cases.move(tx, case, "filling", "rectified")
    await tx.audit("declaration.rectified", case.declaration_id)
    await tx.record(
        DeclarationRectified(
            tenant_id=tx.tenant_id,
            declaration_id=case.declaration_id,
            person_id=case.person_id,
            answers_version=case.answers_version,
        )
    )
    return public.Accepted()


async def _copy_answers(tx: Transaction, case: Declaration) -> None:
    table = Answer.metadata.tables[str(Answer.__tablename__)]
    kept = ("tenant_id", "declaration_id", "question_id", "answer_sealed", "saved_at", "saved_by")
    former = select(*(table.c[name] for name in kept), literal(case.answers_version + 1)).where(
        table.c.tenant_id == tx.tenant_id,
        table.c.declaration_id == case.declaration_id,
        table.c.answers_version == case.answers_version,
    )
    await tx.session.execute(insert(table).from_select([*kept, "answers_version"], former))


def _start_over(case: Declaration) -> None:
    """What was concluded of the old answers says nothing of the new ones."""
    case.protocol = None
    case.signed_at = None
    case.triage_sealed = None
    case.analyst = None
    case.opinion_sealed = None
    case.auditor = None


async def withdraw(visit: access.Visit) -> public.Accepted:
    """The proponent gives up."""
    case = await access.case_of(visit)
    await _withdraw(visit.tx, case, reason=None)
    return public.Accepted()


async def withdraw_at_desk(tx: Transaction, declaration_id: str, body: Withdrawal) -> CaseSummary:
    """A person of the operator writes down that the proponent gave up."""
    case = await cases.load(tx, declaration_id, body.version)
    await _withdraw(tx, case, reason=body.reason)
    return views.summary(tx, case)


async def _withdraw(tx: Transaction, case: Declaration, reason: str | None) -> None:
    _expect_open(case)
    await cancellations.withdraw(tx, case)
    await tx.audit(
        "declaration.withdrawn", case.declaration_id, reason=reason, person_id=case.person_id
    )


def _expect_open(case: Declaration) -> None:
    if case.stage in FINAL:
        raise forms.ended(case)
