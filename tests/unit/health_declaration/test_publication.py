"""Drafts of each rule set: every cell and case that keeps them from being published."""

from dataclasses import replace
from typing import Any

import pytest

from services.health_declaration.rules.cpt_table import Known
from services.health_declaration.rules.official import RolRow
from services.health_declaration.rules.parameters import RuleSet
from services.health_declaration.rules.publication import (
    CellProblem,
    InForce,
    check_cpt_table,
    check_families,
    check_parameters,
    check_questionnaire,
)
from services.health_declaration.rules.questionnaire import QuestionSet
from tests.unit.health_declaration.conftest import document

CASE_FAILED = "o caso de teste não dá o resultado esperado"


@pytest.fixture(scope="session")
def in_force(rules: RuleSet, questions: QuestionSet, known: Known) -> InForce:
    return InForce(rules, questions, known, document("cpt_table.v1.yaml"))


def test_the_product_sets_may_be_published(
    known: Known, rules: RuleSet, rol: tuple[RolRow, ...], in_force: InForce
) -> None:
    assert check_parameters(document("rules.v1.yaml"), [], rules) == ()
    assert check_questionnaire(document("questions.v1.yaml"), [], in_force) == ()
    assert check_cpt_table(document("cpt_table.v1.yaml"), [], known, rules) == ()
    assert check_families(document("families.v1.yaml"), [], lambda _version: rol, in_force) == ()


def test_cases_of_the_parameters_are_interview_profiles(rules: RuleSet) -> None:
    cases = [
        {"declared": {"Q01": "alto"}, "age": 20, "needed": True},
        {"declared": {}, "age": 20, "needed": True},
        {"declared": {}, "age": 20, "divergence": True, "needed": True},
        {"declared": {}, "age": 20, "guidance_requested": True, "needed": True},
        {"declared": {}, "age": 20, "inconsistent_text": True, "needed": False},
    ]
    assert check_parameters(document("rules.v1.yaml"), cases, rules) == (
        CellProblem("cases.1", CASE_FAILED),
        CellProblem("cases.4", CASE_FAILED),
    )


def test_a_wrong_cell_is_told_by_its_place(rules: RuleSet) -> None:
    broken = document("rules.v1.yaml")
    del broken["rules"][0]["params"]["cpt.meses_max"]
    broken["rules"][8]["params"]["empresarial.vidas_min"] = "trinta"
    broken["rules"][6]["params"]["nova"] = 1
    assert check_parameters(broken, [], rules) == (
        CellProblem("DS-001.cpt.meses_max", "falta este campo"),
        CellProblem("DS-007.nova", "campo desconhecido"),
        CellProblem("DS-009.empresarial.vidas_min", "valor inválido"),
    )


def test_a_repeated_rule_is_told(rules: RuleSet) -> None:
    broken = document("rules.v1.yaml")
    broken["rules"].append(broken["rules"][0])
    assert check_parameters(broken, [], rules) == (
        CellProblem("rules", "regra repetida no documento: DS-001"),
    )


def test_a_case_that_cannot_be_read_is_told(rules: RuleSet) -> None:
    assert check_parameters(document("rules.v1.yaml"), [{"age": 1, "needed": True}], rules) == (
        CellProblem("cases.0.declared", "falta este campo"),
    )


def bare(in_force: InForce) -> InForce:
    """The same with a CPT table of no rows and a form of one question without families."""
    table = {**document("cpt_table.v1.yaml"), "rows": [], "cases": [], "catch_all": []}
    one = in_force.questions.questions[0].model_copy(update={"families": ()})
    form = in_force.questions.model_copy(update={"questions": (one,)})
    return replace(in_force, table=table, questions=form)


def test_a_questionnaire_is_checked_for_subjects_codes_and_cases(in_force: InForce) -> None:
    in_force = bare(in_force)
    draft: dict[str, Any] = {
        "version": 2,
        "confidence": "policy",
        "stem": "Você sabe ser portador(a) de:",
        "questions": [
            {"id": "Q01", "text": "Fuma?", "impact": "alto"},
            {
                "id": "Q02",
                "text": "Hemorroida",
                "impact": "baixo",
                "cids": ["I84", "K64"],
                "families": ["CIR_PROCTO", "NADA"],
            },
        ],
    }
    cases = [
        {"text": "Você bebe?", "forbidden": True},
        {"text": "Câncer", "forbidden": True},
        {"text": "Fuma?", "forbidden": False},
        {"text": "Câncer", "forbidden": False},
    ]
    assert check_questionnaire(draft, cases, in_force) == (
        CellProblem("Q01", "assunto proibido: fuma"),
        CellProblem("Q02", "CID fora da tabela oficial: K64"),
        CellProblem("Q02", "família desconhecida: NADA"),
        CellProblem("cases.1", CASE_FAILED),
        CellProblem("cases.2", CASE_FAILED),
    )
    stem = {**draft, "stem": "Sente dor?", "questions": draft["questions"][1:]}
    assert check_questionnaire(stem, [], in_force)[0] == CellProblem(
        "questions", "assunto proibido: sente"
    )


def test_a_cpt_table_is_checked_with_its_own_cases_and_those_of_the_draft(
    known: Known, rules: RuleSet
) -> None:
    draft: dict[str, Any] = {
        "version": 2,
        "confidence": "policy",
        "months": 24,
        "rows": [{"q": "Q03", "cid": "I20-I25", "families": ["HEMO"], "months": 30}],
        "cases": [{"q": "Q03", "cid": "I20", "families": ["IMG"]}],
    }
    cases = [{"q": "Q03", "cid": "I21", "families": []}]
    failed = "O caso de teste não dá as famílias esperadas."
    assert check_cpt_table(draft, cases, known, rules) == (
        CellProblem("Q03 I20-I25", "Meses devem ir de 1 a 24."),
        CellProblem("Q03 I20", failed),
        CellProblem("Q03 I21", failed),
    )
    assert check_cpt_table({**draft, "cases": 3}, [], known, rules) == (
        CellProblem("Q03 I20-I25", "Meses devem ir de 1 a 24."),
    )
    bad = {**draft, "rows": [{"q": "Q03", "cid": "I25-I20", "families": ["HEMO"]}]}
    assert check_cpt_table(bad, [], known, rules) == (
        CellProblem("rows.0.cid", "faixa de CID inválida: o começo vem depois do fim"),
    )


def test_families_are_checked_against_the_rol(rol: tuple[RolRow, ...], in_force: InForce) -> None:
    draft = document("families.v1.yaml")
    draft["families"]["VAZIA"] = [{"grupo": "NADA"}]
    cases = [
        {"tuss": "41101014", "families": ["IMG"], "restrictable": "yes"},
        {"tuss": "41101014", "families": ["IMG"], "restrictable": "no"},
        {"tuss": "41101014", "families": ["HEMO"], "restrictable": "yes"},
        {"tuss": "10101012", "families": [], "restrictable": "no"},
    ]
    assert check_families(draft, cases, lambda _version: rol, in_force) == (
        CellProblem("VAZIA", "família sem nenhum procedimento"),
        CellProblem("cases.1", CASE_FAILED),
        CellProblem("cases.2", CASE_FAILED),
    )


@pytest.mark.parametrize("broken", [{}, {"version": "x"}])
def test_an_empty_draft_names_what_is_missing(
    broken: dict[str, Any], in_force: InForce, rules: RuleSet, rol: tuple[RolRow, ...]
) -> None:
    for problems in (
        check_parameters(broken, [], rules),
        check_questionnaire(broken, [], in_force),
        check_cpt_table(broken, [], in_force.known, rules),
        check_families(broken, [], lambda _version: rol, in_force),
    ):
        assert any(one.reason == "falta este campo" for one in problems)


def test_a_family_that_the_table_or_the_form_in_force_names_is_not_taken_away(
    rol: tuple[RolRow, ...], in_force: InForce
) -> None:
    draft = document("families.v1.yaml")
    draft["families"]["MAXILA"] = draft["families"].pop("CIR_BMF")
    problems = check_families(draft, [], lambda _version: rol, in_force)
    assert problems == (
        CellProblem("cpt_table Q36 K07", "tabela da CPT em vigor: Família desconhecida: CIR_BMF."),
        CellProblem("questionnaire Q36", "questionário em vigor: família desconhecida: CIR_BMF"),
    )
    assert check_families(draft, [], lambda _version: rol, bare(in_force)) == ()


def test_a_question_that_the_table_in_force_names_is_not_taken_away(in_force: InForce) -> None:
    draft = document("questions.v1.yaml")
    draft["questions"] = [one for one in draft["questions"] if one["id"] != "Q26"]
    assert check_questionnaire(draft, [], in_force) == (
        CellProblem("cpt_table Q26 G47.3", "tabela da CPT em vigor: Pergunta desconhecida."),
    )
    assert check_questionnaire(draft, [], bare(in_force)) == ()
