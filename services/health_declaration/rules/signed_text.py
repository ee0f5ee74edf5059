"""The text a proponent reads and signs: the same declaration always gives the same characters."""

import hashlib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from services.health_declaration.rules.answers import Answer
from services.health_declaration.rules.questionnaire import Question, QuestionSet

GUIDANCE = {
    "operator_doctor": "por médico indicado pela operadora, sem custo",
    "own_doctor": "por médico de minha escolha, por minha conta",
    "waived": "dispensei a orientação de médico",
}
_UNDECIDED = "ainda não escolhida"
_UNANSWERED = "(sem resposta)"
_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Present:
    """Who took part in the sale; `cpf` is eleven digits."""

    name: str
    cpf: str


@dataclass(frozen=True, slots=True)
class Read:
    """A text that was read and acknowledged: its version, and what it said."""

    version: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """Everything that is signed. `mark` is unguessable: the text's hash then tells no answer."""

    mark: str
    answers_version: int
    person: str
    respondent: str | None
    """Who answers for the person; None when they are the same."""
    letter: Read | None
    """None before the letter was acknowledged; so the next two."""
    privacy: Read | None
    terms: Read | None
    guidance: str | None
    intermediary: Present | None
    questions: QuestionSet
    answers: Mapping[str, Answer]


def signed_text(declared: Declared) -> str:
    """The canonical text: Portuguese, NFC, one line per fact, each ended by a line feed."""
    lines = (*_heading(declared), "", declared.questions.stem, *_answers(declared))
    return unicodedata.normalize("NFC", "".join(f"{line}\n" for line in lines))


def text_hash(text: str) -> str:
    """SHA-256 of the text in UTF-8, in lower-case hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def _heading(declared: Declared) -> Iterator[str]:
    yield "DECLARAÇÃO DE SAÚDE"
    yield f"Documento: {declared.mark}"
    yield f"Versão das respostas: {declared.answers_version}"
    yield f"Pessoa: {_line(declared.person)}"
    if declared.respondent is not None:
        yield f"Respondida por: {_line(declared.respondent)}"
    yield f"Carta de orientação: {_read(declared.letter)}"
    yield f"Aviso de privacidade: {_read(declared.privacy)}"
    yield f"Termos de uso: {_read(declared.terms)}"
    yield f"Orientação: {GUIDANCE.get(declared.guidance or '', _UNDECIDED)}"
    yield f"Intermediário presente: {_present(declared.intermediary)}"


def _read(notice: Read | None) -> str:
    if notice is None:
        return "ainda sem leitura"
    # The version alone would not prove what it said.
    digest = text_hash(notice.text)[:_DIGITS]
    return f"li e entendi a versão {_line(notice.version)} (SHA-256 {digest})"


def _present(intermediary: Present | None) -> str:
    if intermediary is None:
        return "nenhum"
    cpf = intermediary.cpf
    return f"{_line(intermediary.name)}, CPF {cpf[:3]}.{cpf[3:6]}.{cpf[6:9]}-{cpf[9:]}"


def _answers(declared: Declared) -> Iterator[str]:
    for question in declared.questions.questions:
        yield ""
        yield f"{question.id}. {question.text}"
        yield from _answer(declared.questions, question, declared.answers.get(question.id))


def _answer(questions: QuestionSet, question: Question, answer: Answer | None) -> Iterator[str]:
    if answer is None:
        yield f"Resposta: {_UNANSWERED}"
        return
    yield f"Resposta: {'SIM' if answer.yes else 'NÃO'}"
    for follow_up in questions.follow_ups_of(question) if answer.yes else ():
        said = _line(answer.follow_ups.get(follow_up.id, ""))
        yield f"- {follow_up.text} {said or _UNANSWERED}"


def _line(text: str) -> str:
    """One line, so that nothing typed can pass for a line of the document."""
    return " ".join(text.split())
