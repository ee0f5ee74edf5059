"""A case ends because what it was for ended, or because an operator says so."""

from contracts.health_declaration.events import DeclarationCancelled
from kit.db import Transaction
from services.health_declaration.models import Declaration
from services.health_declaration.usecases import cases, interviews, links


async def cancel(tx: Transaction, case: Declaration, reason: str) -> None:
    """Closes links and interviews and ends the case; `reason` is a code that tells no disease."""
    await links.revoke(tx, case)
    await interviews.cancel_open(tx, case)
    await cases.move(tx, case, "cancelled", reason)
    await tx.record(
        DeclarationCancelled(
            tenant_id=tx.tenant_id,
            declaration_id=case.declaration_id,
            person_id=case.person_id,
            reason=reason,
        )
    )
