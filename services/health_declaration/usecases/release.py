"""Nothing stands any more between the person and the plan."""

from sqlmodel import col, func, select

from contracts.health_declaration.events import DeclarationIntegrated, DeclarationReleased
from kit.db import Transaction
from services.health_declaration.models import Cpt, Declaration
from services.health_declaration.usecases import access, cases, contacts


async def release(tx: Transaction, case: Declaration, *, straight_through: bool) -> None:
    """Releases the person; the case ends here too when the ERP has nothing to confirm."""
    case.straight_through = straight_through
    await cases.move(tx, case, "released")
    case.released_at = case.coarse_since
    await tx.record(
        DeclarationReleased(
            tenant_id=tx.tenant_id,
            declaration_id=case.declaration_id,
            person_id=case.person_id,
            enrolment_id=case.enrolment_id,
            straight_through=straight_through,
            rules_version=case.rules_version,
        )
    )
    await contacts.ask(tx, case.respondent_id, "ds.released", {"protocol": case.protocol or ""})
    # With no human there is no CPT that the ERP could have to apply.
    if straight_through or not await _awaiting_erp(tx, case):
        await _integrate(tx, case)
    await access.leave(tx, case)


async def integrate_if_complete(tx: Transaction, case: Declaration) -> None:
    """Ends the case once the ERP applied the newest revision of each of its CPTs."""
    if case.stage == "released" and not await _awaiting_erp(tx, case):
        await _integrate(tx, case)


async def _integrate(tx: Transaction, case: Declaration) -> None:
    await cases.move(tx, case, "integrated")
    await tx.record(
        DeclarationIntegrated(
            tenant_id=tx.tenant_id,
            declaration_id=case.declaration_id,
            person_id=case.person_id,
        )
    )


async def _awaiting_erp(tx: Transaction, case: Declaration) -> int:
    await tx.session.flush()
    query = (
        select(func.count())
        .select_from(Cpt)
        .where(
            Cpt.tenant_id == tx.tenant_id,
            col(Cpt.declaration_id) == case.declaration_id,
            col(Cpt.erp_revision) < col(Cpt.revision),
        )
    )
    return (await tx.session.execute(query)).scalar_one()
