"""What may be offered to who declared a disease (DS-003)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.health_declaration.rules.cpt import CptItem
from services.health_declaration.rules.law import OfferRule


class OptionKind(StrEnum):
    """The three options of the law."""

    FULL_COVERAGE = "full_coverage"
    CPT = "cpt"
    SURCHARGE = "surcharge"


@dataclass(frozen=True, slots=True)
class Option:
    """One option; `cents_per_month` and `months` only for the surcharge."""

    kind: OptionKind
    text: str
    cents_per_month: int | None = None
    months: int | None = None


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
