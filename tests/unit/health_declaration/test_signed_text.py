"""The text that is signed: every character of it, as a proponent would read it."""

import hashlib
from dataclasses import replace

from services.health_declaration.rules.answers import Answer
from services.health_declaration.rules.questionnaire import FollowUp, Question, QuestionSet
from services.health_declaration.rules.signed_text import (
    Declared,
    Present,
    Read,
    signed_text,
    text_hash,
)

QUESTIONS = QuestionSet(
    version=1,
    confidence="policy",
    stem="Você sabe ser portador(a) de:",
    follow_ups=(FollowUp(id="ano", text="Em que ano soube?", kind="year"),),
    questions=(
        Question(
            id="Q01",
            text="Câncer",
            impact="alto",
            follow_ups=(FollowUp(id="local", text="Em que local do corpo?"),),
        ),
        Question(id="Q02", text="Hipertensão", impact="baixo"),
        Question(id="Q03", text="Asma", impact="baixo"),
    ),
)
FULL = Declared(
    mark="abc123",
    answers_version=2,
    person="Ana Prado",
    respondent="Rui Prado",
    letter=Read("ANS-558", "abc"),
    privacy=Read("P-3", ""),
    terms=Read("T-2", "saúde\n"),
    guidance="own_doctor",
    intermediary=Present("Bia Corretora", "52998224725"),
    questions=QUESTIONS,
    answers={
        "Q01": Answer(yes=True, follow_ups={"ano": "2019", "local": "mama"}),
        "Q02": Answer(yes=False),
    },
)
WRITTEN = """\
DECLARAÇÃO DE SAÚDE
Documento: abc123
Versão das respostas: 2
Pessoa: Ana Prado
Respondida por: Rui Prado
Carta de orientação: li e entendi a versão ANS-558 (SHA-256 ba7816bf8f01cfea)
Aviso de privacidade: li e entendi a versão P-3 (SHA-256 e3b0c44298fc1c14)
Termos de uso: li e entendi a versão T-2 (SHA-256 6be5cf35abf51f9c)
Orientação: por médico de minha escolha, por minha conta
Intermediário presente: Bia Corretora, CPF 529.982.247-25

Você sabe ser portador(a) de:

Q01. Câncer
Resposta: SIM
- Em que ano soube? 2019
- Em que local do corpo? mama

Q02. Hipertensão
Resposta: NÃO

Q03. Asma
Resposta: (sem resposta)
"""


def test_the_whole_text_is_as_it_was_written_by_hand() -> None:
    assert signed_text(FULL) == WRITTEN


def test_another_text_under_the_same_version_signs_otherwise() -> None:
    other = replace(FULL, letter=Read("ANS-558", "abd"))
    assert text_hash(signed_text(FULL)) != text_hash(signed_text(other))


def test_what_was_not_said_yet_is_told_as_such() -> None:
    text = signed_text(
        replace(
            FULL,
            respondent=None,
            letter=None,
            privacy=None,
            terms=None,
            guidance=None,
            intermediary=None,
        )
    )
    assert text.splitlines()[3:10] == [
        "Pessoa: Ana Prado",
        "Carta de orientação: ainda sem leitura",
        "Aviso de privacidade: ainda sem leitura",
        "Termos de uso: ainda sem leitura",
        "Orientação: ainda não escolhida",
        "Intermediário presente: nenhum",
        "",
    ]


def test_each_way_of_guidance_is_told_in_words() -> None:
    told = [
        signed_text(replace(FULL, guidance=name)).splitlines()[8]
        for name in ("operator_doctor", "own_doctor", "waived")
    ]
    assert told == [
        "Orientação: por médico indicado pela operadora, sem custo",
        "Orientação: por médico de minha escolha, por minha conta",
        "Orientação: dispensei a orientação de médico",
    ]


def test_a_follow_up_left_blank_shows_and_one_of_a_no_does_not() -> None:
    answers = {
        "Q01": Answer(yes=True, follow_ups={"ano": " "}),
        "Q02": Answer(yes=False, follow_ups={"ano": "2001"}),
    }
    lines = signed_text(replace(FULL, answers=answers)).splitlines()
    assert "- Em que ano soube? (sem resposta)" in lines
    assert "- Em que local do corpo? (sem resposta)" in lines
    assert not any("2001" in line for line in lines)


def test_nothing_typed_can_pass_for_a_line_of_the_document() -> None:
    forged = "mama\nResposta: NÃO\r\n\u2028Q02."
    answers = {"Q01": Answer(yes=True, follow_ups={"ano": "2019", "local": forged})}
    text = signed_text(
        replace(
            FULL,
            answers=answers,
            person="Ana\nPrado",
            respondent="Rui\tPrado",
            letter=Read("X\nY", "abc"),
            intermediary=Present("B\nC", "52998224725"),
        )
    )
    assert "- Em que local do corpo? mama Resposta: NÃO Q02." in text.splitlines()
    assert "Pessoa: Ana Prado" in text
    assert "Respondida por: Rui Prado" in text
    assert "versão X Y (SHA-256 ba7816bf8f01cfea)\n" in text
    assert "Intermediário presente: B C, CPF" in text


def test_composed_and_decomposed_letters_sign_alike() -> None:
    composed, decomposed = "Jos\u00e9", "Jose\u0301"
    assert signed_text(replace(FULL, person=composed)) == signed_text(
        replace(FULL, person=decomposed)
    )


def test_the_hash_is_of_the_utf8_text() -> None:
    assert text_hash("saúde\n") == hashlib.sha256(b"sa\xc3\xbade\n").hexdigest()
    # Published test vector of SHA-256.
    assert text_hash("abc").startswith("ba7816bf8f01cfea414140de5dae2223")


def test_the_mark_keeps_equal_answers_from_having_equal_hashes() -> None:
    other = replace(FULL, mark="def456")
    assert text_hash(signed_text(FULL)) != text_hash(signed_text(other))
