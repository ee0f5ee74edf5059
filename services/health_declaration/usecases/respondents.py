"""Who answers and signs: of full age, or nobody is invited and a person looks (domain DS-12)."""

from datetime import datetime

from contracts.health_declaration.events import RespondentNamed
from kit.db import Transaction
from services.health_declaration.models import Declaration
from services.health_declaration.usecases import cases, links


async def invite(tx: Transaction, case: Declaration, template: str = "ds.link") -> datetime | None:
    """Sends a link to who answers, and tells when it expires; None where that is a minor alone."""
    expires_at = await links.issue(tx, case, template)
    if expires_at is None:
        await _wait(tx, case)
    elif case.stage == cases.UNREPRESENTED:
        await _begin(tx, case)
    return expires_at


async def _wait(tx: Transaction, case: Declaration) -> None:
    """What was signed goes on to its own term; what was not would only expire in silence."""
    if case.stage in cases.BEFORE_SIGNATURE:
        await cases.move(tx, case, cases.UNREPRESENTED, links.UNREPRESENTED)


async def _begin(tx: Transaction, case: Declaration) -> None:
    """The term to declare counts from when somebody could answer first."""
    case.requested_at = tx.now
    await cases.move(tx, case, "filling" if case.letter_at else "invited", "represented")
    await named(tx, case)


async def named(tx: Transaction, case: Declaration) -> None:
    """Wakes whoever waits: what is due, and of whom, may be another."""
    await tx.record(
        RespondentNamed(
            tenant_id=tx.tenant_id, declaration_id=case.declaration_id, person_id=case.person_id
        )
    )
