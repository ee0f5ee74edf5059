"""Which question sets may be published, and which answers may be saved and signed."""

from typing import Any

import pytest
from pydantic import ValidationError

from services.health_declaration.rules.answers import (
    Answer,
    before_birth,
    check_answer,
    check_complete,
)
from services.health_declaration.rules.parameters import RuleSet
from services.health_declaration.rules.questionnaire import (
    Finding,
    Question,
    QuestionSet,
    check_publication,
    parse_question_set,
)


def small(**changes: Any) -> QuestionSet:
    document: dict[str, Any] = {
        "version": 2,
        "confidence": "policy",
        "stem": "Você sabe ser portador(a) de:",
        "follow_ups": [
            {"id": "diagnostico", "text": "Qual o diagnóstico?"},
            {"id": "ano", "text": "Em que ano soube?", "kind": "year"},
        ],
        "questions": [
            {"id": "Q01", "text": "Câncer", "impact": "alto"},
            {
                "id": "Q02",
                "text": "Nódulo",
                "impact": "medio",
                "follow_ups": [{"id": "local", "text": "Onde?", "required": False}],
            },
        ],
        **changes,
    }
    return parse_question_set(document)


def asked(text: str) -> QuestionSet:
    return small(questions=[{"id": "Q77", "text": text, "impact": "baixo"}])


def test_the_product_questionnaire_may_be_published(questions: QuestionSet, rules: RuleSet) -> None:
    assert check_publication(questions, rules) == ()
    assert len(questions.questions) == 36


def test_eleven_questions_have_high_impact_and_one_reinforced_secrecy(
    questions: QuestionSet,
) -> None:
    high = [one.id for one in questions.questions if one.impact == "alto"]
    assert high == ["Q01", "Q03", "Q04", "Q05", "Q06", "Q08", "Q12", "Q13", "Q21", "Q22", "Q33"]
    assert [one.id for one in questions.questions if one.reinforced] == ["Q22"]
    assert [one.id for one in questions.questions if one.catch_all] == ["Q36"]


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("Você é fumante?", "HABITOS"),
        ("Fuma?", "HABITOS"),
        ("É ex-fumante?", "HABITOS"),
        ("TABAGISMO", "HABITOS"),
        ("Consome bebidas alcoólicas?", "HABITOS"),
        ("Uso de álcool", "HABITOS"),
        ("É alcoolista ou alcoólatra?", "HABITOS"),
        ("É sedentário?", "HABITOS"),
        ("É sedentária?", "HABITOS"),
        ("Pratica atividade   física?", "HABITOS"),
        ("Pratica exercícios?", "HABITOS"),
        ("Usa drogas?", "HABITOS"),
        ("Tem vida sexual ativa?", "HABITOS"),
        ("Quais seus hábitos?", "HABITOS"),
        ("Tem sintomas?", "SINTOMAS"),
        ("Sente dor?", "SINTOMAS"),
        ("Tem dores nas costas?", "SINTOMAS"),
        ("Teve febre?", "SINTOMAS"),
        ("Sente-se cansado?", "SINTOMAS"),
        ("Anda cansada?", "SINTOMAS"),
        ("Tem falta de ar?", "SINTOMAS"),
        ("Algum mal-estar?", "SINTOMAS"),
        ("Toma algum remédio?", "MEDICAMENTOS"),
        ("Quais medicamentos?", "MEDICAMENTOS"),
        ("Medicação de uso contínuo?", "MEDICAMENTOS"),
        ("Usa insulina?", "MEDICAMENTOS"),
        ("Está grávida?", "GESTACAO"),
        ("É gestante?", "GESTACAO"),
        ("Previsão do parto", "GESTACAO"),
        ("Qual o seu peso?", "PESO_ALTURA"),
        ("Sua altura?", "PESO_ALTURA"),
        ("Qual o IMC?", "PESO_ALTURA"),
        ("Índice de massa corporal", "PESO_ALTURA"),
    ],
)
def test_a_forbidden_subject_cannot_be_published(text: str, subject: str, rules: RuleSet) -> None:
    found = check_publication(asked(text), rules)
    assert subject in {one.subject for one in found}
    assert {one.question for one in found} == {"Q77"}
    assert all(one.text.startswith("assunto proibido: ") for one in found)
    assert not any(one.text.endswith("*") for one in found)


@pytest.mark.parametrize(
    "text",
    [
        "Dependência química diagnosticada",
        "Doença do coração",
        "Dorsopatia diagnosticada",
        "Transtorno do sono diagnosticado",
        "Doença pulmonar obstrutiva crônica",
        "Fumarilacetoacetase",
        "Próstata aumentada",
        "Imclone",
    ],
)
def test_a_word_that_only_contains_a_forbidden_one_is_no_offence(text: str, rules: RuleSet) -> None:
    whole_words = {
        subject: tuple(word for word in words if not word.endswith("*"))
        for subject, words in rules.forbidden.words.items()
    }
    only_whole = rules.model_copy(
        update={"forbidden": rules.forbidden.model_copy(update={"words": whole_words})}
    )
    assert check_publication(asked(text), only_whole) == ()


def test_the_finding_names_the_word_once_for_each_subject(rules: RuleSet) -> None:
    assert check_publication(asked("Fuma cigarro, bebe e sente dor?"), rules) == (
        Finding("Q77", "assunto proibido: fuma", "HABITOS"),
        Finding("Q77", "assunto proibido: sente", "SINTOMAS"),
    )


def test_the_stem_and_every_follow_up_are_read_too(rules: RuleSet) -> None:
    assert [one.question for one in check_publication(small(stem="Você fuma?"), rules)] == [None]
    general = small(follow_ups=[{"id": "remedio", "text": "Qual remédio toma?"}])
    assert [one.subject for one in check_publication(general, rules)] == ["MEDICAMENTOS"]
    own = small(
        questions=[
            {
                "id": "Q01",
                "text": "Câncer",
                "impact": "alto",
                "follow_ups": [{"id": "dor", "text": "Sente dor?"}],
            }
        ]
    )
    assert [(one.question, one.subject) for one in check_publication(own, rules)] == [
        ("Q01", "SINTOMAS")
    ]


def test_weight_and_height_may_be_asked_where_the_operator_decided_so(rules: RuleSet) -> None:
    asks = rules.model_copy(
        update={"weight_height": rules.weight_height.model_copy(update={"ask": True})}
    )
    assert check_publication(asked("Qual o seu peso?"), asks) == ()
    assert check_publication(asked("Você fuma?"), asks) != ()


def test_repeated_questions_and_follow_ups_are_told(rules: RuleSet) -> None:
    one = {"id": "Q01", "text": "Câncer", "impact": "alto"}
    clash = {**one, "id": "Q02", "follow_ups": [{"id": "ano", "text": "Qual ano?"}]}
    assert check_publication(small(questions=[one, one, clash]), rules) == (
        Finding("Q01", "pergunta repetida"),
        Finding("Q02", "complemento repetido: ano"),
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"questions": []},
        {"questions": [{"id": "1", "text": "Câncer", "impact": "alto"}]},
        {"questions": [{"id": "Q01", "text": "Câncer", "impact": "alto", "cids": ["K6"]}]},
        {"questions": [{"id": "Q01", "text": "Câncer", "impact": "enorme"}]},
        {"questions": [{"id": "Q01", "text": "Câncer", "impact": "alto", "extra": 1}]},
        {"follow_ups": [{"id": "Ano", "text": "Qual ano?"}]},
    ],
)
def test_a_malformed_set_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        small(**changes)


def test_a_question_is_plain_unless_it_says_otherwise() -> None:
    question = Question.model_validate({"id": "Q01", "text": "Câncer", "impact": "alto"})
    assert (question.reinforced, question.catch_all, question.cids) == (False, False, ())
    assert [one.required for one in small().follow_ups] == [True, True]


GOOD = {"diagnostico": "Carcinoma", "ano": "2019"}


@pytest.mark.parametrize(
    ("question", "answer", "problems"),
    [
        ("Q01", Answer(False), []),
        ("Q01", Answer(True), []),
        ("Q01", Answer(True, GOOD), []),
        ("Q02", Answer(True, {**GOOD, "local": "Mama"}), []),
        ("Q01", Answer(True, {"ano": "1900"}), []),
        ("Q01", Answer(True, {"ano": "2026"}), []),
        ("Q01", Answer(True, {"ano": " 2019 "}), []),
        ("Q01", Answer(True, {"ano": " "}), []),
        ("Q99", Answer(False), [("unknown_question", None)]),
        ("Q01", Answer(False, {"ano": "2019"}), [("follow_up_without_yes", "ano")]),
        ("Q01", Answer(True, {"local": "Mama"}), [("unknown_follow_up", "local")]),
        ("Q01", Answer(True, {"ano": "2027"}), [("bad_year", "ano")]),
        ("Q01", Answer(True, {"ano": "1899"}), [("bad_year", "ano")]),
        ("Q01", Answer(True, {"ano": "19"}), [("bad_year", "ano")]),
        ("Q01", Answer(True, {"ano": "02019"}), [("bad_year", "ano")]),
        ("Q01", Answer(True, {"ano": "dois"}), [("bad_year", "ano")]),
        ("Q01", Answer(True, {"ano": "²019"}), [("bad_year", "ano")]),
        ("Q01", Answer(True, {"ano": "٢٠١٩"}), [("bad_year", "ano")]),
    ],
)
def test_an_answer_is_saved_when_it_is_possible(
    question: str, answer: Answer, problems: list[tuple[str, str | None]]
) -> None:
    found = check_answer(small(), question, answer, 2026)
    assert [(one.code, one.follow_up) for one in found] == problems
    assert {one.question for one in found} <= {question}


def test_problems_are_told_in_plain_words() -> None:
    answers = {
        "Q01": Answer(True, {"ano": "3000", "local": "x"}),
        "Q02": Answer(False, {"ano": "2000"}),
        "Q99": Answer(False),
    }
    assert [one.text for one in check_complete(small(), answers, 2026)] == [
        "Informe o ano com quatro dígitos, até 2026.",
        "Complemento desconhecido.",
        "Complemento só onde a resposta é SIM.",
        "Pergunta desconhecida.",
        "Complemento obrigatório sem resposta.",
    ]
    assert [one.text for one in check_complete(small(), {"Q02": Answer(False)}, 2026)] == [
        "Pergunta sem resposta."
    ]


@pytest.mark.parametrize(
    ("answers", "problems"),
    [
        ({"Q01": Answer(False), "Q02": Answer(False)}, []),
        ({"Q01": Answer(True, GOOD), "Q02": Answer(True, GOOD)}, []),
        ({"Q01": Answer(False)}, [("Q02", "unanswered", None)]),
        ({}, [("Q01", "unanswered", None), ("Q02", "unanswered", None)]),
        (
            {"Q01": Answer(True), "Q02": Answer(False)},
            [
                ("Q01", "missing_follow_up", "diagnostico"),
                ("Q01", "missing_follow_up", "ano"),
            ],
        ),
        (
            {"Q01": Answer(True, {**GOOD, "ano": "  "}), "Q02": Answer(False)},
            [("Q01", "missing_follow_up", "ano")],
        ),
    ],
)
def test_a_declaration_is_signed_when_every_question_is_answered(
    answers: dict[str, Answer], problems: list[tuple[str, str, str | None]]
) -> None:
    found = check_complete(small(), answers, 2026)
    assert [(one.question, one.code, one.follow_up) for one in found] == problems


@pytest.mark.parametrize(
    ("told", "before"),
    [
        ({"Q01": {"ano": "1979"}}, True),
        ({"Q01": {"ano": " 1979 "}}, True),
        ({"Q01": {"ano": "1980"}}, False),
        ({"Q01": {"ano": "1981"}}, False),
        ({"Q01": {"ano": "  "}}, False),
        ({"Q01": {"own": "1979"}}, True),
        ({"Q01": {"what": "1979"}}, False),
        ({"Q02": {"own": "1979"}}, False),
        ({"Q02": {"ano": "2001"}, "Q01": {"ano": "1900"}}, True),
        ({"Q01": {}}, False),
        ({}, False),
    ],
)
def test_a_disease_of_before_the_birth_is_inconsistent(
    told: dict[str, dict[str, str]], before: bool
) -> None:
    year = {"id": "own", "text": "Ano da cirurgia", "kind": "year"}
    what = {"id": "what", "text": "Qual diagnóstico?"}
    questions = small(
        follow_ups=[{"id": "ano", "text": "Em que ano?", "kind": "year"}],
        questions=[
            {"id": "Q01", "text": "Câncer", "impact": "alto", "follow_ups": [year, what]},
            {"id": "Q02", "text": "Hérnia", "impact": "baixo"},
        ],
    )
    assert before_birth(questions, told, 1980) is before
