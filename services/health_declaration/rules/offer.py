"""What may be offered to who declared a disease, and where each choice goes (DS-003)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.health_declaration.rules.cpt import CptItem
from services.health_declaration.rules.law import OfferRule
from services.health_declaration.rules.reasons import Reason


class OptionKind(StrEnum):
    """The three options of the law."""

    FULL_COVERAGE = "full_coverage"
    CPT = "cpt"
    SURCHARGE = "surcharge"


class Route(StrEnum):
    """What happens after a choice. There is no route that refuses the person."""

    RELEASE = "release"
    TERM = "term"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Option:
    """One option; `cents_per_month` and `months` only for the surcharge."""

    kind: OptionKind
    text: str
    cents_per_month: int | None = None
    months: int | None = None


@dataclass(frozen=True, slots=True)
class ChoiceRoute:
    """Where a choice goes, and why."""

    route: Route
    reason: Reason


def options(items: Sequence[CptItem], rule: OfferRule) -> tuple[Option, ...]:
    """Full coverage always; CPT when there is one; the surcharge where enabled and fully priced."""
    full = Option(OptionKind.FULL_COVERAGE, "Cobertura total, sem restrição e sem acréscimo.")
    if not items:
        return (full,)
    cpt = Option(
        OptionKind.CPT,
        "Cobertura Parcial Temporária: por prazo certo, ficam suspensos só os procedimentos "
        "de alta complexidade, leitos de alta tecnologia e cirurgias ligados à doença declarada.",
    )
    surcharge = _surcharge(items, rule)
    return (full, cpt) if surcharge is None else (full, cpt, surcharge)


def _surcharge(items: Sequence[CptItem], rule: OfferRule) -> Option | None:
    """The published price of each question once; one without a price and it is not offered."""
    questions = {item.question for item in items}
    if not rule.surcharge_enabled or not questions <= rule.surcharge_cents.keys():
        return None
    cents = sum(rule.surcharge_cents[question] for question in questions)
    return Option(
        OptionKind.SURCHARGE,
        "Agravo: acréscimo na mensalidade, por prazo certo, com cobertura total.",
        cents,
        rule.surcharge_months,
    )


def route_choice(choice: OptionKind | None) -> ChoiceRoute:
    """None is the person's refusal: a person of the operator talks to them; nothing is refused."""
    if choice is OptionKind.FULL_COVERAGE:
        return ChoiceRoute(
            Route.RELEASE, Reason("DS-003", "full_coverage", "Escolheu cobertura total.")
        )
    if choice is OptionKind.CPT:
        return ChoiceRoute(Route.TERM, Reason("DS-003", "cpt", "Escolheu CPT: assina o termo."))
    if choice is OptionKind.SURCHARGE:
        return ChoiceRoute(
            Route.PERSON, Reason("DS-003", "surcharge", "Escolheu agravo: precisa de aditivo.")
        )
    return ChoiceRoute(
        Route.PERSON,
        Reason("DS-003", "refused", "Recusou as opções: uma pessoa da operadora conversa com ela."),
    )
