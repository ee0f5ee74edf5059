"""An enrolment that was corrected: whether a declaration is due is decided again.

Under the rules it was decided with: a correction changes the facts, not the law of that day. Who
signed keeps what was signed; the people of the operator are told what would be decided now.
"""

from contracts.registry.events import BeneficiaryEnrolled, EnrolmentChanged
from kit.db import Transaction
from services.health_declaration.models import Declaration, Waiver
from services.health_declaration.queries import rulebook
from services.health_declaration.rules.due import DueDecision
from services.health_declaration.usecases import cancellations, cases, negotiation, requests
from services.health_declaration.usecases.corrections import FINAL

WAIVED = "waived"


async def take(tx: Transaction, changed: EnrolmentChanged, case: Declaration | None) -> None:
    """Requests what is due now, closes unsigned what is waived now; the same again does nothing."""
    joined = _whole(changed)
    key = (tx.tenant_id, changed.enrolment_id)
    waiver = await tx.session.get(Waiver, key, with_for_update=True)
    decided = waiver or case
    if joined is None or decided is None:
        return
    book = await rulebook.pinned(tx, decided.rules_version)
    decision = await requests.decided(tx, joined, book)
    if not decision.due:
        await _waived(tx, joined, case, waiver, decision, book.version)
    elif waiver is not None:
        await tx.session.delete(waiver)
        await tx.session.flush()
        await _due(tx, joined, case)
    elif case is not None:
        _notice(tx, case, None)


def may_return(case: Declaration) -> bool:
    """Whether the case ended in a way that a correction or a person may take back."""
    return case.stage == "expired" or (case.stage == "cancelled" and case.cause == WAIVED)


def _whole(changed: EnrolmentChanged) -> BeneficiaryEnrolled | None:
    """All that decides; None of a fact of before it carried that."""
    if changed.requested_on is None:
        return None
    return BeneficiaryEnrolled.model_validate(changed.model_dump())


async def _due(tx: Transaction, joined: BeneficiaryEnrolled, case: Declaration | None) -> None:
    if case is None:
        await requests.request(tx, joined, await rulebook.current(tx))
    elif may_return(case):
        case.joining_on = joined.joining_on
        case.respondent_id = joined.representative_person_id or case.person_id
        await negotiation.invite_again(tx, case)


async def _waived(
    tx: Transaction,
    joined: BeneficiaryEnrolled,
    case: Declaration | None,
    waiver: Waiver | None,
    decision: DueDecision,
    version: str,
) -> None:
    if waiver is not None:
        if waiver.rule_id != decision.reason.rule_id:
            await requests.waive(tx, joined, decision, version)
    elif case is not None and _unsigned(case):
        await cancellations.cancel(tx, case, WAIVED)
        await requests.waive(tx, joined, decision, version)
    elif case is not None and case.stage not in ("withdrawn", "cancelled"):
        reason = decision.reason
        told = f"hoje seria dispensada ({reason.rule_id}). {reason.text}"
        _notice(tx, case, f"A inscrição mudou depois de a declaração ser assinada: {told}")


def _unsigned(case: Declaration) -> bool:
    """Never signed in any version, and not ended for good."""
    signed = case.signed_at is not None or case.answers_version > 1
    return not signed and (case.stage not in FINAL or case.stage == "expired")


def _notice(tx: Transaction, case: Declaration, text: str | None) -> None:
    """A decision taken on the case as it was before is refused until this was read."""
    if case.enrolment_notice != text:
        case.enrolment_notice = text
        cases.touch(tx, case)
