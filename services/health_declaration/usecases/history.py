"""Who concluded what on a case, in order: opinions and audits, the returned ones included."""

from typing import Any

from kit.db import Transaction
from services.health_declaration.models import Declaration

OPINION = "opinion"


async def entries(tx: Transaction, case: Declaration) -> list[dict[str, Any]]:
    """[{at, by, decision, text}], oldest first."""
    if case.audit_notes_sealed is None:
        return []
    opened: list[dict[str, Any]] = await tx.open(case.person_id, case.audit_notes_sealed)
    return opened


async def add(tx: Transaction, case: Declaration, decision: str, text: str) -> None:
    """One more entry, by whoever acts now."""
    entry = {"at": tx.now.isoformat(), "by": tx.actor, "decision": decision, "text": text}
    case.audit_notes_sealed = await tx.seal(case.person_id, [*await entries(tx, case), entry])


async def analysts(tx: Transaction, case: Declaration) -> set[str]:
    """Everybody who ever gave an opinion on the case."""
    return {one["by"] for one in await entries(tx, case) if one["decision"] == OPINION}


async def audit_notes(tx: Transaction, case: Declaration) -> tuple[str, ...]:
    """What auditors wrote, oldest first."""
    return tuple(one["text"] for one in await entries(tx, case) if one["decision"] != OPINION)
