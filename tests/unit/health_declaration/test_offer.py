"""What may be offered, and at what price."""

from datetime import date

from services.health_declaration.rules.cpt import CptItem
from services.health_declaration.rules.offer import OptionKind, options
from services.health_declaration.rules.parameters import RuleSet


def item(question: str) -> CptItem:
    return CptItem(
        question=question,
        cid_range="I20-I25",
        cids=("I214",),
        families=frozenset({"HEMO"}),
        months=24,
        starts_on=date(2026, 12, 1),
        ends_on=date(2028, 12, 1),
    )


def priced(rules: RuleSet, cents: dict[str, int], *, enabled: bool = True) -> RuleSet:
    offer = rules.offer.model_copy(
        update={"surcharge_enabled": enabled, "surcharge_cents": cents, "surcharge_months": 24}
    )
    return rules.model_copy(update={"offer": offer})


def test_without_any_item_only_full_coverage_is_offered(rules: RuleSet) -> None:
    (only,) = options([], priced(rules, {"Q03": 100}).offer)
    assert only.kind is OptionKind.FULL_COVERAGE
    assert only.text == "Cobertura total, sem restrição e sem acréscimo."
    assert (only.cents_per_month, only.months) == (None, None)


def test_with_an_item_the_cpt_is_offered_beside_full_coverage(rules: RuleSet) -> None:
    full, cpt = options([item("Q03")], rules.offer)
    assert (full.kind, cpt.kind) == (OptionKind.FULL_COVERAGE, OptionKind.CPT)
    assert cpt.text == (
        "Cobertura Parcial Temporária: por prazo certo, ficam suspensos só os procedimentos de "
        "alta complexidade, leitos de alta tecnologia e cirurgias ligados à doença declarada."
    )


def test_the_surcharge_adds_each_question_once(rules: RuleSet) -> None:
    enabled = priced(rules, {"Q03": 10_000, "Q10": 2_500})
    surcharge = options([item("Q03"), item("Q03"), item("Q10")], enabled.offer)[2]
    assert surcharge.kind is OptionKind.SURCHARGE
    assert (surcharge.cents_per_month, surcharge.months) == (12_500, 24)
    assert surcharge.text == (
        "Agravo: acréscimo na mensalidade, por prazo certo, com cobertura total."
    )


def test_the_surcharge_is_not_offered_when_off_or_without_every_price(rules: RuleSet) -> None:
    items = [item("Q03"), item("Q10")]
    assert len(options(items, priced(rules, {"Q03": 1, "Q10": 1}, enabled=False).offer)) == 2
    assert len(options(items, priced(rules, {"Q03": 1}).offer)) == 2
    assert len(options(items, priced(rules, {"Q03": 0, "Q10": 0}).offer)) == 3
