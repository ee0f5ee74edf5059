"""Taking the trail out leaves a trail; what is revealed is noted where it is kept."""

from dataclasses import dataclass
from urllib.parse import parse_qsl

from kit.db import Transaction
from services.console.queries.audit import OWN_KEY
from services.console.rules.trail import TrailPlace

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
    if not "".join(reason.split()).isprintable():
        return "O motivo tem sinais que não se leem."
    return "" if len(reason) <= LONGEST else f"O motivo passa de {LONGEST} letras."


async def note_export(tx: Transaction, place: TrailPlace, rows: int, reason: str) -> None:
    """Notes who takes out what and why."""
    # By what it was narrowed, not to what: somebody typed that, and it may be of health.
    details = {"rows": rows, "filter": sorted(dict(parse_qsl(place.first.query)))}
    person_id = place.person_id or OWN_KEY
    await tx.audit("trail.exported", "trail", reason.strip(), details, person_id)
