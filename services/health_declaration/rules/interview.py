"""Is a guidance interview needed? The criteria of the rule set, each one named (DS-017)."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.health_declaration.rules.law import Impact, InterviewTriggers
from services.health_declaration.rules.reasons import Reason

_RULE = "DS-017"


@dataclass(frozen=True, slots=True, kw_only=True)
class InterviewProfile:
    """What the criteria may look at: answers, age in years, and what people asked or noted."""

    declared: Mapping[str, Impact]
    """Impact of each question answered yes."""
    age: int
    divergence: bool = False
    guidance_requested: bool = False
    inconsistent_text: bool = False


@dataclass(frozen=True, slots=True)
class InterviewDecision:
    """Whether to interview and every criterion that says so."""

    needed: bool
    criteria: tuple[Reason, ...]
    rule_version: int


def decide_interview(
    profile: InterviewProfile, triggers: InterviewTriggers, rule_version: int
) -> InterviewDecision:
    """Every criterion met, not the first one. Orientation only: it refuses and prices nobody."""
    impactful = [
        Reason(_RULE, "impact", f"Pergunta de impacto {impact}.", question)
        for question, impact in profile.declared.items()
        if impact in triggers.impacts
    ]
    criteria = (*impactful, *_general(profile, triggers))
    return InterviewDecision(bool(criteria), criteria, rule_version)


def _general(profile: InterviewProfile, rule: InterviewTriggers) -> list[Reason]:
    count = len(profile.declared)
    table = [
        (count >= rule.yes_count, "yes_count", f"{rule.yes_count} ou mais respostas SIM."),
        (count > 0 and profile.age >= rule.age, "age", f"{rule.age} anos ou mais com algum SIM."),
        (
            rule.divergence and profile.divergence,
            "divergence",
            "Divergência com declaração anterior.",
        ),
        (
            rule.guidance_requested and profile.guidance_requested,
            "guidance_requested",
            "A pessoa pediu orientação.",
        ),
        (
            rule.inconsistent_text and profile.inconsistent_text,
            "inconsistent_text",
            "Texto livre inconsistente com as respostas.",
        ),
    ]
    return [Reason(_RULE, code, text) for met, code, text in table if met]
