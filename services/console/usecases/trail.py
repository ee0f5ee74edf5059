"""Reading the trail leaves a trail: what is revealed, and what is taken out as a file."""

from dataclasses import dataclass

from contracts.ops import AuditEntry
from kit.db import Transaction
from services.console.rules.trail import TrailPlace

OWN_KEY = "service:console"
"""Seals what somebody typed of nobody in particular."""
SHORTEST, LONGEST = 10, 300


@dataclass(frozen=True)
class Revealed:
    """A reason in its writer's own words; None where it went with the person's data."""

    source: str
    entry_id: int
    text: str | None


def unexplained(reason: str) -> str:
    """What is wrong with a reason; blank where nothing is."""
    if len(reason.strip()) < SHORTEST:
        return f"Escreva o motivo, com ao menos {SHORTEST} letras."
    return "" if len(reason) <= LONGEST else f"O motivo passa de {LONGEST} letras."


async def note_reveal(tx: Transaction, source: str, entry: AuditEntry, reason: str) -> Revealed:
    """Notes who reads it and why, under the key of whom it speaks of."""
    person_id = str(entry.details.get("sealed_for", OWN_KEY))
    about = f"{source}/{entry.entry_id}"
    await tx.audit("trail.revealed", about, reason.strip(), person_id=person_id)
    return Revealed(source, entry.entry_id, entry.reason)


async def note_export(tx: Transaction, place: TrailPlace, rows: int, reason: str) -> None:
    """Notes who takes out what and why."""
    details = {"rows": rows, "filter": place.first.query}
    person_id = place.person_id or OWN_KEY
    await tx.audit("trail.exported", "trail", reason.strip(), details, person_id)
