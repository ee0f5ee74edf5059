"""What a confirmed disease brings, and which CPT tables may be published."""

from datetime import date
from typing import Any

import pytest

from services.health_declaration.rules.cpt import CptItem, CptRow, CptTable, propose
from services.health_declaration.rules.cpt_table import (
    CptTableDocument,
    Known,
    TableFinding,
    check_table,
    to_table,
)
from services.health_declaration.rules.parameters import RuleSet

JOINED = date(2026, 12, 1)
HEART = {"q": "Q03", "cid": "I20-I25", "families": ["HEMO", "IMG"]}
STENT = {"q": "Q03", "cid": "Z95.5", "families": ["HEMO"]}
JAW = {"q": "Q36", "cid": "K07", "families": ["CIR_BMF"]}


def draft(*rows: dict[str, Any], **changes: Any) -> CptTableDocument:
    document = {"version": 2, "confidence": "policy", "months": 24, "rows": rows, **changes}
    return CptTableDocument.model_validate(document)


def test_the_product_table_may_be_published(
    cpt_document: CptTableDocument, known: Known, rules: RuleSet
) -> None:
    assert check_table(cpt_document, known, rules) == ()
    assert len(cpt_document.rows) == 102
    assert {row.question for row in cpt_document.rows} == {f"Q{n:02}" for n in range(1, 37)}
    assert len(cpt_document.cases) == 21


def test_a_row_has_its_own_months_or_those_of_the_table() -> None:
    table = to_table(draft(HEART, {**STENT, "months": 6}, catch_all=["Q36"]))
    assert table == CptTable(
        2,
        (
            CptRow("Q03", "I20-I25", frozenset({"HEMO", "IMG"}), 24),
            CptRow("Q03", "Z955", frozenset({"HEMO"}), 6),
        ),
        frozenset({"Q36"}),
    )


def test_confirmed_cids_bring_their_rows_from_the_joining_date(rules: RuleSet) -> None:
    table = to_table(draft(HEART, STENT, JAW))
    proposal = propose({"Q03": ["I21.4", "I20", "I214", "Z955"]}, table, JOINED, rules.cpt_limit, 5)
    assert proposal.items == (
        CptItem(
            question="Q03",
            cid_range="I20-I25",
            cids=("I21.4", "I20", "I214"),
            families=frozenset({"HEMO", "IMG"}),
            months=24,
            starts_on=JOINED,
            ends_on=date(2028, 12, 1),
        ),
        CptItem(
            question="Q03",
            cid_range="Z955",
            cids=("Z955",),
            families=frozenset({"HEMO"}),
            months=24,
            starts_on=JOINED,
            ends_on=date(2028, 12, 1),
        ),
    )
    assert (proposal.unmatched, proposal.rule_version, proposal.table_version) == ((), 5, 2)


def test_a_cid_told_twice_is_kept_once(rules: RuleSet) -> None:
    proposal = propose({"Q03": ["I20", "I20"]}, to_table(draft(HEART)), JOINED, rules.cpt_limit, 1)
    assert proposal.items[0].cids == ("I20",)


def test_months_never_pass_the_limit_of_the_law(rules: RuleSet) -> None:
    table = to_table(draft({**HEART, "months": 36}))
    proposal = propose({"Q03": ["I20"]}, table, JOINED, rules.cpt_limit, 1)
    assert (proposal.items[0].months, proposal.items[0].ends_on) == (24, date(2028, 12, 1))
    short = to_table(draft({**HEART, "months": 6}))
    assert propose({"Q03": ["I20"]}, short, JOINED, rules.cpt_limit, 1).items[0].ends_on == date(
        2027, 6, 1
    )


@pytest.mark.parametrize(
    ("question", "cid"),
    [
        ("Q03", "K07"),
        ("Q03", "Z95"),
        ("Q03", "I20-I26"),
        ("Q03", "I19-I21"),
        ("Q99", "I20"),
        ("Q36", "O80"),
    ],
)
def test_what_no_row_covers_is_left_to_a_person(question: str, cid: str, rules: RuleSet) -> None:
    table = to_table(draft(HEART, STENT, JAW, catch_all=["Q36"]))
    proposal = propose({question: [cid]}, table, JOINED, rules.cpt_limit, 1)
    assert (proposal.items, proposal.unmatched) == ((), ((question, cid),))


def test_nothing_confirmed_creates_nothing(rules: RuleSet) -> None:
    proposal = propose({"Q36": []}, to_table(draft(JAW)), JOINED, rules.cpt_limit, 1)
    assert (proposal.items, proposal.unmatched) == ((), ())


def test_the_catch_all_question_looks_through_every_row_its_own_first(rules: RuleSet) -> None:
    jaw_again = {"q": "Q35", "cid": "K00-K14", "families": ["IMG"]}
    table = to_table(draft(HEART, jaw_again, JAW, catch_all=["Q36"]))
    found = propose({"Q36": ["K07.1", "I21"]}, table, JOINED, rules.cpt_limit, 1).items
    assert [(one.question, one.cid_range) for one in found] == [
        ("Q36", "K07"),
        ("Q35", "K00-K14"),
        ("Q03", "I20-I25"),
    ]
    closed = to_table(draft(HEART, jaw_again, JAW))
    assert len(propose({"Q36": ["K07.1", "I21"]}, closed, JOINED, rules.cpt_limit, 1).items) == 1


def test_a_confirmed_range_brings_the_row_that_holds_it(rules: RuleSet) -> None:
    table = to_table(draft(HEART))
    found = propose({"Q03": ["I20-I25"]}, table, JOINED, rules.cpt_limit, 1)
    assert found.items[0].cids == ("I20-I25",)


@pytest.mark.parametrize(
    ("rows", "finding"),
    [
        (
            [{**HEART, "q": "Q77"}],
            TableFinding("Q77", "I20-I25", "unknown_question", "Pergunta desconhecida."),
        ),
        (
            [{**STENT, "cid": "K64"}],
            TableFinding("Q03", "K64", "unknown_cid", "CID fora da tabela oficial."),
        ),
        (
            [{**STENT, "families": ["HEMO", "NADA"]}],
            TableFinding("Q03", "Z95.5", "unknown_family", "Família desconhecida: NADA."),
        ),
        (
            [{**HEART, "months": 25}],
            TableFinding("Q03", "I20-I25", "bad_months", "Meses devem ir de 1 a 24."),
        ),
        (
            [{**HEART, "months": 0}],
            TableFinding("Q03", "I20-I25", "bad_months", "Meses devem ir de 1 a 24."),
        ),
        (
            [HEART, {**STENT, "cid": "I25.5"}],
            TableFinding("Q03", "I20-I25", "overlap", "Sobrepõe-se a I25.5."),
        ),
        *[
            (
                [{**JAW, "cid": cid}],
                TableFinding("Q36", cid, "forbidden_cid", f"Gestação não entra em CPT: {found}."),
            )
            for cid, found in (
                ("O00", "O00-O99"),
                ("O99", "O00-O99"),
                ("O24.4", "O00-O99"),
                ("N99-O01", "O00-O99"),
                ("Z33", "Z32-Z39"),
                ("Z20-Z32", "Z32-Z39"),
                ("Z39.2", "Z32-Z39"),
            )
        ],
    ],
)
def test_a_bad_cell_or_an_overlap_keeps_a_table_from_being_published(
    rows: list[dict[str, Any]], finding: TableFinding, known: Known, rules: RuleSet
) -> None:
    assert check_table(draft(*rows), known, rules) == (finding,)


@pytest.mark.parametrize("cid", ["N98", "P00", "Z31", "Z40"])
def test_what_stands_beside_a_pregnancy_may_enter(cid: str, known: Known, rules: RuleSet) -> None:
    assert check_table(draft({**JAW, "cid": cid}), known, rules) == ()


def test_months_from_one_to_the_limit_are_accepted(known: Known, rules: RuleSet) -> None:
    rows = [{**HEART, "months": 1}, {**STENT, "months": 24}]
    assert check_table(draft(*rows), known, rules) == ()


def test_overlaps_between_questions_are_allowed(known: Known, rules: RuleSet) -> None:
    assert check_table(draft(HEART, {**HEART, "q": "Q04"}), known, rules) == ()


def test_a_failing_case_keeps_a_table_from_being_published(known: Known, rules: RuleSet) -> None:
    cases = [
        {"q": "Q03", "cid": "I21.4", "families": ["HEMO", "IMG"]},
        {"q": "Q03", "cid": "Z95.5", "families": ["HEMO", "IMG"]},
        {"q": "Q03", "cid": "I26", "families": []},
        {"q": "Q03", "cid": "I20", "families": []},
    ]
    text = "O caso de teste não dá as famílias esperadas."
    assert check_table(draft(HEART, STENT, cases=cases), known, rules) == (
        TableFinding("Q03", "Z95.5", "case_failed", text),
        TableFinding("Q03", "I20", "case_failed", text),
    )
