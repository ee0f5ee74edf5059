"""Whether a draft of a rule set may be published: cells, overlaps, and its own test cases."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from contracts.values import Tuss
from services.health_declaration.rules.cpt_table import CptTableDocument, Known, check_table
from services.health_declaration.rules.interview import InterviewProfile, decide_interview
from services.health_declaration.rules.law import Impact
from services.health_declaration.rules.official import RolRow
from services.health_declaration.rules.parameters import RuleSet, parse_rule_set
from services.health_declaration.rules.questionnaire import check_publication, parse_question_set
from services.health_declaration.rules.tables import FamilyDocument, FamilyIndex

Document = Mapping[str, Any]
Cases = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason not to publish: where in the draft, and why, in Portuguese."""

    where: str
    reason: str


@dataclass(frozen=True)
class Surroundings:
    """What a draft is checked against: the rules in force and the official tables."""

    rules: RuleSet
    known: Known
    rol: Sequence[RolRow]


class _Case(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class InterviewCase(_Case):
    """A profile and whether it needs an interview."""

    declared: dict[str, Impact] = Field(default_factory=dict)
    age: int
    divergence: bool = False
    guidance_requested: bool = False
    inconsistent_text: bool = False
    needed: bool


class FamilyCase(_Case):
    """A TUSS code and the families it must lie in."""

    tuss: Tuss
    families: frozenset[str]


def check_draft(
    name: str, content: Document, cases: Cases, around: Surroundings
) -> tuple[Finding, ...]:
    """Everything that keeps the draft from being published; empty when it may.

    `name` is one of parameters, questionnaire, cpt_table, families.
    """
    try:
        return tuple(_CHECKS[name](content, cases, around))
    except ValidationError as wrong:
        return tuple(_invalid(wrong))
    except ValueError as wrong:
        return (Finding("conteúdo", str(wrong)),)


def _invalid(wrong: ValidationError) -> Iterator[Finding]:
    for error in wrong.errors(include_url=False, include_input=False):
        yield Finding(".".join(str(part) for part in error["loc"]), error["msg"])


def _parameters(content: Document, cases: Cases, around: Surroundings) -> Iterable[Finding]:
    rules = parse_rule_set(content)
    for number, raw in enumerate(cases):
        case = InterviewCase.model_validate(raw)
        profile = InterviewProfile(**case.model_dump(exclude={"needed"}))
        if decide_interview(profile, rules.interview, rules.version).needed != case.needed:
            yield Finding(f"casos.{number}", "O caso de teste não dá o resultado esperado.")


def _questionnaire(content: Document, cases: Cases, around: Surroundings) -> Iterable[Finding]:
    for finding in check_publication(parse_question_set(content), around.rules):
        yield Finding(finding.question or "enunciado", finding.text)


def _cpt_table(content: Document, cases: Cases, around: Surroundings) -> Iterable[Finding]:
    whole = {**content, "cases": [*content.get("cases", []), *cases]}
    document = CptTableDocument.model_validate(whole)
    for finding in check_table(document, around.known, around.rules.cpt_limit):
        yield Finding(f"{finding.question} {finding.cid}", finding.text)


def _families(content: Document, cases: Cases, around: Surroundings) -> Iterable[Finding]:
    index = FamilyIndex("draft", around.rol, FamilyDocument.model_validate(content))
    for number, raw in enumerate(cases):
        case = FamilyCase.model_validate(raw)
        if index.families(case.tuss) != case.families:
            yield Finding(f"casos.{number}", "O caso de teste não dá as famílias esperadas.")


_CHECKS: dict[str, Callable[[Document, Cases, Surroundings], Iterable[Finding]]] = {
    "parameters": _parameters,
    "questionnaire": _questionnaire,
    "cpt_table": _cpt_table,
    "families": _families,
}


def differences(before: Any, after: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Leaves that differ between two documents: path, before, after."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted({*before, *after}, key=str):
            yield from differences(before.get(key), after.get(key), f"{path}/{key}")
    elif isinstance(before, list) and isinstance(after, list):
        for number in range(max(len(before), len(after))):
            old = before[number] if number < len(before) else None
            new = after[number] if number < len(after) else None
            yield from differences(old, new, f"{path}/{number}")
    elif before != after:
        yield path, before, after
