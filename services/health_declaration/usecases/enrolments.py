"""What becomes of a declaration and its CPTs when the enrolment behind them changes or ends."""

from contracts.registry.events import EnrolmentChanged, EnrolmentEnded
from kit.db import Transaction
from services.health_declaration.models import Declaration
from services.health_declaration.usecases import (
    access,
    cancellations,
    cases,
    cpts,
    offers,
    progress,
    redecisions,
    respondents,
)
from services.health_declaration.usecases.corrections import FINAL


async def change(tx: Transaction, changed: EnrolmentChanged) -> None:
    """Decides again what is due; dates that were told move along; who represents answers."""
    case = await cases.open_of_enrolment(tx, changed.enrolment_id)
    await redecisions.take(tx, changed, case)
    if case is None:
        return
    moved = case.joining_on != changed.joining_on
    if moved:
        case.joining_on = changed.joining_on
        cases.touch(tx, case)
        await cpts.move(tx, changed.enrolment_id, changed.joining_on)
    replaced = await _answer_by(tx, case, changed)
    if moved and case.stage == "offer":
        await offers.again(tx, case)
    elif replaced:
        await _invite(tx, case)


async def _answer_by(tx: Transaction, case: Declaration, changed: EnrolmentChanged) -> bool:
    """What let the former respondent in lets nobody in. A declaration that was decided stays as it
    was signed; one that expired may be reopened, and is then the new respondent's."""
    # Facts of before the field existed say nothing of it.
    if "representative_person_id" not in changed.model_fields_set:
        return False
    respondent_id = changed.representative_person_id or case.person_id
    if case.respondent_id == respondent_id:
        return False
    if case.stage in FINAL and not redecisions.may_return(case):
        return False
    case.respondent_id = respondent_id
    cases.touch(tx, case)
    await access.leave(tx, case)
    if case.stage != cases.UNREPRESENTED:
        await respondents.named(tx, case)
    return True


async def _invite(tx: Transaction, case: Declaration) -> None:
    if case.stage in (cases.UNREPRESENTED, *cases.BEFORE_SIGNATURE):
        await respondents.invite(tx, case)
    else:
        await progress.invite_anew(tx, case)


async def end(tx: Transaction, ended: EnrolmentEnded) -> None:
    """Death and cancellation end the case and its CPTs, with the reason.

    A case that may return ends too: it would invite somebody who joins nothing any more.
    """
    case = await cases.open_of_enrolment(tx, ended.enrolment_id)
    if case is None:
        return
    if case.stage not in FINAL or redecisions.may_return(case):
        await cancellations.cancel(tx, case, ended.reason)
    await cpts.end_of_enrolment(tx, ended.enrolment_id, ended.reason, ended.ended_on)
