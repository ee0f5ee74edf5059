"""A case ends before its release: nothing of it opens or waits any more."""

from contracts.health_declaration.events import DeclarationCancelled, DeclarationWithdrawn
from contracts.health_declaration.stages import Stage
from kit.db import Transaction
from services.health_declaration.models import Declaration
from services.health_declaration.usecases import access, cases, interviews


async def end(tx: Transaction, case: Declaration, stage: Stage, cause: str) -> None:
    """Shuts every way in and interviews and ends the case; `cause` tells no disease."""
    await access.leave(tx, case)
    await interviews.cancel_open(tx, case)
    await cases.move(tx, case, stage, cause)


async def withdraw(tx: Transaction, case: Declaration) -> None:
    """The proponent gave up, by whatever way the operator heard of it."""
    await end(tx, case, "withdrawn", "by_proponent")
    await tx.record(
        DeclarationWithdrawn(
            tenant_id=tx.tenant_id, declaration_id=case.declaration_id, person_id=case.person_id
        )
    )


async def cancel(tx: Transaction, case: Declaration, reason: str) -> None:
    """What the case was for ended, or an operator says so."""
    await end(tx, case, "cancelled", reason)
    await tx.record(
        DeclarationCancelled(
            tenant_id=tx.tenant_id,
            declaration_id=case.declaration_id,
            person_id=case.person_id,
            reason=reason,
        )
    )
