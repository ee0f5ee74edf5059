"""The questions of a declaration and what makes a set of them fit to be published (DS-005)."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from contracts.values import CidRange
from services.health_declaration.rules.law import ForbiddenSubjects, Impact, WeightHeight
from services.health_declaration.rules.parameters import RuleSet
from services.health_declaration.rules.plain import plain

_WEIGHT_HEIGHT = "PESO_ALTURA"


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FollowUp(_Model):
    """A question asked only where its own question was answered yes."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    text: str = Field(min_length=3, max_length=300)
    kind: Literal["text", "year"] = "text"
    required: bool = True


class Question(_Model):
    """One question. `reinforced` marks diagnoses under reinforced secrecy (Law 14.289/2022)."""

    id: str = Field(pattern=r"^Q[0-9]{2,3}$")
    text: str = Field(min_length=3, max_length=500)
    group: str = Field(default="", max_length=60)
    """Questions of one group, such as a system of the body, are asked on one page."""
    cids: tuple[CidRange, ...] = ()
    families: tuple[str, ...] = ()
    impact: Impact
    reinforced: bool = False
    catch_all: bool = False
    follow_ups: tuple[FollowUp, ...] = ()


class QuestionSet(_Model):
    """One version of the questionnaire: the stem is read before every question."""

    version: int
    confidence: str
    stem: str
    follow_ups: tuple[FollowUp, ...] = ()
    """Asked after every yes, besides the question's own."""
    questions: tuple[Question, ...] = Field(min_length=1)

    def follow_ups_of(self, question: Question) -> tuple[FollowUp, ...]:
        """What is asked after a yes: the general ones and its own."""
        return (*self.follow_ups, *question.follow_ups)


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a set cannot be published; `subject` when the matter is forbidden."""

    question: str | None
    text: str
    subject: str | None = None


def parse_question_set(document: Mapping[str, object]) -> QuestionSet:
    """The question set of a document; raises `ValueError` naming what is wrong."""
    return QuestionSet.model_validate(document)


def check_publication(questions: QuestionSet, rules: RuleSet) -> tuple[Finding, ...]:
    """Everything that keeps a set from being published; empty when it may."""
    vocabulary = _vocabulary(rules.forbidden, rules.weight_height)
    return (
        *_repeated(questions),
        *_forbidden(None, questions.stem, vocabulary),
        *(
            found
            for follow_up in questions.follow_ups
            for found in _forbidden(None, follow_up.text, vocabulary)
        ),
        *(
            found
            for question in questions.questions
            for text in (question.text, *(one.text for one in question.follow_ups))
            for found in _forbidden(question.id, text, vocabulary)
        ),
    )


def _vocabulary(forbidden: ForbiddenSubjects, measures: WeightHeight) -> dict[str, Iterable[str]]:
    words: dict[str, Iterable[str]] = {
        subject: forbidden.words[subject] for subject in forbidden.subjects
    }
    return words if measures.ask else {**words, _WEIGHT_HEIGHT: measures.words}


def _repeated(questions: QuestionSet) -> Iterator[Finding]:
    for name, times in Counter(question.id for question in questions.questions).items():
        if times > 1:
            yield Finding(name, "pergunta repetida")
    for question in questions.questions:
        names = Counter(one.id for one in questions.follow_ups_of(question))
        for name, times in names.items():
            if times > 1:
                yield Finding(question.id, f"complemento repetido: {name}")


def _forbidden(
    question: str | None, text: str, vocabulary: Mapping[str, Iterable[str]]
) -> Iterator[Finding]:
    told = plain(text)
    for subject, words in vocabulary.items():
        for word in words:
            if _pattern(word).search(told):
                yield Finding(question, f"assunto proibido: {word.rstrip('*')}", subject)
                break


@lru_cache(maxsize=4096)
def _pattern(word: str) -> re.Pattern[str]:
    """Whole words; a final star takes any ending."""
    stem = re.escape(plain(word.rstrip("*")))
    return re.compile(rf"\b{stem}\w*" if word.endswith("*") else rf"\b{stem}\b")
