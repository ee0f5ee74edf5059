"""What a person of the operator settled where the person refused or a term passed."""

from collections.abc import Awaitable, Callable
from functools import partial

from contracts.health_declaration.desk import CaseSummary, NegotiationIn
from contracts.health_declaration.events import DeclarationReopened
from kit.db import Transaction
from kit.errors import Conflict
from services.health_declaration.models import Declaration
from services.health_declaration.queries.views import summary
from services.health_declaration.usecases import (
    cancellations,
    cases,
    history,
    offers,
    release,
    respondents,
    surcharges,
)

Act = Callable[[Transaction, Declaration], Awaitable[None]]


async def settle(tx: Transaction, declaration_id: str, body: NegotiationIn) -> CaseSummary:
    """One of the outcomes; none of them refuses the contract."""
    case = await cases.load(tx, declaration_id, body.version)
    cases.expect(tx, case, "negotiation", "expired")
    act = _act(case, body)
    if act is None:
        raise Conflict("Este desfecho não cabe nesta etapa", "outcome-not-possible")
    await history.add(tx, case, f"negotiation.{body.outcome}", body.notes)
    await tx.audit("negotiation.settled", declaration_id, details={"version": case.version})
    await act(tx, case)
    return summary(tx, case)


def _act(case: Declaration, body: NegotiationIn) -> Act | None:
    if case.stage == "expired":
        return _AFTER_EXPIRY.get(body.outcome)
    if body.surcharge is not None:
        return partial(surcharges.agree, agreed=body.surcharge)
    return _OUTCOMES.get(body.outcome)


async def _release(tx: Transaction, case: Declaration) -> None:
    await release.release(tx, case, straight_through=False)


async def _analyse_again(tx: Transaction, case: Declaration) -> None:
    await cases.move(tx, case, "analysis", "reopened")


async def invite_again(tx: Transaction, case: Declaration) -> None:
    """The term to declare starts over, once somebody may answer; what was answered is kept."""
    case.requested_at, case.sale_told = tx.now, False
    await cases.move(tx, case, "filling" if case.letter_at else "invited", "reopened")
    await tx.record(
        DeclarationReopened(
            tenant_id=tx.tenant_id, declaration_id=case.declaration_id, person_id=case.person_id
        )
    )
    await respondents.invite(tx, case)


_OUTCOMES: dict[str, Act] = {
    "full_coverage": _release,
    "offer_again": offers.again,
    "reopen": _analyse_again,
    "withdrawn_by_proponent": cancellations.withdraw,
}
_AFTER_EXPIRY: dict[str, Act] = {
    "reopen": invite_again,
    "withdrawn_by_proponent": cancellations.withdraw,
}
