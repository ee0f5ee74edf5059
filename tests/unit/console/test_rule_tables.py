"""Rule sets as cells of text and back: nothing is lost, whatever is typed."""

import time
from typing import Any

import pytest

from services.console.rules import rule_forms
from services.console.rules.rule_cells import LONGEST, Column, read, written
from services.console.rules.rule_content import Sheet, content_of, sheet_of
from services.console.rules.rule_csv import file_of, rows_in
from services.console.rules.rule_faults import by_cell, case_verdicts, faults, too_long
from services.console.rules.rule_merge import clashes, compared, merged
from services.console.rules.rule_parameters import unit_of
from services.console.rules.rule_sets import BY_SLUG, CASES, HEAD, ROWS, TABLES, RuleTable
from tests.unit.health_declaration.conftest import document

FILES = {
    "cpt_table": "cpt_table.v1.yaml",
    "questionnaire": "questions.v1.yaml",
    "families": "families.v1.yaml",
    "parameters": "rules.v1.yaml",
}
CPT = BY_SLUG["tabela-cpt"]
PARAMETERS = BY_SLUG["parametros"]


def product(table: RuleTable) -> dict[str, Any]:
    found: dict[str, Any] = document(FILES[table.name])
    return found


def cpt(*rows: tuple[str, ...], cases: tuple[tuple[str, ...], ...] = ()) -> Sheet:
    return {HEAD: (("24", "política da operadora", "Q36"),), ROWS: rows, CASES: cases}


@pytest.mark.parametrize("table", TABLES, ids=lambda one: one.name)
def test_the_product_set_is_the_same_after_it_was_a_table(table: RuleTable) -> None:
    content = product(table)
    again, cases = content_of(table, sheet_of(table, content, []), content)
    assert again == {k: v for k, v in content.items() if k not in ("version", "cases")}
    assert cases == content.get("cases", [])


@pytest.mark.parametrize("table", TABLES, ids=lambda one: one.name)
def test_a_table_is_the_same_after_it_was_one_field(table: RuleTable) -> None:
    sheet = sheet_of(table, product(table), [])
    assert rule_forms.heard(table, rule_forms.told(sheet)) == sheet


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("text", "Hérnia", "Hérnia"),
        ("number", 24, "24"),
        ("flag", True, "sim"),
        ("flag", False, "não"),
        ("codes", ["ONCO", "IMG"], "ONCO, IMG"),
        ("phrases", ["falta de ar", "RIM, BACINETE"], "falta de ar; RIM, BACINETE"),
        ("pairs", {"Q01": "alto", "Q02": 3}, "Q01: alto; Q02: 3"),
        (
            "follow_ups",
            [{"id": "ano", "text": "Quando? E: onde?", "kind": "year", "required": False}],
            "ano [ano] [opcional]: Quando? E: onde?",
        ),
    ],
)
def test_a_value_is_written_as_people_do_and_read_again(kind: Any, value: Any, text: str) -> None:
    column = Column("x", "X", kind)
    assert written(column, value) == text
    assert read(column, text) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("number", "doze"),
        ("number", "9" * 40),
        ("flag", "talvez"),
        ("pairs", "sem dois pontos"),
    ],
)
def test_what_cannot_be_read_stays_as_it_was_typed(kind: Any, text: str) -> None:
    column = Column("x", "X", kind)
    assert read(column, text) == text
    assert written(column, text) == text


@pytest.mark.parametrize(
    "text", ["sem dois pontos", ": Quando?", "ano:", "ano [mês]: Quando?", "ano] [ano]: Quando?"]
)
def test_a_follow_up_that_cannot_be_read_stays_as_it_was_typed(text: str) -> None:
    assert read(Column("x", "X", "follow_ups"), text) == [text]


def test_blanks_without_end_are_read_as_quickly_as_any_text() -> None:
    text = "a" + " " * 250_000 + "b"
    started = time.process_time()
    assert read(Column("x", "X", "follow_ups"), text) == [text]
    assert time.process_time() - started < 2


def test_a_cell_longer_than_any_may_be_is_told_at_its_place() -> None:
    sheet = cpt(("Q01", "C00", "x" * LONGEST, ""), ("Q02", "D10", "x" * (LONGEST + 1), ""))
    [found] = too_long(CPT, sheet)
    assert by_cell([found]) == {"linhas-1-2": ["Passa de 2.000 letras."]}


def test_words_stand_for_codes_both_ways() -> None:
    column = Column("x", "X", "word", words={"seen": "lida", "policy": "política"})
    assert written(column, "seen/policy") == "lida + política"
    assert read(column, "Lida + POLÍTICA") == "seen/policy"
    assert read(column, "outra") == "outra"


@pytest.mark.parametrize(
    ("param", "sample", "unit"),
    [
        ("analise.dias_uteis", 5, "dias úteis"),
        ("cpt.meses_max", 24, "meses"),
        ("trig.divergencia", True, "sim ou não"),
        ("cpt.escopo", ["PAC"], "lista"),
        ("agravo.centavos_por_mes", {}, "centavos por mês"),
    ],
)
def test_a_parameter_tells_in_what_it_is_counted(param: str, sample: Any, unit: str) -> None:
    assert unit_of(param, sample) == unit


def test_a_parameter_typed_wrong_is_of_its_kind_again_once_it_is_right() -> None:
    content = product(PARAMETERS)
    sheet = sheet_of(PARAMETERS, content, [])

    def typed(value: str, on: Sheet) -> dict[str, Any]:
        rows = tuple((*r[:2], value, *r[3:]) if r[1] == "cpt.meses_max" else r for r in on[ROWS])
        return content_of(PARAMETERS, {**on, ROWS: rows}, content)[0]

    wrong = typed("muitos", sheet)
    assert wrong["rules"][0]["params"] == {"cpt.meses_max": "muitos"}
    right = typed("12", sheet_of(PARAMETERS, wrong, []))
    assert right["rules"][0]["params"] == {"cpt.meses_max": 12}


def test_blank_rows_and_rows_that_were_to_go_say_nothing() -> None:
    typed = {
        "linhas.0.0": "Q01",
        "linhas.0.1": "C00",
        "linhas.1.0": "Q02",
        "linhas.1.tirar": "sim",
        "linhas.2.0": " ",
        "linhas.10.0": "Q03",
        "seen": "x",
        "linhas.x.0": "nada",
    }
    content, _ = content_of(CPT, rule_forms.typed_sheet(CPT, typed), product(CPT))
    assert [row["q"] for row in content["rows"]] == ["Q01", "Q03"]


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '"x"'])
def test_a_field_that_is_no_sheet_is_none(text: str) -> None:
    assert rule_forms.heard(CPT, text) is None


def test_a_sheet_of_another_shape_is_fitted() -> None:
    text = '{"linhas": [["Q01"], 3, ["Q02", "C00", "IMG", "1", "a mais"]], "casos": 7}'
    found = rule_forms.heard(CPT, text)
    assert found == {
        HEAD: (("", "", ""),),
        ROWS: (("Q01", "", "", ""), ("Q02", "C00", "IMG", "1")),
        CASES: (),
    }


def test_versions_are_compared_by_what_their_rows_are_known_by() -> None:
    before = cpt(("Q01", "C00", "IMG", ""), ("Q02", "D10", "IMG", ""))
    after = cpt(("Q02", "D10", "IMG, UTI", "6"), ("Q03", "I20", "UTI", ""))
    found = compared(CPT, before, after)
    assert [(one.label, one.before is None, one.after is None, one.changed) for one in found] == [
        ("Q01 · C00", False, True, frozenset()),
        ("Q02 · D10", False, False, frozenset({2, 3})),
        ("Q03 · I20", True, False, frozenset()),
    ]
    assert compared(CPT, before, before) == ()


def test_three_ways_are_put_together_row_by_row() -> None:
    base = cpt(("Q01", "C00", "IMG", ""), ("Q02", "D10", "IMG", ""), ("Q03", "I20", "UTI", ""))
    theirs = cpt(("Q01", "C00", "IMG", "6"), ("Q02", "D10", "IMG", "9"), ("Q09", "I83", "UTI", ""))
    mine = cpt(("Q01", "C00", "IMG", ""), ("Q02", "D10", "IMG", "3"), ("Q03", "I20", "UTI", ""))
    found = clashes(CPT, base, theirs, mine)
    assert [(one.label, one.both, one.suggested) for one in found] == [
        ("Q01 · C00", False, "deles"),
        ("Q02 · D10", True, "meu"),
        ("Q09 · I83", False, "deles"),
        ("Q03 · I20", False, "deles"),
    ]
    suggested = merged(CPT, base, theirs, mine, {})
    assert [row[3] for row in suggested[ROWS]] == ["6", "3", ""]
    assert [row[0] for row in suggested[ROWS]] == ["Q01", "Q02", "Q09"]
    chosen = merged(CPT, base, theirs, mine, {found[1].name: "base", found[3].name: "meu"})
    assert [(row[0], row[3]) for row in chosen[ROWS]] == [
        ("Q01", "6"),
        ("Q02", ""),
        ("Q09", ""),
        ("Q03", ""),
    ]


def test_rows_of_the_same_name_are_told_apart_by_their_number() -> None:
    twice = cpt(("Q01", "C00", "IMG", ""), ("Q01", "C00", "UTI", ""))
    assert merged(CPT, twice, twice, twice, {}) == {**twice}
    assert len(compared(CPT, twice, cpt(("Q01", "C00", "IMG", "")))) == 1


@pytest.mark.parametrize(
    ("slug", "where", "at", "anchor"),
    [
        ("tabela-cpt", "Q01 D00-D09", "rows.1.cid", "linhas-1-1"),
        ("tabela-cpt", "Q01 D05", "cases.1", "casos-1-2"),
        ("tabela-cpt", "months", "", "cabecalho-0-0"),
        ("tabela-cpt", "rows.3.families.0", "", "linhas-3-2"),
        ("parametros", "DS-001.cpt.meses_max", "", "linhas-0-2"),
        ("parametros", "DS-005.ds.palavras.HABITOS.3", "", "linhas-11-2"),
        ("parametros", "DS-005", "", "linhas-10-2"),
        ("questionario", "Q02", "questions.1.cids", "linhas-1-3"),
        ("questionario", "Q02", "", "linhas-1-1"),
        ("questionario", "stem", "", "cabecalho-0-0"),
        ("familias", "families.HEMO.1.pac", "", "linhas-3-4"),
        ("familias", "HEMO", "", "linhas-2-0"),
        ("familias", "surgical.capitulo", "", "cabecalho-0-2"),
        ("tabela-cpt", "rules", "", None),
        ("tabela-cpt", "rows.900.cid", "", None),
    ],
)
def test_a_fault_stands_at_its_cell(slug: str, where: str, at: str, anchor: str | None) -> None:
    table = BY_SLUG[slug]
    [found] = faults(table, sheet_of(table, product(table), []), [(where, "porque não", at)])
    assert (found.spot.anchor if found.spot else None) == anchor
    assert by_cell([found]) == ({anchor: ["porque não"]} if anchor else {})


def test_what_another_table_says_stands_in_no_cell_of_this_one() -> None:
    table = BY_SLUG["questionario"]
    told = ("cpt_table Q02 D12", "tabela da CPT em vigor: Pergunta desconhecida.", "rows.1.q")
    [found] = faults(table, sheet_of(table, product(table), []), [told])
    assert (found.spot, found.where) == (None, "cpt_table Q02 D12")


def test_cases_tell_what_became_of_them() -> None:
    sheet = sheet_of(CPT, product(CPT), [])
    failed = faults(CPT, sheet, [("Q01 D05", "não dá", "cases.1")])
    assert case_verdicts(sheet, failed)[:3] == ("held", "failed", "held")
    wrong = faults(CPT, sheet, [("Q01", "valor inválido", "rows.0.cid")])
    assert {*case_verdicts(sheet, wrong)} == {"unsure"}


def test_a_table_goes_out_as_a_file_and_comes_in_again() -> None:
    part = CPT.part(ROWS)
    rows = (("Q01", "C00", 'IMG; "UTI"', "6"), ("Q02", "=1+1", "", ""))
    text = file_of(part, rows)
    assert text.startswith("\ufeffPergunta;CID;Famílias;Meses\r\n")
    assert "'=1+1" in text
    assert rows_in(part, text.encode()) == rows
    assert rows_in(part, text.removeprefix("\ufeff").encode("cp1252")) == rows
    tabbed = "Pergunta\tCID\tFamílias\tMeses\nQ01\tC00\tIMG\t\n\n"
    assert rows_in(part, tabbed.encode()) == (("Q01", "C00", "IMG", ""),)


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n", b"a;b\n1;2\n", b'Pergunta;"x\n'])
def test_a_file_that_is_no_such_table_is_none(content: bytes) -> None:
    assert rows_in(CPT.part(ROWS), content) is None
