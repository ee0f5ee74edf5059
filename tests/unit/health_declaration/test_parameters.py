"""Parameters of the law: all there, all typed, or the document is refused."""

import copy
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from services.health_declaration.rules.parameters import RuleSet, parse_rule_set
from tests.unit.health_declaration.conftest import DATA


def edited(document: dict[str, Any], rule: str, **params: Any) -> dict[str, Any]:
    changed = copy.deepcopy(document)
    entry = next(one for one in changed["rules"] if one["id"] == rule)
    entry["params"].update({name.replace("__", "."): value for name, value in params.items()})
    return changed


def test_the_product_rules_have_the_values_of_the_sources(rules: RuleSet) -> None:
    assert rules.version == 1
    assert rules.cpt_limit.months_max == 24
    assert (rules.company.lives_min, rules.company.window_days) == (30, 30)
    assert (rules.newborn.days, rules.newborn.adopted_age_max) == (30, 12)
    assert (rules.interview.yes_count, rules.interview.age) == (3, 59)
    assert rules.interview.impacts == {"alto"}
    assert rules.deadlines.reminder_days == (1, 3, 5)
    assert rules.deadlines.link_ttl_days == 7
    assert not rules.offer.surcharge_enabled
    assert not rules.weight_height.ask
    assert not rules.late_offer.allowed
    assert rules.letter.version == "ANS-558"
    assert rules.interview_terms.max_no_shows == 2
    assert rules.calendar.extra_holidays == frozenset()


def test_every_rule_says_its_source_and_confidence(rules: RuleSet) -> None:
    sureness = {"seen", "seen-2nd", "memory", "policy", "calc"}
    for name in type(rules).model_fields:
        if name != "version":
            rule = getattr(rules, name)
            assert rule.source
            assert set(rule.confidence.split("/")) <= sureness


def test_the_rule_set_survives_json(rules: RuleSet) -> None:
    again = RuleSet.model_validate(rules.model_dump(mode="json", by_alias=True))
    assert again == rules


@pytest.mark.parametrize(
    ("rule", "params", "where"),
    [
        ("DS-001", {"cpt__meses_max": 0}, "DS-001.cpt.meses_max"),
        ("DS-001", {"cpt__meses_max": "muitos"}, "DS-001.cpt.meses_max"),
        ("DS-001", {"desconhecido": 1}, "DS-001.desconhecido"),
        ("DS-003", {"cpt__oferta_obrigatoria": False}, "DS-003.cpt.oferta_obrigatoria"),
        ("DS-003", {"agravo__centavos_por_mes": {"Q03": -1}}, "DS-003.agravo.centavos_por_mes"),
        ("DS-014", {"omissao__bloqueia_negativa": False}, "DS-014.omissao.bloqueia_negativa"),
        ("DS-015", {"lgpd__selecao_risco": True}, "DS-015.lgpd.selecao_risco"),
        ("DS-017", {"trig__grupos": ["habitos"]}, "DS-017.trig.grupos"),
        ("DS-016", {"ds__link_ttl_dias": -1}, "DS-016.ds.link_ttl_dias"),
        ("POL-001", {"codigo__tentativas": 0}, "POL-001.codigo.tentativas"),
        ("CAL-001", {"cal__feriados_extra": ["2026-13-01"]}, "CAL-001.cal.feriados_extra"),
    ],
)
def test_a_wrong_parameter_refuses_the_document(
    rule: str, params: dict[str, Any], where: str, rules_document: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError) as refused:
        parse_rule_set(edited(rules_document, rule, **params))
    (error,) = refused.value.errors()
    assert ".".join(map(str, error["loc"])).startswith(where)


def test_a_missing_an_unknown_and_a_repeated_rule_refuse_the_document(
    rules_document: dict[str, Any],
) -> None:
    entries = rules_document["rules"]
    missing = {"version": 1, "rules": entries[1:]}
    unknown = {"version": 1, "rules": [*entries, {**entries[0], "id": "XX-001"}]}
    twice = {"version": 1, "rules": [*entries, entries[0], entries[2]]}
    with pytest.raises(ValueError, match="DS-001"):
        parse_rule_set(missing)
    with pytest.raises(ValueError, match="XX-001"):
        parse_rule_set(unknown)
    with pytest.raises(ValueError, match=r"^regra repetida no documento: DS-001, DS-003$"):
        parse_rule_set(twice)


def test_an_extra_holiday_and_a_price_are_parameters(rules_document: dict[str, Any]) -> None:
    holiday = yaml.safe_load("2026-12-08")
    changed = edited(rules_document, "CAL-001", cal__feriados_extra=[holiday])
    assert parse_rule_set(changed).calendar.extra_holidays == {holiday}
    priced = edited(rules_document, "DS-003", agravo__centavos_por_mes={"Q03": 15_000})
    assert parse_rule_set(priced).offer.surcharge_cents == {"Q03": 15_000}


def test_every_open_point_is_listed_for_legal(rules_document: dict[str, Any]) -> None:
    """What is not read in its own source waits for somebody's yes, rule by rule."""
    text = (DATA.parents[2] / "docs" / "legal-open-points.md").read_text()
    unsure = [one["id"] for one in rules_document["rules"] if one["confidence"] != "seen"]
    assert [rule for rule in unsure if f"| {rule} |" not in text] == []
