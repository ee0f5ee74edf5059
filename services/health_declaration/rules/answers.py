"""Are these answers complete and possible under the question set they were asked with?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from services.health_declaration.rules.questionnaire import FollowUp, Question, QuestionSet


@dataclass(frozen=True, slots=True)
class Answer:
    """Yes or no, and the follow-ups where yes."""

    yes: bool
    follow_ups: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one answer; `follow_up` when one of them is concerned."""

    question: str
    code: str
    text: str
    follow_up: str | None = None


def check_answer(
    questions: QuestionSet, question_id: str, answer: Answer, latest_year: int
) -> tuple[Problem, ...]:
    """What keeps one answer from being saved. Required follow-ups are asked for when signing."""
    question = _find(questions, question_id)
    if question is None:
        return (Problem(question_id, "unknown_question", "Pergunta desconhecida."),)
    return tuple(_impossible(questions, question, answer, latest_year))


def check_complete(
    questions: QuestionSet, answers: Mapping[str, Answer], latest_year: int
) -> tuple[Problem, ...]:
    """What keeps the declaration from being signed; empty when it may."""
    return (
        *(
            problem
            for question_id, answer in answers.items()
            for problem in check_answer(questions, question_id, answer, latest_year)
        ),
        *(
            problem
            for question in questions.questions
            for problem in _missing(questions, question, answers.get(question.id))
        ),
    )


def before_birth(
    questions: QuestionSet, told: Mapping[str, Mapping[str, str]], birth_year: int
) -> bool:
    """Whether some follow-up tells a year in which the person was not yet born (domain 1.5).

    `told` holds the follow-ups by question.
    """
    return any(
        follow_up.kind == "year"
        and bool(year := told.get(question.id, {}).get(follow_up.id, "").strip())
        and int(year) < birth_year
        for question in questions.questions
        for follow_up in questions.follow_ups_of(question)
    )


def _find(questions: QuestionSet, question_id: str) -> Question | None:
    return next((one for one in questions.questions if one.id == question_id), None)


def _impossible(
    questions: QuestionSet, question: Question, answer: Answer, latest_year: int
) -> Iterator[Problem]:
    known = {one.id: one for one in questions.follow_ups_of(question)}
    for name, value in answer.follow_ups.items():
        if not answer.yes:
            text = "Complemento só onde a resposta é SIM."
            yield Problem(question.id, "follow_up_without_yes", text, name)
        elif name not in known:
            yield Problem(question.id, "unknown_follow_up", "Complemento desconhecido.", name)
        elif not _fits(known[name], value, latest_year):
            text = f"Informe o ano com quatro dígitos, até {latest_year}."
            yield Problem(question.id, "bad_year", text, name)


_EARLIEST_YEAR = 1900


def _fits(follow_up: FollowUp, value: str, latest_year: int) -> bool:
    if follow_up.kind != "year" or not value.strip():
        return True
    year = value.strip()
    return (
        len(year) == 4
        and year.isascii()
        and year.isdigit()
        and (_EARLIEST_YEAR <= int(year) <= latest_year)
    )


def _missing(
    questions: QuestionSet, question: Question, answer: Answer | None
) -> Iterator[Problem]:
    if answer is None:
        yield Problem(question.id, "unanswered", "Pergunta sem resposta.")
    elif answer.yes:
        for follow_up in questions.follow_ups_of(question):
            if follow_up.required and not answer.follow_ups.get(follow_up.id, "").strip():
                text = "Complemento obrigatório sem resposta."
                yield Problem(question.id, "missing_follow_up", text, follow_up.id)
