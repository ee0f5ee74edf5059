"""The medical audit: a person who had no other part in the case decides what follows."""

from contracts.health_declaration.desk import AuditIn, CaseSummary, CptWaiverIn
from contracts.health_declaration.events import AuditConcluded, AuditReturned
from kit.db import Transaction
from kit.errors import Conflict, Forbidden, Refused
from services.health_declaration.models import Declaration
from services.health_declaration.queries.views import summary
from services.health_declaration.usecases import cases, cpts, evidence, history, offers, release


async def decide(tx: Transaction, declaration_id: str, body: AuditIn) -> CaseSummary:
    """Releases, offers or returns; whoever had another part in the case gets 403 with the rule."""
    case = await cases.load(tx, declaration_id, body.version)
    cases.expect(tx, case, "audit")
    await _four_eyes(tx, case)
    case.auditor = tx.actor
    await history.add(tx, case, body.decision, body.notes)
    details = {"version": case.version}
    await tx.audit("audit.decided", declaration_id, details=details)
    if body.decision == "return":
        await _give_back(tx, case)
    else:
        await _conclude(tx, case, body)
    return summary(tx, case)


async def _give_back(tx: Transaction, case: Declaration) -> None:
    await cases.move(tx, case, "analysis", "audit_returned")
    await tx.record(
        AuditReturned(
            tenant_id=tx.tenant_id, declaration_id=case.declaration_id, person_id=case.person_id
        )
    )


async def _conclude(tx: Transaction, case: Declaration, body: AuditIn) -> None:
    await tx.record(
        AuditConcluded(
            tenant_id=tx.tenant_id, declaration_id=case.declaration_id, person_id=case.person_id
        )
    )
    if body.decision == "offer":
        await offers.make(tx, case, await _confirmed(tx, case, body))
    else:
        await release.release(tx, case, straight_through=False)


async def _confirmed(tx: Transaction, case: Declaration, body: AuditIn) -> evidence.Pairs:
    """What the auditor confirms, or what the analyst did when the auditor names nothing."""
    if body.confirmed is None:
        pairs = await evidence.confirmed(tx, case)
    else:
        pairs = await evidence.check(tx, case, body.confirmed)
        given = await evidence.opinion(tx, case) or {}
        case.opinion_sealed = await tx.seal(case.person_id, given | {"audited": pairs})
    if not pairs:
        reason = "Uma oferta precisa de ao menos um CID confirmado."
        raise Refused(code="nothing-confirmed", errors=[{"field": "confirmed", "reason": reason}])
    return pairs


async def lift_cpts(tx: Transaction, declaration_id: str, body: CptWaiverIn) -> CaseSummary:
    """What was signed under an enrolment that was wrong restricts nobody for longer than found."""
    case = await cases.load(tx, declaration_id, body.version)
    cases.expect(tx, case, "released", "integrated")
    await _four_eyes(tx, case)
    if case.enrolment_notice is None:
        detail = "A CPT só é levantada quando a inscrição corrigida dispensaria a declaração."
        raise Conflict("A inscrição não dispensa a declaração", "not-waived", detail)
    lifted = await cpts.lift(tx, case)
    if not lifted:
        raise Conflict("Não há CPT em vigor", "no-cpt")
    await history.add(tx, case, history.CPT_LIFTED, body.notes)
    cases.touch(tx, case)
    await tx.audit("cpt.lifted", declaration_id, details={"cpts": lifted})
    return summary(tx, case)


async def _four_eyes(tx: Transaction, case: Declaration) -> None:
    if tx.actor not in await history.involved(tx, case):
        return
    await tx.audit("audit.refused", case.declaration_id, reason="four-eyes")
    detail = "A auditoria médica cabe a quem não analisou, examinou nem entrevistou neste caso."
    tx.keep_and_refuse(Forbidden("Outra pessoa precisa auditar", "four-eyes", detail))
