"""What becomes of a declaration and its CPTs when the enrolment behind them changes or ends."""

from contracts.registry.events import EnrolmentChanged, EnrolmentEnded
from kit.db import Transaction
from services.health_declaration.usecases import cancellations, cases, corrections, cpts


async def change(tx: Transaction, changed: EnrolmentChanged) -> None:
    """A joining date that moves takes the CPT's dates with it."""
    case = await cases.open_of_enrolment(tx, changed.enrolment_id)
    if case is not None and case.joining_on != changed.joining_on:
        case.joining_on = changed.joining_on
        cases.touch(tx, case)
        await cpts.move(tx, changed.enrolment_id, changed.joining_on)


async def end(tx: Transaction, ended: EnrolmentEnded) -> None:
    """Death and cancellation end the case and its CPTs, with the reason.

    A case that expired ends too: reopened, it would invite somebody who joins nothing any more.
    """
    case = await cases.open_of_enrolment(tx, ended.enrolment_id)
    if case is None:
        return
    if case.stage not in corrections.FINAL or case.stage == "expired":
        await cancellations.cancel(tx, case, ended.reason)
    await cpts.end_of_enrolment(tx, ended.enrolment_id, ended.reason, ended.ended_on)
