"""The six steps of the declaration: what is asked where, what is missing, where one goes on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from contracts.health_declaration.public import Answer, AnswerIn, FollowUp, Form, Question
from services.console.rules import formats

LETTER, QUESTIONS, DETAILS, REVIEW = "/carta", "/perguntas", "/detalhes", "/revisao"
SIGNATURE, STANDING = "/assinatura", "/situacao"
OPEN = ("invited", "filling")
"""Stages in which the form may still be changed."""
_AT_ONCE = 9
"""Questions on one page where their author grouped none."""
_LONGEST_DETAIL = 2000
UNANSWERED = "Escolha sim ou não."
MISSING = "Responda este complemento."
TOO_LONG = "O texto tem {} caracteres. Escreva no máximo 2.000."


@dataclass(frozen=True)
class Group:
    """Questions asked on one page."""

    number: int
    title: str
    questions: tuple[Question, ...]

    @property
    def path(self) -> str:
        """Where they are asked."""
        return f"{QUESTIONS}/{self.number}"


@dataclass(frozen=True)
class Told:
    """One question as it stands in the review."""

    question: Question
    answer: Answer | None
    missing: tuple[FollowUp, ...]


def groups(form: Form) -> tuple[Group, ...]:
    """The pages of questions, in the order in which their first one comes."""
    by_title: dict[str, list[Question]] = {}
    for number, question in enumerate(form.questions):
        title = question.group or f"Perguntas, parte {number // _AT_ONCE + 1}"
        by_title.setdefault(title, []).append(question)
    return tuple(
        Group(number, title, tuple(asked))
        for number, (title, asked) in enumerate(by_title.items(), 1)
    )


def answers(form: Form) -> dict[str, Answer]:
    """What was answered, by question."""
    return {one.question_id: one for one in form.answers}


def declared(form: Form) -> tuple[Told, ...]:
    """The questions answered yes, which ask for details."""
    return tuple(one for one in told(form) if one.answer and one.answer.answer == "yes")


def told(form: Form) -> tuple[Told, ...]:
    """Every question with its answer."""
    given = answers(form)
    return tuple(_told(question, given.get(question.id)) for question in form.questions)


def _told(question: Question, answer: Answer | None) -> Told:
    if answer is None or answer.answer == "no":
        return Told(question, answer, ())
    missing = (one for one in question.follow_ups if _lacks(one, answer.details))
    return Told(question, answer, tuple(missing))


def _lacks(asked: FollowUp, details: Mapping[str, str]) -> bool:
    return asked.required and not details.get(asked.id, "").strip()


def place(form: Form) -> str:
    """Where the person goes on."""
    if form.stage not in OPEN:
        return STANDING
    if not form.letter_acknowledged:
        return LETTER
    known = answers(form)
    for group in groups(form):
        if any(question.id not in known for question in group.questions):
            return group.path
    return DETAILS if any(one.missing for one in declared(form)) else REVIEW


def given(
    group: Group, typed: Mapping[str, str], known: Mapping[str, Answer]
) -> dict[str, AnswerIn]:
    """What was chosen on a page; details told before stay while the answer stays yes."""
    chosen: dict[str, AnswerIn] = {}
    for question in group.questions:
        said = typed.get(question.id)
        if said == "yes":
            before = known.get(question.id)
            chosen[question.id] = AnswerIn(answer="yes", details=before.details if before else {})
        elif said == "no":
            chosen[question.id] = AnswerIn(answer="no")
    return chosen


def unanswered(group: Group, typed: Mapping[str, str]) -> dict[str, str]:
    """Questions of a page without an answer, and what to do about them."""
    left = (question for question in group.questions if typed.get(question.id) not in ("yes", "no"))
    return {question.id: UNANSWERED for question in left}


def detailed(form: Form, typed: Mapping[str, str]) -> dict[str, AnswerIn]:
    """The details typed; what is too long is not among them."""
    return {
        one.question.id: AnswerIn(answer="yes", details=dict(_details(one.question, typed)))
        for one in declared(form)
    }


def _details(question: Question, typed: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for asked in question.follow_ups:
        text = typed.get(f"{question.id}.{asked.id}", "").strip()
        if text and len(text) <= _LONGEST_DETAIL:
            yield asked.id, text


def lacking(form: Form, typed: Mapping[str, str]) -> dict[str, str]:
    """Details that are missing or too long, by the name of their field."""
    wrong = {}
    for one in declared(form):
        for asked in one.question.follow_ups:
            name = f"{one.question.id}.{asked.id}"
            text = typed.get(name, "").strip()
            if len(text) > _LONGEST_DETAIL:
                wrong[name] = TOO_LONG.format(formats.number(len(text)))
            elif asked.required and not text:
                wrong[name] = MISSING
    return wrong


def as_typed(form: Form) -> dict[str, str]:
    """The details as their fields hold them."""
    return {
        f"{one.question_id}.{name}": text
        for one in form.answers
        for name, text in one.details.items()
    }
