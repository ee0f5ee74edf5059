"""What becomes of a declaration and its CPTs when the enrolment behind them changes or ends."""

from contracts.registry.events import EnrolmentChanged, EnrolmentEnded
from kit.db import Transaction
from services.health_declaration.models import Declaration
from services.health_declaration.usecases import (
    access,
    cancellations,
    cases,
    cpts,
    links,
    progress,
    respondents,
)
from services.health_declaration.usecases.corrections import FINAL


async def change(tx: Transaction, changed: EnrolmentChanged) -> None:
    """A joining date that moves takes the CPT's dates with it; who represents answers."""
    case = await cases.open_of_enrolment(tx, changed.enrolment_id)
    if case is None:
        return
    # Facts of before the field existed say nothing of it.
    if "representative_person_id" in changed.model_fields_set:
        await _answer_by(tx, case, changed.representative_person_id or case.person_id)
    if case.joining_on != changed.joining_on:
        case.joining_on = changed.joining_on
        cases.touch(tx, case)
        await cpts.move(tx, changed.enrolment_id, changed.joining_on)


async def _answer_by(tx: Transaction, case: Declaration, respondent_id: str) -> None:
    """What let the former respondent in lets nobody in. A declaration that was decided stays as it
    was signed; one that expired may be reopened, and is then the new respondent's."""
    if case.respondent_id == respondent_id or case.stage in FINAL - {"expired"}:
        return
    case.respondent_id = respondent_id
    cases.touch(tx, case)
    await links.revoke(tx, case)
    await access.shut(tx, case)
    if case.stage == cases.UNREPRESENTED:
        await respondents.invite(tx, case)
        return
    await respondents.named(tx, case)
    if case.stage in cases.BEFORE_SIGNATURE:
        await respondents.invite(tx, case)
    else:
        await progress.invite_anew(tx, case)


async def end(tx: Transaction, ended: EnrolmentEnded) -> None:
    """Death and cancellation end the case and its CPTs, with the reason.

    A case that expired ends too: reopened, it would invite somebody who joins nothing any more.
    """
    case = await cases.open_of_enrolment(tx, ended.enrolment_id)
    if case is None:
        return
    if case.stage not in FINAL or case.stage == "expired":
        await cancellations.cancel(tx, case, ended.reason)
    await cpts.end_of_enrolment(tx, ended.enrolment_id, ended.reason, ended.ended_on)
