"""May this draft be published? One question per rule set; every cell and case that says no."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, ValidationError

from contracts.values import Tuss
from services.health_declaration.rules.cpt_table import CptTableDocument, Known, check_table
from services.health_declaration.rules.interview import InterviewProfile, decide_interview
from services.health_declaration.rules.law import Impact
from services.health_declaration.rules.official import RolRow
from services.health_declaration.rules.parameters import RuleSet, parse_rule_set
from services.health_declaration.rules.questionnaire import (
    QuestionSet,
    check_publication,
    parse_question_set,
)
from services.health_declaration.rules.tables import (
    CidTable,
    FamilyDocument,
    FamilyIndex,
    Restrictable,
)

Content = Mapping[str, object]
Cases = Sequence[Content]


@dataclass(frozen=True, slots=True)
class CellProblem:
    """Where in the draft, and the Portuguese reason it cannot stand."""

    where: str
    reason: str


class _Case(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class InterviewCase(_Case):
    """A case of the parameters: does this profile need an interview?"""

    declared: Mapping[str, Impact]
    age: int
    divergence: bool = False
    guidance_requested: bool = False
    inconsistent_text: bool = False
    needed: bool


class FamilyCase(_Case):
    """A case of the families: the families of a code and whether a CPT can suspend it."""

    tuss: Tuss
    families: frozenset[str]
    restrictable: Restrictable


class QuestionCase(_Case):
    """A case of the questionnaire: does this text touch a forbidden subject?"""

    text: str
    forbidden: bool


def check_parameters(content: Content, cases: Cases) -> tuple[CellProblem, ...]:
    """The parameters, and interview profiles with the expected answer."""
    return _problems(lambda: _parameters(content, cases))


def check_questionnaire(
    content: Content, cases: Cases, rules: RuleSet, known: Known
) -> tuple[CellProblem, ...]:
    """The questions: forbidden subjects, repeated ones, CIDs and families that do not exist."""
    return _problems(lambda: _questionnaire(content, cases, rules, known))


def check_cpt_table(
    content: Content, cases: Cases, known: Known, rules: RuleSet
) -> tuple[CellProblem, ...]:
    """The CPT table: cells, overlaps inside a question, and its cases."""
    return _problems(lambda: _cpt_table(content, cases, known, rules))


def check_families(
    content: Content, cases: Cases, rol: Callable[[str], Iterable[RolRow]]
) -> tuple[CellProblem, ...]:
    """The families over the Rol they name: selectors that select something, and their cases."""
    return _problems(lambda: _families(content, cases, rol))


def _problems(check: Callable[[], Iterable[CellProblem]]) -> tuple[CellProblem, ...]:
    try:
        return tuple(check())
    except ValidationError as refused:
        return tuple(
            CellProblem(".".join(map(str, error["loc"])), _say(error["type"], error["msg"]))
            for error in refused.errors(include_url=False, include_input=False)
        )
    except ValueError as refused:
        return (CellProblem("rules", str(refused)),)


_SAID = {"missing": "falta este campo", "extra_forbidden": "campo desconhecido"}


def _say(kind: str, message: str) -> str:
    return message if kind == "vinculo_value" else _SAID.get(kind, "valor inválido")


def _failed(at: int) -> CellProblem:
    return CellProblem(f"cases.{at}", "o caso de teste não dá o resultado esperado")


def _parameters(content: Content, cases: Cases) -> Iterator[CellProblem]:
    rules = parse_rule_set(content)
    for at, raw in enumerate(cases):
        case = InterviewCase.model_validate(raw)
        profile = InterviewProfile(**case.model_dump(exclude={"needed"}))
        if decide_interview(profile, rules.interview, rules.version).needed is not case.needed:
            yield _failed(at)


def _questionnaire(
    content: Content, cases: Cases, rules: RuleSet, known: Known
) -> Iterator[CellProblem]:
    questions = parse_question_set(content)
    for finding in check_publication(questions, rules):
        yield CellProblem(finding.question or "questions", finding.text)
    yield from _unknown(questions, known)
    for at, raw in enumerate(cases):
        case = QuestionCase.model_validate(raw)
        probe = questions.model_copy(update={"stem": case.text, "follow_ups": (), "questions": ()})
        if bool(check_publication(probe, rules)) is not case.forbidden:
            yield _failed(at)


def _unknown(questions: QuestionSet, known: Known) -> Iterator[CellProblem]:
    for question in questions.questions:
        for cid_range in question.cids:
            if not known.cids.range_exists(cid_range):
                yield CellProblem(question.id, f"CID fora da tabela oficial: {cid_range}")
        for family in question.families:
            if family not in known.families:
                yield CellProblem(question.id, f"família desconhecida: {family}")


def _cpt_table(
    content: Content, cases: Cases, known: Known, rules: RuleSet
) -> Iterator[CellProblem]:
    own = content.get("cases", ())
    both = [*(own if isinstance(own, Sequence) else ()), *cases]
    document = CptTableDocument.model_validate({**content, "cases": both})
    for found in check_table(document, known, rules.cpt_limit):
        yield CellProblem(f"{found.question} {found.cid}", found.text)


def _families(
    content: Content, cases: Cases, rol: Callable[[str], Iterable[RolRow]]
) -> Iterator[CellProblem]:
    document = FamilyDocument.model_validate(content)
    index = FamilyIndex(document.rol, rol(document.rol), document)
    for family in sorted(index.names - index.bed_families):
        if not index.tuss(family):
            yield CellProblem(family, "família sem nenhum procedimento")
    for at, raw in enumerate(cases):
        case = FamilyCase.model_validate(raw)
        got = (index.families(case.tuss), index.restrictable(case.tuss))
        if got != (case.families, case.restrictable):
            yield _failed(at)


def known_of(cids: CidTable, index: FamilyIndex, questions: QuestionSet) -> Known:
    """What a table or a questionnaire may name, taken from the sets in force."""
    return Known(cids, index.names, frozenset(one.id for one in questions.questions))
