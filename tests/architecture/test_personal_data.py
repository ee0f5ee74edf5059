"""The record of personal data knows every marked field, and nothing that is gone."""

from dataclasses import replace

from sqlalchemy import Column, String, Table

from tests.support.kept import Kept, read
from tests.support.personal import PAGE, columns, faults, page

RECORD = read()


def test_every_marked_field_is_told_of_with_purpose_basis_and_term() -> None:
    assert faults(RECORD, columns()) == []
    assert all(one.what and one.why and one.basis and one.kept for one in RECORD)


def test_the_committed_page_is_the_one_of_now() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(RECORD)


def _without(field: str) -> list[Kept]:
    return [
        replace(one, fields=tuple(each for each in one.fields if each != field)) for one in RECORD
    ]


def test_planted_fault_a_marked_field_that_is_missing_is_told() -> None:
    for field in (
        "registry person.sealed",
        "registry.person.recorded.v1 cpf",
        "topic erp.cpt",
        "health_declaration answer.answer_sealed",
    ):
        assert faults(_without(field), columns()) == [f"{field}: sem registro em personal.yaml"]


def test_planted_fault_a_column_that_comes_or_goes_is_told() -> None:
    tables = columns()
    metadata = tables["console"]
    Table("later", metadata, Column("words_sealed", String))
    try:
        new = "console later.words_sealed: sem registro em personal.yaml"
        assert faults(RECORD, tables) == [new]
    finally:
        metadata.remove(metadata.tables["later"])
    gone = [*RECORD, replace(RECORD[0], fields=("console draft.forgotten",))]
    assert faults(gone, tables) == ["console draft.forgotten: não existe"]
