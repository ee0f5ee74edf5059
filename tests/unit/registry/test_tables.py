"""Files of lines: no cell runs in a spreadsheet, and no column's path breaks the reader."""

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import Problem, Refused
from services.registry.usecases import tables
from services.registry.usecases.intake import Sent, _clean

FORMULAS = ["=1+1", "+5541999", "-1", "@sum(a)", "\tx", "\r=1", "'=1+1", "''-1"]


def table(*rows: dict[str, str]) -> str:
    return tables.write(tables.CSV, [(row, "linha: não serve") for row in rows])


@pytest.mark.parametrize("cell", FORMULAS)
def test_a_cell_or_column_given_back_is_never_a_formula(cell: str) -> None:
    told = list(csv.reader(io.StringIO(table({cell: cell, "a": "b"}))))
    assert all(found[0] not in "=+-@\t\r" for row in told for found in row)


@given(st.text(st.sampled_from("=+-@'ab1 "), min_size=1, max_size=6).map(str.strip).filter(bool))
def test_what_was_given_back_is_read_as_it_was(cell: str) -> None:
    given_back = table({"a": cell}).encode()
    assert tables.read(tables.CSV, given_back) == [({"a": cell}, ())]


@pytest.mark.parametrize(
    "column", [".".join("a" * 1500), "9" * 5000, "a." + "1" * 5, "a." + "\u0661" * 9]
)
def test_a_column_that_leads_nowhere_is_refused(column: str) -> None:
    with pytest.raises(Refused) as refused:
        tables.read(tables.CSV, f"{column},b\n1,2\n".encode())
    assert refused.value.code == "column-unknown"


def test_a_list_in_a_file_is_read_in_its_order() -> None:
    read = tables.read(tables.CSV, b"a.10,a.2,b\nx,y,z\n")
    assert read == [({"a": ["y", "x"], "b": "z"}, ())]


def test_a_line_ends_where_it_ends_and_nowhere_inside_a_text() -> None:
    told = {"mother_name": "Rosa\u2028Maria\u2029de\x85Souza"}
    line = json.dumps(told, ensure_ascii=False)
    content = f"{line}\r\n\r\n{{\u2028\r\n{line}".encode()
    read = tables.read(tables.JSON_LINES, content)
    assert [raw for raw, _ in read] == [told, "{\u2028", told]
    given_back = tables.write(tables.JSON_LINES, [(told, "x")]).encode()
    assert [raw for raw, _ in tables.read(tables.JSON_LINES, given_back)] == [
        told | {tables.ERRORS: "x"}
    ]


@pytest.mark.parametrize(
    ("media_type", "line"), [(tables.JSON_LINES, b"1\n"), (tables.CSV, b"1;2\n")]
)
def test_a_file_with_a_line_too_many_is_refused_at_that_line(
    media_type: str, line: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "MOST_LINES", 3)
    assert len(tables.read(media_type, line * (3 + (media_type == tables.CSV)))) == 3
    made = 0

    def counting(*given: Any) -> tables.Line:
        nonlocal made
        made += 1
        return given, ()

    monkeypatch.setattr(tables, "_object", counting)
    monkeypatch.setattr(tables, "_row", counting)
    with pytest.raises(Problem) as refused:
        tables.read(media_type, line * 5_000)
    assert (refused.value.status, refused.value.code) == (413, "file-too-long")
    assert made == 4


def test_letters_that_look_like_an_escape_are_letters() -> None:
    sent = Sent({"full_name": "a\\u0000b", "c:\\u0000": ["\\\\u0000"]}, "file")
    assert _clean(sent) is sent


def test_what_no_database_keeps_is_replaced_wherever_it_stands() -> None:
    cleaned = _clean(Sent({"a\0": ["b\0", {"c": "\ud800\\u0000"}]}, "s\0"))
    assert cleaned.raw == {"a?": ["b?", {"c": "?\\u0000"}]}
    assert (cleaned.source, cleaned.errors[0].field) == ("s?", "linha")


def test_a_line_with_thousands_of_levels_is_given_back() -> None:
    cleaned = _clean(Sent(json.loads("[" * 3000 + "]" * 3000), "file"))
    assert cleaned.errors
    assert json.dumps(cleaned.raw).count("[") == 20
