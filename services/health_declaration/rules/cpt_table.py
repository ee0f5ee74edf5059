"""A CPT table as data: its cells, overlaps and own test cases."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

from pydantic import BaseModel, ConfigDict, Field

from contracts.values import Cid, CidRange, cid_bounds, dotted
from services.health_declaration.rules.cpt import CptRow, CptTable
from services.health_declaration.rules.parameters import RuleSet
from services.health_declaration.rules.tables import CidTable


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class RowDocument(_Model):
    """A row as written; `months` of its own, or those of the document."""

    question: str = Field(alias="q")
    cid: CidRange
    families: tuple[str, ...] = Field(min_length=1)
    months: int | None = None


class CaseDocument(_Model):
    """A test case of the table: the families that a CID declared under a question must bring."""

    question: str = Field(alias="q")
    cid: Cid
    families: frozenset[str]


class CptTableDocument(_Model):
    """A version of the CPT table, with the cases that must hold before it is published."""

    version: int
    confidence: str
    months: int
    catch_all: frozenset[str] = frozenset()
    rows: tuple[RowDocument, ...]
    cases: tuple[CaseDocument, ...] = ()


@dataclass(frozen=True, slots=True)
class TableFinding:
    """What keeps a table from being published."""

    question: str
    cid: str
    code: str
    text: str
    at: str = field(default="", compare=False)
    """Path of the cell in the document."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the cells of a table may name."""

    cids: CidTable
    families: frozenset[str]
    questions: frozenset[str]


def to_table(document: CptTableDocument) -> CptTable:
    """The table that decisions ask."""
    rows = tuple(
        CptRow(row.question, row.cid, frozenset(row.families), _months(row, document))
        for row in document.rows
    )
    return CptTable(document.version, rows, document.catch_all)


def _months(row: RowDocument, document: CptTableDocument) -> int:
    return document.months if row.months is None else row.months


def check_table(
    document: CptTableDocument, known: Known, rules: RuleSet
) -> tuple[TableFinding, ...]:
    """Every cell, overlap and case that keeps the table from being published."""
    table = to_table(document)
    return (
        *(
            replace(found, at=f"rows.{at}.{found.at}")
            for at, row in enumerate(table.rows)
            for found in _cells(row, known, rules)
        ),
        *_overlaps(table.rows),
        *_cases(table, document.cases),
    )


def _cells(row: CptRow, known: Known, rules: RuleSet) -> Iterator[TableFinding]:
    """What is wrong within a row; `at` is the name of the cell."""
    if row.question not in known.questions:
        yield _finding(row, "q", "unknown_question", "Pergunta desconhecida.")
    if not known.cids.range_exists(row.cid_range):
        yield _finding(row, "cid", "unknown_cid", "CID fora da tabela oficial.")
    for family in sorted(row.families - known.families):
        yield _finding(row, "families", "unknown_family", f"Família desconhecida: {family}.")
    most = rules.cpt_limit.months_max
    if not 1 <= row.months <= most:
        yield _finding(row, "months", "bad_months", f"Meses devem ir de 1 a {most}.")
    for forbidden in rules.forbidden.cids:
        if cid_bounds(row.cid_range).overlaps(cid_bounds(forbidden)):
            text = f"Gestação não entra em CPT: {dotted(forbidden)}."
            yield _finding(row, "cid", "forbidden_cid", text)


def _finding(row: CptRow, at: str, code: str, text: str) -> TableFinding:
    return TableFinding(row.question, dotted(row.cid_range), code, text, at)


def _overlaps(rows: Sequence[CptRow]) -> Iterator[TableFinding]:
    """Between questions they are allowed: the analyst confirms the CID under one of them."""
    for (at, one), (_, other) in combinations(enumerate(rows), 2):
        if one.question == other.question and cid_bounds(one.cid_range).overlaps(
            cid_bounds(other.cid_range)
        ):
            text = f"Sobrepõe-se a {dotted(other.cid_range)}."
            yield _finding(one, f"rows.{at}.cid", "overlap", text)


def _cases(table: CptTable, cases: Iterable[CaseDocument]) -> Iterator[TableFinding]:
    for at, case in enumerate(cases):
        if _families(table, case.question, case.cid) != case.families:
            text = "O caso de teste não dá as famílias esperadas."
            yield TableFinding(case.question, dotted(case.cid), "case_failed", text, f"cases.{at}")


def _families(table: CptTable, question: str, cid: str) -> frozenset[str]:
    return frozenset[str]().union(*(row.families for row in table.rows_for(question, cid)))
