"""Is a health declaration due? DS-009, DS-011 and DS-012 waive it; everybody else declares."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from services.health_declaration.rules.calendar import BusinessCalendar
from services.health_declaration.rules.law import Affiliation, CompanyWaiver, NewbornWaiver
from services.health_declaration.rules.parameters import RuleSet
from services.health_declaration.rules.reasons import Reason

ContractKind = Literal["individual", "by_affiliation", "company", "sole_trader"]
BeneficiaryRole = Literal["holder", "dependant"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    """What is known of a person joining a contract. Windows count to `requested_on`.

    A window that ends on no business day is open until the next one (Civil Code art. 132 §1).
    """

    contract_kind: ContractKind
    contract_signed_on: date
    contract_lives: int
    role: BeneficiaryRole = "holder"
    requested_on: date
    linked_on: date | None = None
    newborn_on: date | None = None
    adopted_on: date | None = None
    birth_on: date | None = None
    portability: bool = False


@dataclass(frozen=True, slots=True)
class DueDecision:
    """Whether to declare, why, and under which version of the rules."""

    due: bool
    reason: Reason
    rule_version: int


def decide_due(joining: Joining, rules: RuleSet, calendar: BusinessCalendar) -> DueDecision:
    """Whether this person declares (DS-009 to DS-012)."""
    waived = (
        _portability(joining)
        or _child(joining, rules.newborn, calendar)
        or _company(joining, rules.company, calendar)
        or _affiliation(joining, rules.affiliation, calendar)
    )
    if waived is not None:
        return DueDecision(False, waived, rules.version)
    return DueDecision(True, _declares(joining, rules), rules.version)


def _portability(joining: Joining) -> Reason | None:
    if not joining.portability:
        return None
    return Reason("DS-012", "portability", "Portabilidade de carências: não há declaração nem CPT.")


def _child(joining: Joining, rule: NewbornWaiver, calendar: BusinessCalendar) -> Reason | None:
    def in_time(since: date | None) -> bool:
        return since is not None and (
            since <= joining.requested_on <= calendar.term_ends_on(since, rule.days)
        )

    # Law 9.656 art. 12 III "b": the child of a beneficiary, registered as a dependant.
    if joining.role != "dependant":
        return None
    if in_time(joining.newborn_on):
        return Reason(
            "DS-011", "newborn", f"Recém-nascido inscrito em até {rule.days} dias do nascimento."
        )
    if in_time(joining.adopted_on) and _young(joining, rule):
        return Reason("DS-011", "adopted", f"Adotado inscrito em até {rule.days} dias da adoção.")
    return None


def _young(joining: Joining, rule: NewbornWaiver) -> bool:
    if joining.birth_on is None or joining.adopted_on is None:
        return True
    return age_on(joining.birth_on, joining.adopted_on) < rule.adopted_age_max


def _company(joining: Joining, rule: CompanyWaiver, calendar: BusinessCalendar) -> Reason | None:
    if not _is_company(joining) or joining.contract_lives < rule.lives_min:
        return None
    if not _in_window(joining, rule.window_days, calendar):
        return None
    return Reason(
        "DS-009",
        "company_in_time",
        f"Contrato empresarial com {rule.lives_min} vidas ou mais e pedido em até "
        f"{rule.window_days} dias da assinatura ou do vínculo.",
    )


def _affiliation(joining: Joining, rule: Affiliation, calendar: BusinessCalendar) -> Reason | None:
    if joining.contract_kind != "by_affiliation" or rule.declares:
        return None
    if not _in_window(joining, rule.window_days, calendar):
        return None
    return Reason(
        "DS-010", "affiliation_in_time", "Coletivo por adesão dentro da janela, sem declaração."
    )


def _declares(joining: Joining, rules: RuleSet) -> Reason:
    if joining.contract_kind == "by_affiliation":
        return Reason("DS-010", "by_affiliation", "Coletivo por adesão: há declaração de saúde.")
    if not _is_company(joining):
        return Reason("DS-007", "individual", "Contrato individual: há declaração de saúde.")
    rule = rules.company
    if joining.contract_lives < rule.lives_min:
        return Reason(
            "DS-009",
            "company_small",
            f"Contrato empresarial com menos de {rule.lives_min} vidas: há declaração de saúde.",
        )
    return Reason(
        "DS-009",
        "company_late",
        f"Pedido depois de {rule.window_days} dias da assinatura do contrato e do vínculo: "
        "há declaração de saúde.",
    )


def _is_company(joining: Joining) -> bool:
    return joining.contract_kind in ("company", "sole_trader")


def _in_window(joining: Joining, days: int, calendar: BusinessCalendar) -> bool:
    anchors = (joining.contract_signed_on, joining.linked_on)
    return any(
        anchor is not None and joining.requested_on <= calendar.term_ends_on(anchor, days)
        for anchor in anchors
    )


def signs_alone(birth_on: date | None, on: date, full_age: int) -> bool:
    """Whether somebody may answer and sign with no representative that day (domain DS-12).

    Nobody opens a form whose birth date is unknown: there is nothing to decide then.
    """
    return birth_on is None or age_on(birth_on, on) >= full_age


def age_on(birth_on: date, on: date) -> int:
    """Whole years lived on a day; who was born on 29 February turns a year older on 1 March."""
    return on.year - birth_on.year - ((on.month, on.day) < (birth_on.month, birth_on.day))
