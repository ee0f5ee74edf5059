"""Triage: nothing declared and no divergence is released with no human; the rest is analysed."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.health_declaration.rules.divergence import Divergence
from services.health_declaration.rules.reasons import Reason


class TriageOutcome(StrEnum):
    """Where a signed declaration goes."""

    RELEASE = "release"
    ANALYSIS = "analysis"


@dataclass(frozen=True, slots=True)
class TriageDecision:
    """The outcome and every reason that sends it to a person; none when released."""

    outcome: TriageOutcome
    reasons: tuple[Reason, ...]
    rule_version: int


def triage(
    declared: Sequence[str], divergences: Sequence[Divergence], rule_version: int
) -> TriageDecision:
    """Release, or analysis with the reasons. `declared` lists the questions answered yes.

    A declared disease leads to an offer, never to a refusal (DS-003).
    """
    yes = [
        Reason("DS-003", "declared", "Doença ou lesão declarada.", question)
        for question in declared
    ]
    differs = [Reason("DS-017", "divergence", found.text, found.question) for found in divergences]
    reasons = (*yes, *differs)
    outcome = TriageOutcome.ANALYSIS if reasons else TriageOutcome.RELEASE
    return TriageDecision(outcome, reasons, rule_version)
