"""What operators order of a case's process: written down here, and cancelled here."""

from contracts.health_declaration.process import ProcessNote, ProcessNoted
from contracts.health_declaration.stages import ENDED
from kit.db import Transaction
from kit.errors import Conflict
from services.health_declaration.models import Declaration
from services.health_declaration.queries import views
from services.health_declaration.usecases import cancellations, cases


async def note(tx: Transaction, declaration_id: str, order: ProcessNote) -> ProcessNoted:
    """Audits the order under the operator's own name; a cancellation ends the case."""
    case = await cases.load(tx, declaration_id)
    await tx.audit(
        f"process.{order.action}",
        declaration_id,
        reason=order.reason,
        details={"by": order.by, "by_name": order.by_name},
        person_id=case.person_id,
    )
    if order.action == "cancel":
        await _cancel(tx, case)
    return ProcessNoted.model_validate({"stage": views.stage(tx, case)})


async def _cancel(tx: Transaction, case: Declaration) -> None:
    if case.stage in ENDED or case.stage == "released":
        raise Conflict("O caso já terminou", "case-ended", stage=case.stage)
    await cancellations.cancel(tx, case, "operator")
