"""Names and telephones as people write them."""

import json
from pathlib import Path

import pytest

from services.registry.rules import names, phones

PHONES: dict[str, str | None] = json.loads(
    (Path(__file__).parents[1] / "vectors.json").read_text()
)["phones"]


def test_a_name_loses_accents_case_marks_and_double_spaces() -> None:
    assert names.plain("  JOSÉ  d'Ávila-Conceição ") == "jose davila conceicao"


def test_particles_do_not_tell_people_apart() -> None:
    assert names.tokens("Maria da Silva e Souza dos Santos") == (
        "maria",
        "silva",
        "souza",
        "santos",
    )
    assert names.tokens("Ana das Dores di Lorenzo del Rey du Val y Gasset do Ó de Sá") == (
        *("ana", "dores", "lorenzo", "rey", "val", "gasset", "o", "sa"),
    )


def test_the_blind_index_keeps_words_and_beginnings_of_three_letters() -> None:
    assert names.search_terms("Ana Sá Matos") == {"ana", "sa", "mat", "mato", "matos"}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("José da Silva", "JOSE SILVA", True),
        ("Silva, José", "José Silva", True),
        ("José Silva", "José Souza", False),
        ("José Silva", "José Silva Neto", False),
        ("", "", False),
    ],
)
def test_the_same_words_make_the_same_name(one: str, other: str, same: bool) -> None:
    assert names.same_name(one, other) is same


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Maria Aparecida de Souza", "MARIA A. SOUZA", True),
        ("Maria A. Souza", "Maria Aparecida de Souza", True),
        ("Maria Souza", "Maria Aparecida de Souza", True),
        ("Maria Aparecida de Souza", "Maria Souza Aparecida", False),
        ("M. Souza", "Maria Souza", True),
        ("Maria Souza", "Mariana Souza", False),
        ("Aparecida Souza", "Maria Aparecida Souza", False),
        ("Maria Souza", "Maria Silva", False),
        ("Maria Souza", "Maria Silva Santos", False),
        ("", "Maria", False),
        ("Maria", "", False),
        ("Ana B. Cruz", "Ana C. Cruz", False),
    ],
)
def test_a_shorter_writing_is_compatible_with_the_longer(one: str, other: str, alike: bool) -> None:
    assert names.compatible(one, other) is alike


@pytest.mark.parametrize(("text", "e164"), PHONES.items())
def test_a_telephone_is_read_as_in_the_vectors(text: str, e164: str | None) -> None:
    if e164 is None:
        with pytest.raises(phones.BadPhone, match=r"^telefone inválido: "):
            phones.parse_phone(text)
    else:
        assert phones.parse_phone(text).e164 == e164


def test_what_is_no_number_and_what_does_not_exist_are_told_apart() -> None:
    with pytest.raises(phones.BadPhone, match=r"não parece um número com DDD$"):
        phones.parse_phone("sem telefone")
    with pytest.raises(phones.BadPhone, match=r"DDD ou quantidade de dígitos não existe$"):
        phones.parse_phone("+55 11 8765-4321")


@pytest.mark.parametrize(
    ("text", "mobile"),
    [("(41) 99876-5432", True), ("4133334444", False), ("0800 701 9656", False)],
)
def test_only_mobile_telephones_get_messages(text: str, mobile: bool) -> None:
    assert phones.parse_phone(text).mobile is mobile
