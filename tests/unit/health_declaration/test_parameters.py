"""Parameters of the law: all there, all typed, or the document is refused."""

import copy
import re
from typing import Any, Literal, get_args, get_origin

import pytest
import yaml
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from services.health_declaration.rules.base import Parameters
from services.health_declaration.rules.parameters import RuleSet, parse_rule_set
from services.health_declaration.rules.publication import CellProblem, check_parameters
from tests.unit.health_declaration.conftest import DATA, document

PRODUCT = parse_rule_set(document("rules.v1.yaml"))


def edited(document: dict[str, Any], rule: str, **params: Any) -> dict[str, Any]:
    changed = copy.deepcopy(document)
    entry = next(one for one in changed["rules"] if one["id"] == rule)
    entry["params"].update({name.replace("__", "."): value for name, value in params.items()})
    return changed


def with_param(document: dict[str, Any], rule: str, name: str, value: Any) -> dict[str, Any]:
    return edited(document, rule, **{name: value})


def refusals(document: dict[str, Any], name: str, value: Any) -> tuple[CellProblem, ...]:
    """What keeps the parameters from being published with this cell of DS-005."""
    return check_parameters(with_param(document, "DS-005", name, value), [], PRODUCT)


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
    assert rules.letter.mandatory
    assert rules.requested_cids.vague == ("R00-R99", "Z00-Z99")
    assert not rules.requested_cids.mixed_to_auditor
    assert rules.forbidden.cids == ("O00-O99", "Z32-Z39")
    assert rules.calendar.extends
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
        ("DS-002", {"cpt__escopo": ["PAC", "LEITO_AT", "EXAMES"]}, "DS-002.cpt.escopo"),
        ("DS-002", {"cpt__clausula": ""}, "DS-002.cpt.clausula"),
        ("DS-002", {"cpt__norma": "   "}, "DS-002.cpt.norma"),
        ("DS-004", {"cpt__oferta_tardia": True}, "DS-004.cpt.oferta_tardia"),
        ("DS-005", {"ds__cids_proibidos": []}, "DS-005.ds.cids_proibidos"),
        ("DS-007", {"ds__carta_obrigatoria": False}, "DS-007.ds.carta_obrigatoria"),
        ("DS-008", {"entrevista__opcoes": ["OPERADORA", "PROPRIO"]}, "DS-008.entrevista.opcoes"),
        ("DS-012", {"port__min_anos": 2}, "DS-012.port.min_anos"),
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


@pytest.mark.parametrize(
    ("rule", "name", "last", "beyond", "sentence"),
    [
        (
            "DS-001",
            "cpt.meses_max",
            24,
            25,
            "no máximo 24: é o limite da lei (Lei 9.656/1998, art. 11)",
        ),
        (
            "DS-009",
            "empresarial.vidas_min",
            30,
            31,
            "no máximo 30: é o limite da lei (RN ANS 557/2022)",
        ),
        (
            "DS-009",
            "empresarial.janela_dias",
            30,
            29,
            "no mínimo 30: é o limite da lei (RN ANS 557/2022)",
        ),
        (
            "DS-010",
            "adesao.janela_dias",
            30,
            29,
            "no mínimo 30: é o limite da lei (RN ANS 557/2022)",
        ),
        (
            "DS-011",
            "rn.prazo_dias",
            30,
            29,
            "no mínimo 30: é o limite da lei (Lei 9.656/1998, art. 12, III)",
        ),
        (
            "DS-011",
            "adotivo.idade_max",
            12,
            11,
            "no mínimo 12: é o limite da lei (Lei 9.656/1998, art. 12, VII)",
        ),
        (
            "POL-002",
            "declaracao.maioridade_anos",
            18,
            17,
            "no mínimo 18: é o limite da lei (Código Civil, art. 5)",
        ),
    ],
)
def test_an_operator_may_be_more_generous_than_the_law_never_less(
    rule: str, name: str, last: int, beyond: int, sentence: str, rules_document: dict[str, Any]
) -> None:
    generous = last + (last - beyond)
    for value in (last, generous):
        assert check_parameters(with_param(rules_document, rule, name, value), [], PRODUCT) == ()
    assert check_parameters(with_param(rules_document, rule, name, beyond), [], PRODUCT) == (
        CellProblem(f"{rule}.{name}", sentence),
    )


@pytest.mark.parametrize("subject", ["HABITOS", "SINTOMAS", "MEDICAMENTOS"])
def test_what_the_law_forbids_to_ask_stays_forbidden(
    subject: str, rules_document: dict[str, Any], rules: RuleSet
) -> None:
    subjects, words = rules.forbidden.subjects, dict(rules.forbidden.words)
    fewer = [one for one in subjects if one != subject]
    assert refusals(rules_document, "ds.perguntas_proibidas", fewer) == (
        CellProblem("DS-005", f"{subject} é sempre assunto proibido (RN ANS 558/2022)"),
    )
    for wordless in ({**words, subject: []}, {k: v for k, v in words.items() if k != subject}):
        assert refusals(rules_document, "ds.palavras", wordless) == (
            CellProblem("DS-005", f"faltam as palavras do assunto proibido {subject}"),
        )
    first, second, *rest = words[subject]
    assert refusals(rules_document, "ds.palavras", {**words, subject: rest}) == (
        CellProblem(
            f"DS-005.ds.palavras.{subject}",
            f"faltam palavras que o produto sempre proíbe: {first}, {second}",
        ),
    )
    more = {**words, subject: ["outra", *words[subject]]}
    assert refusals(rules_document, "ds.palavras", more) == ()


def test_a_subject_of_the_operator_needs_words_too(rules_document: dict[str, Any]) -> None:
    subjects = ["HABITOS", "SINTOMAS", "MEDICAMENTOS", "GENOMA"]
    assert refusals(rules_document, "ds.perguntas_proibidas", subjects) == (
        CellProblem("DS-005", "faltam as palavras do assunto proibido GENOMA"),
    )


@pytest.mark.parametrize(
    ("cids", "gone"),
    [
        (["O00-O99"], ["Z32-Z39"]),
        (["O01-O99", "Z32-Z38"], ["O00-O99", "Z32-Z39"]),
        (["O00-O98", "Z33-Z39"], ["O00-O99", "Z32-Z39"]),
        (["N80-O99", "Z30-Z40"], []),
    ],
)
def test_pregnancy_never_enters_a_cpt(
    cids: list[str], gone: list[str], rules_document: dict[str, Any]
) -> None:
    assert refusals(rules_document, "ds.cids_proibidos", cids) == tuple(
        CellProblem("DS-005.ds.cids_proibidos", f"falta a faixa que o produto sempre proíbe: {one}")
        for one in gone
    )


def test_every_parameter_has_a_reader_or_is_a_statement_of_the_law() -> None:
    """What can have one value only is no switch: a draft that changes it is refused."""
    declared = ("law.py", "policy.py", "parameters.py")
    files = [p.read_text() for p in DATA.parent.rglob("*.py") if p.name not in declared]
    dead = [
        f"{rule}.{name}"
        for rule, group in RuleSet.model_fields.items()
        if rule != "version"
        for name, field in parameters_of(group).items()
        if not fixed(field.annotation) and not any(reads(code, rule, group, name) for code in files)
    ]
    assert dead == []


def reads(code: str, rule: str, group: FieldInfo, name: str) -> bool:
    """Whether a file speaks of the rule and takes this parameter of something."""
    kind = getattr(group.annotation, "__name__", "")
    return bool(re.search(rf"\.{rule}\b|\b{kind}\b", code) and re.search(rf"\.{name}\b", code))


def parameters_of(group: FieldInfo) -> dict[str, FieldInfo]:
    kind = group.annotation
    assert isinstance(kind, type)
    assert issubclass(kind, Parameters)
    shared = Parameters.model_fields
    return {name: field for name, field in kind.model_fields.items() if name not in shared}


def fixed(annotation: Any) -> bool:
    """Whether a type has one value only."""
    inside = get_args(annotation)
    if get_origin(annotation) is tuple:
        return Ellipsis not in inside and all(fixed(one) for one in inside)
    return get_origin(annotation) is Literal and len(inside) == 1


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
