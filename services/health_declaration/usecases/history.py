"""Who did what on a case that counts against auditing it, in order; kept when a result is not."""

from typing import Any, get_args

from contracts.health_declaration.desk import AuditDecision
from kit.db import Transaction
from services.health_declaration.models import Declaration

OPINION = "opinion"
CPT_LIFTED = "cpt_lifted"
AUDITS = frozenset(get_args(AuditDecision)) | {CPT_LIFTED}


async def entries(tx: Transaction, case: Declaration) -> list[dict[str, Any]]:
    """[{at, by, decision, text}], oldest first."""
    if case.audit_notes_sealed is None:
        return []
    opened: list[dict[str, Any]] = await tx.open(case.person_id, case.audit_notes_sealed)
    return opened


async def add(
    tx: Transaction, case: Declaration, decision: str, text: str = "", by: str | None = None
) -> None:
    """One more entry, by whoever acts now or by the doctor a time was booked with."""
    who = by or tx.actor
    entry = {"at": tx.now.isoformat(), "by": who, "decision": decision, "text": text}
    case.audit_notes_sealed = await tx.seal(case.person_id, [*await entries(tx, case), entry])


async def involved(tx: Transaction, case: Declaration) -> set[str]:
    """Everybody who took part otherwise than as its auditor, whatever became of their part."""
    return {one["by"] for one in await entries(tx, case) if one["decision"] not in AUDITS}


async def audit_notes(tx: Transaction, case: Declaration) -> tuple[str, ...]:
    """What auditors and negotiators wrote, oldest first."""
    written = [one for one in await entries(tx, case) if one["text"]]
    return tuple(one["text"] for one in written if one["decision"] != OPINION)
