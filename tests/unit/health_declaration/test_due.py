"""Who declares and who does not (DS-009 to DS-012)."""

from datetime import date
from typing import Any

import pytest

from services.health_declaration.rules.calendar import BusinessCalendar
from services.health_declaration.rules.due import Joining, age_on, decide_due, signs_alone
from services.health_declaration.rules.parameters import RuleSet

SIGNED = date(2026, 3, 1)
CALENDAR = BusinessCalendar()


def joining(**changes: Any) -> Joining:
    base: dict[str, Any] = {
        "contract_kind": "company",
        "contract_signed_on": SIGNED,
        "contract_lives": 30,
        "requested_on": SIGNED,
    }
    return Joining(**{**base, **changes})


CHILD = {"contract_kind": "individual", "contract_lives": 1, "role": "dependant"}
ALONE = CHILD | {"role": "holder"}
LATE = {"requested_on": date(2026, 8, 1)}


@pytest.mark.parametrize(
    ("who", "due", "rule", "code"),
    [
        (joining(), False, "DS-009", "company_in_time"),
        (joining(contract_kind="sole_trader"), False, "DS-009", "company_in_time"),
        (joining(contract_lives=31), False, "DS-009", "company_in_time"),
        (joining(contract_lives=29), True, "DS-009", "company_small"),
        (joining(requested_on=date(2026, 2, 1)), False, "DS-009", "company_in_time"),
        (joining(requested_on=date(2026, 3, 31)), False, "DS-009", "company_in_time"),
        (joining(requested_on=date(2026, 4, 1)), True, "DS-009", "company_late"),
        (joining(**LATE, linked_on=date(2026, 7, 2)), False, "DS-009", "company_in_time"),
        (joining(**LATE, linked_on=date(2026, 7, 1)), True, "DS-009", "company_late"),
        (joining(linked_on=date(2020, 1, 1)), False, "DS-009", "company_in_time"),
        (joining(contract_lives=29, **LATE), True, "DS-009", "company_small"),
        (joining(contract_kind="individual"), True, "DS-007", "individual"),
        (joining(contract_kind="by_affiliation"), True, "DS-010", "by_affiliation"),
        (joining(contract_kind="by_affiliation", **LATE), True, "DS-010", "by_affiliation"),
        (joining(contract_kind="individual", portability=True), False, "DS-012", "portability"),
        (joining(**LATE, portability=True), False, "DS-012", "portability"),
        (joining(**CHILD, newborn_on=SIGNED), False, "DS-011", "newborn"),
        (joining(**CHILD, newborn_on=date(2026, 1, 30)), False, "DS-011", "newborn"),
        (joining(**CHILD, newborn_on=date(2026, 1, 28)), True, "DS-007", "individual"),
        (joining(**CHILD, newborn_on=date(2026, 3, 2)), True, "DS-007", "individual"),
        (joining(**ALONE, newborn_on=SIGNED), True, "DS-007", "individual"),
        (joining(**ALONE, adopted_on=SIGNED), True, "DS-007", "individual"),
        (joining(**CHILD, adopted_on=SIGNED), False, "DS-011", "adopted"),
        (joining(**CHILD, adopted_on=date(2026, 1, 30)), False, "DS-011", "adopted"),
        (joining(**CHILD, adopted_on=date(2026, 1, 28)), True, "DS-007", "individual"),
        (
            joining(**CHILD, adopted_on=SIGNED, birth_on=date(2014, 3, 2)),
            False,
            "DS-011",
            "adopted",
        ),
        (
            joining(**CHILD, adopted_on=SIGNED, birth_on=date(2014, 3, 1)),
            True,
            "DS-007",
            "individual",
        ),
    ],
)
def test_the_declaration_is_due_or_waived_with_the_reason(
    who: Joining, due: bool, rule: str, code: str, rules: RuleSet
) -> None:
    decision = decide_due(who, rules, CALENDAR)
    assert (decision.due, decision.reason.rule_id, decision.reason.code) == (due, rule, code)
    assert decision.rule_version == 1
    assert decision.reason.question is None


@pytest.mark.parametrize(
    ("who", "text"),
    [
        (joining(portability=True), "Portabilidade de carências: não há declaração nem CPT."),
        (
            joining(),
            "Contrato empresarial com 30 vidas ou mais e pedido em até 30 dias da assinatura "
            "ou do vínculo.",
        ),
        (
            joining(contract_lives=1),
            "Contrato empresarial com menos de 30 vidas: há declaração de saúde.",
        ),
        (
            joining(**LATE),
            "Pedido depois de 30 dias da assinatura do contrato e do vínculo: há declaração de "
            "saúde.",
        ),
        (
            joining(**CHILD, newborn_on=SIGNED),
            "Recém-nascido inscrito em até 30 dias do nascimento.",
        ),
        (joining(**CHILD, adopted_on=SIGNED), "Adotado inscrito em até 30 dias da adoção."),
        (joining(**CHILD), "Contrato individual: há declaração de saúde."),
        (
            joining(contract_kind="by_affiliation"),
            "Coletivo por adesão: há declaração de saúde.",
        ),
    ],
)
def test_the_reason_is_told_in_plain_words(who: Joining, text: str, rules: RuleSet) -> None:
    assert decide_due(who, rules, CALENDAR).reason.text == text


MONDAY, TUESDAY = date(2026, 3, 23), date(2026, 3, 24)
"""Thirty days after 2026-02-19 is Saturday the 21st of March."""


@pytest.mark.parametrize(
    "of",
    [
        {"contract_signed_on": date(2026, 2, 19)},
        {"contract_signed_on": date(2025, 2, 19), "linked_on": date(2026, 2, 19)},
        {**CHILD, "newborn_on": date(2026, 2, 19)},
        {**CHILD, "adopted_on": date(2026, 2, 19)},
        {"contract_kind": "by_affiliation", "contract_signed_on": date(2026, 2, 19)},
    ],
)
def test_a_window_that_ends_on_a_saturday_is_open_until_monday(
    of: dict[str, Any], rules: RuleSet
) -> None:
    """Civil Code art. 132 §1."""
    affiliation = rules.affiliation.model_copy(update={"declares": False})
    rules = rules.model_copy(update={"affiliation": affiliation})
    hard = BusinessCalendar(extends=False)
    asked = [(MONDAY, CALENDAR), (TUESDAY, CALENDAR), (MONDAY, hard), (date(2026, 3, 21), hard)]
    found = [decide_due(joining(**{**of, "requested_on": on}), rules, by).due for on, by in asked]
    assert found == [False, True, True, False]


def test_an_operator_may_waive_affiliation_inside_its_window(rules: RuleSet) -> None:
    waives = rules.model_copy(
        update={"affiliation": rules.affiliation.model_copy(update={"declares": False})}
    )
    inside = decide_due(joining(contract_kind="by_affiliation"), waives, CALENDAR)
    late = decide_due(joining(contract_kind="by_affiliation", **LATE), waives, CALENDAR)
    company = decide_due(joining(contract_lives=2), waives, CALENDAR)
    assert (inside.due, inside.reason.rule_id, inside.reason.code) == (
        False,
        "DS-010",
        "affiliation_in_time",
    )
    assert inside.reason.text == "Coletivo por adesão dentro da janela, sem declaração."
    assert late.due
    assert company.due


@pytest.mark.parametrize(
    ("born", "on", "age"),
    [
        ("1980-05-17", "2026-05-16", 45),
        ("1980-05-17", "2026-05-17", 46),
        ("2004-02-29", "2022-02-28", 17),
        ("2004-02-29", "2022-03-01", 18),
        ("1980-12-01", "2026-11-30", 45),
    ],
)
def test_age_is_in_whole_years(born: str, on: str, age: int) -> None:
    assert age_on(date.fromisoformat(born), date.fromisoformat(on)) == age


@pytest.mark.parametrize(
    ("born", "on", "full_age", "alone"),
    [
        ("2008-05-17", "2026-05-16", 18, False),
        ("2008-05-17", "2026-05-17", 18, True),
        ("2008-05-17", "2026-05-18", 18, True),
        ("2009-05-17", "2026-05-17", 18, False),
        ("2008-05-17", "2026-05-17", 21, False),
        ("2005-05-17", "2026-05-17", 21, True),
        ("2008-02-29", "2026-02-28", 18, False),
        ("2008-02-29", "2026-03-01", 18, True),
    ],
)
def test_who_is_of_full_age_signs_alone(born: str, on: str, full_age: int, alone: bool) -> None:
    assert signs_alone(date.fromisoformat(born), date.fromisoformat(on), full_age) is alone


def test_an_unknown_birth_date_decides_nothing() -> None:
    assert signs_alone(None, SIGNED, 18)
