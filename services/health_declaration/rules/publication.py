"""May this draft be published? One question per rule set; every cell and case that says no."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pydantic import BaseModel, ConfigDict, ValidationError

from contracts.values import Tuss, cid_bounds, dotted
from services.health_declaration.rules.cpt_table import CptTableDocument, Known, check_table
from services.health_declaration.rules.interview import InterviewProfile, decide_interview
from services.health_declaration.rules.law import (
    ALWAYS_FORBIDDEN,
    ForbiddenSubjects,
    Impact,
)
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
    at: str = field(default="", compare=False)
    """Path of the cell in the draft, where `where` is told in people's words."""


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


class _Cases[Case: _Case](BaseModel):
    """All of them read together, so that what is wrong with one is told by its number."""

    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class InForce:
    """The sets in force that a draft would join; `table` as written, for its cells and cases."""

    rules: RuleSet
    questions: QuestionSet
    known: Known
    table: Content


def check_parameters(content: Content, cases: Cases, product: RuleSet) -> tuple[CellProblem, ...]:
    """The parameters, and interview profiles with the expected answer.

    What the product keeps out of a declaration by law, no operator lets in again.
    """
    return _problems(lambda: _parameters(content, cases, product))


def check_questionnaire(
    content: Content, cases: Cases, in_force: InForce
) -> tuple[CellProblem, ...]:
    """The questions: forbidden subjects, repeated ones, CIDs and families that do not exist.

    The CPT table in force must still know its questions.
    """
    return _problems(lambda: _questionnaire(content, cases, in_force))


def check_cpt_table(
    content: Content, cases: Cases, known: Known, rules: RuleSet
) -> tuple[CellProblem, ...]:
    """The CPT table: cells, overlaps inside a question, and its cases."""
    return _problems(lambda: _cpt_table(content, cases, known, rules))


def check_families(
    content: Content, cases: Cases, rol: Callable[[str], Iterable[RolRow]], in_force: InForce
) -> tuple[CellProblem, ...]:
    """The families over the Rol they name: selectors that select something, and their cases.

    The CPT table and the questionnaire in force must still know their families.
    """
    return _problems(lambda: _families(content, cases, rol, in_force))


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


def _parameters(content: Content, cases: Cases, product: RuleSet) -> Iterator[CellProblem]:
    rules = parse_rule_set(content)
    yield from _let_in(rules.forbidden, product.forbidden)
    for at, case in enumerate(_Cases[InterviewCase].model_validate({"cases": cases}).cases):
        profile = InterviewProfile(**case.model_dump(exclude={"needed"}))
        if decide_interview(profile, rules.interview, rules.version).needed is not case.needed:
            yield _failed(at)


def _let_in(draft: ForbiddenSubjects, product: ForbiddenSubjects) -> Iterator[CellProblem]:
    """Words may be added to the product's own, never taken away; so may CIDs."""
    for subject in ALWAYS_FORBIDDEN:
        gone = [word for word in product.words[subject] if word not in draft.words[subject]]
        if gone:
            reason = f"faltam palavras que o produto sempre proíbe: {', '.join(gone)}"
            yield CellProblem(f"DS-005.ds.palavras.{subject}", reason)
    kept = [cid_bounds(one) for one in draft.cids]
    for one in product.cids:
        bounds = cid_bounds(one)
        if not any(k.low <= bounds.low and bounds.high <= k.high for k in kept):
            reason = f"falta a faixa que o produto sempre proíbe: {dotted(one)}"
            yield CellProblem("DS-005.ds.cids_proibidos", reason)


def _questionnaire(content: Content, cases: Cases, in_force: InForce) -> Iterator[CellProblem]:
    questions = parse_question_set(content)
    rules = in_force.rules
    for finding in check_publication(questions, rules):
        yield CellProblem(finding.question or "questions", finding.text)
    yield from _unknown(questions, in_force.known)
    joined = replace(in_force.known, questions=_ids(questions))
    yield from _table_in_force(in_force, joined)
    for at, case in enumerate(_Cases[QuestionCase].model_validate({"cases": cases}).cases):
        probe = questions.model_copy(update={"stem": case.text, "follow_ups": (), "questions": ()})
        if bool(check_publication(probe, rules)) is not case.forbidden:
            yield _failed(at)


def _unknown(questions: QuestionSet, known: Known) -> Iterator[CellProblem]:
    for at, question in enumerate(questions.questions):
        for cid_range in question.cids:
            if not known.cids.range_exists(cid_range):
                reason = f"CID fora da tabela oficial: {cid_range}"
                yield CellProblem(question.id, reason, f"questions.{at}.cids")
        for family in question.families:
            if family not in known.families:
                reason = f"família desconhecida: {family}"
                yield CellProblem(question.id, reason, f"questions.{at}.families")


def _cpt_table(
    content: Content, cases: Cases, known: Known, rules: RuleSet
) -> Iterator[CellProblem]:
    own = content.get("cases", ())
    both = [*(own if isinstance(own, Sequence) else ()), *cases]
    document = CptTableDocument.model_validate({**content, "cases": both})
    for found in check_table(document, known, rules):
        yield CellProblem(f"{found.question} {found.cid}", found.text, found.at)


def _table_in_force(in_force: InForce, known: Known) -> Iterator[CellProblem]:
    """The table decides with the draft from its publication on: its cells must still hold."""
    for found in _cpt_table(in_force.table, (), known, in_force.rules):
        yield CellProblem(f"cpt_table {found.where}", f"tabela da CPT em vigor: {found.reason}")


def _families(
    content: Content,
    cases: Cases,
    rol: Callable[[str], Iterable[RolRow]],
    in_force: InForce,
) -> Iterator[CellProblem]:
    document = FamilyDocument.model_validate(content)
    index = FamilyIndex(document.rol, rol(document.rol), document)
    for family in sorted(index.names - index.bed_families):
        if not index.tuss(family):
            yield CellProblem(family, "família sem nenhum procedimento")
    joined = replace(in_force.known, families=index.names)
    yield from _table_in_force(in_force, joined)
    for found in _unknown(in_force.questions, joined):
        yield CellProblem(f"questionnaire {found.where}", f"questionário em vigor: {found.reason}")
    for at, case in enumerate(_Cases[FamilyCase].model_validate({"cases": cases}).cases):
        got = (index.families(case.tuss), index.restrictable(case.tuss))
        if got != (case.families, case.restrictable):
            yield _failed(at)


def known_of(cids: CidTable, index: FamilyIndex, questions: QuestionSet) -> Known:
    """What a table or a questionnaire may name, taken from the sets in force."""
    return Known(cids, index.names, _ids(questions))


def _ids(questions: QuestionSet) -> frozenset[str]:
    return frozenset(one.id for one in questions.questions)
