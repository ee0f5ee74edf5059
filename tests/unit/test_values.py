"""Values that cross boundaries: facts from outside, and other people's validators as oracles."""

import json
import unicodedata
from pathlib import Path
from typing import Annotated, Any

import pydantic_brasil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, TypeAdapter, ValidationError
from validate_docbr import CNPJ, CNS, CPF

from contracts import values

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "vectors.json").read_text())
PLAIN = Annotated[str, Field(min_length=2, max_length=20), values.Plain()]
DIGITS = "0123456789"
CNPJ_CHARS = DIGITS + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _accepts(kind: Any, value: object) -> bool:
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError:
        return False
    return True


def _refusal(kind: Any, value: object) -> str:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(kind).validate_python(value)
    return refused.value.errors()[0]["msg"]


@pytest.mark.parametrize("text", VECTORS["cpf"]["valid"])
def test_a_valid_cpf_is_kept_without_its_mask(text: str) -> None:
    assert TypeAdapter(values.Cpf).validate_python(text) == text.replace(".", "").replace("-", "")
    assert values.is_cpf(text)


@pytest.mark.parametrize("text", VECTORS["cpf"]["invalid"])
def test_an_invalid_cpf_is_refused(text: str) -> None:
    assert not values.is_cpf(text)


@pytest.mark.parametrize(("bare", "masked"), VECTORS["cnpj"]["valid"].items())
def test_a_cnpj_with_letters_or_not_is_kept_without_its_mask(bare: str, masked: str) -> None:
    assert values.parse_cnpj(masked) == bare
    assert values.parse_cnpj(bare) == bare
    assert values.is_cnpj(bare)


@pytest.mark.parametrize("text", VECTORS["cnpj"]["lower_case"])
def test_a_cnpj_in_lower_case_is_raised(text: str) -> None:
    assert values.parse_cnpj(text) == text.upper()


@pytest.mark.parametrize("text", VECTORS["cnpj"]["invalid"])
def test_an_invalid_cnpj_is_refused(text: str) -> None:
    assert not values.is_cnpj(text)


@pytest.mark.parametrize("text", VECTORS["cns"]["valid"])
def test_a_definitive_or_provisional_cns_is_accepted(text: str) -> None:
    assert TypeAdapter(values.Cns).validate_python(text) == text
    assert values.is_cns(text)
    assert values.parse_cns(f"{text[:3]} {text[3:7]} {text[7:11]} {text[11:]}") == text


@pytest.mark.parametrize("text", VECTORS["cns"]["invalid"])
def test_an_invalid_cns_is_refused(text: str) -> None:
    assert not values.is_cns(text)


def test_a_definitive_cns_needs_the_tail_of_its_base() -> None:
    """A multiple of eleven is not enough: the tail is built from the base."""
    for text in ("123456789010140", "123456789010019"):
        assert sum(int(d) * w for d, w in zip(text, range(15, 0, -1), strict=True)) % 11 == 0
        assert not values.is_cns(text)
    assert values.is_cns("100000000000007")


@given(st.text(DIGITS, min_size=9, max_size=9))
def test_exactly_one_pair_of_check_digits_makes_a_cpf(base: str) -> None:
    right = [f"{base}{pair:02}" for pair in range(100) if values.is_cpf(f"{base}{pair:02}")]
    oracle = CPF()
    expected = [
        text
        for text in (f"{base}{pair:02}" for pair in range(100))
        if oracle.validate(text) and len(set(text)) > 1
    ]
    assert right == expected
    assert all(_accepts(pydantic_brasil.CPF, text) for text in right)


@given(st.text(CNPJ_CHARS, min_size=12, max_size=12))
def test_exactly_one_pair_of_check_digits_makes_a_cnpj(base: str) -> None:
    right = [f"{base}{pair:02}" for pair in range(100) if values.is_cnpj(f"{base}{pair:02}")]
    assert len(right) == (0 if set(base) == {"0"} else 1)
    assert all(CNPJ().validate(text) for text in right)
    assert all(_accepts(pydantic_brasil.CNPJ, text) for text in right)


@given(st.text(DIGITS, min_size=15, max_size=15))
def test_a_cns_that_is_accepted_here_is_accepted_elsewhere(text: str) -> None:
    if values.is_cns(text):
        assert CNS().validate(text)


@given(st.text(DIGITS, min_size=10, max_size=10), st.sampled_from("12"))
def test_every_base_has_exactly_one_definitive_cns(rest: str, first: str) -> None:
    base = first + rest
    right = [f"{base}{tail:04}" for tail in range(30) if values.is_cns(f"{base}{tail:04}")]
    assert len(right) == 1
    assert CNS().validate(right[0])


@given(st.text(DIGITS, min_size=14, max_size=14), st.sampled_from("789"))
def test_a_provisional_cns_is_a_multiple_of_eleven(rest: str, first: str) -> None:
    assert values.is_cns(first + rest) == CNS().validate(first + rest)


@pytest.mark.parametrize(
    ("kind", "value", "sentence"),
    [
        (values.Cpf, "529982247", "CPF inválido: são 11 dígitos"),
        (values.Cpf, "52998224725 ", "CPF inválido: são 11 dígitos"),
        (values.Cpf, "52998224725\n", "CPF inválido: são 11 dígitos"),
        (values.Cpf, "x52998224725", "CPF inválido: são 11 dígitos"),
        (values.Cpf, "11111111111", "CPF inválido: todos os dígitos são iguais"),
        (values.Cpf, "52998224735", "CPF inválido: dígitos verificadores não conferem"),
        (
            values.Cnpj,
            "1122233300018X",
            "CNPJ inválido: são 12 letras ou números e 2 dígitos verificadores",
        ),
        (values.Cnpj, "00000000000000", "CNPJ inválido: todos os dígitos são zero"),
        (values.Cnpj, "11222333000191", "CNPJ inválido: dígitos verificadores não conferem"),
        (
            values.Cns,
            "312345678901234",
            "CNS inválido: são 15 dígitos começando por 1, 2, 7, 8 ou 9",
        ),
        (values.Cns, "700000000000000", "CNS inválido: dígitos verificadores não conferem"),
        (values.Cid, "21", "CID inválido: use letra e dois números, como I21 ou I21.4"),
        (values.Cid, "I21.45", "CID inválido: use letra e dois números, como I21 ou I21.4"),
        (values.CidRange, "I20-", "faixa de CID inválida: use I21.4 ou I20-I25"),
        (values.CidRange, "I25-I20", "faixa de CID inválida: o começo vem depois do fim"),
        (values.CidRange, "I20.5-I20.4", "faixa de CID inválida: o começo vem depois do fim"),
        (values.Tuss, "1010101", "TUSS inválido: são 8 dígitos"),
        (values.Cep, "3795001", "CEP inválido: são 8 dígitos"),
        (values.Phone, "41998765432", "telefone inválido: use o formato +5541998765432"),
        (values.Phone, "+0541998765432", "telefone inválido: use o formato +5541998765432"),
        (values.Uf, "XX", "UF inválida: use a sigla de um estado brasileiro"),
        (values.Uf, "pr", "UF inválida: use a sigla de um estado brasileiro"),
        (values.Cents, -1, "valor inválido: informe centavos inteiros, zero ou mais"),
        (
            values.Cents,
            1_000_000_000_000,
            "valor inválido: informe centavos inteiros, zero ou mais",
        ),
    ],
)
def test_a_refusal_says_field_and_reason(kind: Any, value: object, sentence: str) -> None:
    assert _refusal(kind, value) == sentence


@pytest.mark.parametrize(
    ("kind", "value", "kept"),
    [
        (values.Cid, "i21.4", "I214"),
        (values.Cid, "E66", "E66"),
        (values.CidRange, "i20-i25", "I20-I25"),
        (values.CidRange, "Z95.1", "Z951"),
        (values.CidRange, "I20-I20.4", "I20-I204"),
        (values.CidRange, "I20.4-I20", "I204-I20"),
        (values.Tuss, "10101012", "10101012"),
        (values.Cep, "37950-018", "37950018"),
        (values.Cep, "80010000", "80010000"),
        (values.Phone, "+5541998765432", "+5541998765432"),
        (values.Phone, "+12345678", "+12345678"),
        (values.Uf, "PR", "PR"),
        (values.Cents, 0, 0),
        (values.Cents, 999_999_999_999, 999_999_999_999),
    ],
)
def test_the_normal_form_is_kept(kind: Any, value: object, kept: object) -> None:
    assert TypeAdapter(kind).validate_python(value) == kept


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("CRM-PR 12345", "CRM-PR 12345"),
        ("CRM 12345/PR", "CRM-PR 12345"),
        ("crm/pr 12.345", "CRM-PR 12345"),
        ("CRM PR  0012345", "CRM-PR 12345"),
        ("CRM12345-PR", "CRM-PR 12345"),
        ("CRM 12345", "CRM 12345"),
        ("12345", "CRM 12345"),
        ("12345/PR", "CRM-PR 12345"),
        ("COREN-SP 123.456-ENF", "COREN-SP 123456"),
        ("CRFa-RS 9876", "CRFA-RS 9876"),
        ("CRF AC 987", "CRF-AC 987"),
        ("CRO-MG 1.234.567", "CRO-MG 1234567"),
    ],
)
def test_a_council_number_has_one_form_however_it_is_written(written: str, kept: str) -> None:
    assert TypeAdapter(values.CouncilNumber).validate_python(written) == kept
    parts = values.council_parts(kept)
    assert values.written_council(parts) == kept


@pytest.mark.parametrize(
    "text", ["", "CRM", "CRM-XX 123", "CRM-PR 123/SP", "ABC 123", "12.34", "CRM 123456789", "PR"]
)
def test_what_is_no_council_number_is_refused(text: str) -> None:
    assert "use CRM-PR 12345" in _refusal(values.CouncilNumber, text)


def test_a_council_number_of_zeros_is_refused() -> None:
    assert "é zero" in _refusal(values.CouncilNumber, "CRM-PR 000")


STATES = "ACALAMAPBACEDFESGOMAMGMSMTPAPBPEPIPRRJRNRORRRSSCSESPTO"


@pytest.mark.parametrize("at", range(0, len(STATES), 2))
def test_the_27_states_are_known(at: int) -> None:
    assert len(STATES) == 54
    assert values.parse_uf(STATES[at : at + 2]) == STATES[at : at + 2]


@pytest.mark.parametrize(
    ("cid_range", "cid", "inside"),
    [
        ("I20-I25", "I20", True),
        ("I20-I25", "I20.0", True),
        ("I20-I25", "I21.4", True),
        ("I20-I25", "I214", True),
        ("I20-I25", "I25.9", True),
        ("I20-I25", "I25", True),
        ("I20-I25", "I19.9", False),
        ("I20-I25", "I26", False),
        ("I20-I25", "J21", False),
        ("Z95.1", "Z951", True),
        ("Z95.1", "Z95.0", False),
        ("Z95.1", "Z95.2", False),
        ("Z95.1", "Z95", False),
        ("Z95.0", "Z95", False),
        ("Z95.9", "Z95", False),
        ("E66", "E66.9", True),
        ("E66", "E65", False),
        ("I20.1-I25", "I20.0", False),
        ("I20-I25.5", "I25", False),
        ("I20-I25.5", "I25.5", True),
        ("C97-D05", "D00", True),
    ],
)
def test_a_cid_lies_in_a_range_when_all_it_means_does(
    cid_range: str, cid: str, inside: bool
) -> None:
    assert values.range_contains(cid_range, cid) is inside


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        ("I20-I25", "I25.9", True),
        ("I20-I25", "I26", False),
        ("I20-I25", "I15-I20", True),
        ("Z95.1", "Z95", True),
        ("Z95.1", "Z95.2", False),
    ],
)
def test_ranges_overlap_when_they_share_a_subcategory(one: str, other: str, overlap: bool) -> None:
    assert values.cid_bounds(one).overlaps(values.cid_bounds(other)) is overlap
    assert values.cid_bounds(other).overlaps(values.cid_bounds(one)) is overlap


def test_people_read_a_cid_with_its_dot() -> None:
    assert values.dotted("I214") == "I21.4"
    assert values.dotted("E66") == "E66"
    assert values.dotted("I20-Z951") == "I20-Z95.1"


@pytest.mark.parametrize(
    ("kind", "name", "sample"),
    [
        (values.Cpf, "cpf", "529.982.247-25"),
        (values.Cnpj, "cnpj", "12.ABC.345/01DE-35"),
        (values.Cns, "cns", "752601815908302"),
        (values.Cid, "cid10", "I21.4"),
        (values.CidRange, "cid10-range", "I20-I25"),
        (values.Tuss, "tuss", "10101012"),
        (values.Cep, "cep", "37950-018"),
        (values.Phone, "phone-e164", "+5541998765432"),
    ],
)
def test_the_schema_names_a_format_and_a_pattern(kind: Any, name: str, sample: str) -> None:
    schema = TypeAdapter(kind).json_schema()
    assert schema["type"] == "string"
    assert schema["format"] == name
    assert schema["pattern"].startswith("^")
    assert schema["pattern"].endswith("$")
    assert _accepts(kind, sample)


def test_the_schema_of_money_has_bounds_and_that_of_states_a_pattern() -> None:
    assert TypeAdapter(values.Cents).json_schema() == {
        "type": "integer",
        "minimum": 0,
        "maximum": 999_999_999_999,
    }
    assert "pattern" in TypeAdapter(values.Uf).json_schema()
    assert TypeAdapter(values.Uf).json_schema()["type"] == "string"


@pytest.mark.parametrize("day", ["1899-12-31", "2200-01-01", "0001-01-01", "9999-12-31"])
def test_a_day_or_moment_from_which_nothing_can_be_counted_is_refused(day: str) -> None:
    assert "1900 a 2199" in _refusal(values.Day, day)
    assert "1900 a 2199" in _refusal(values.Moment, f"{day}T23:30:00Z")


@pytest.mark.parametrize("day", ["1900-01-01", "2026-11-03", "2199-12-31"])
def test_a_day_or_moment_of_these_centuries_is_taken(day: str) -> None:
    assert _accepts(values.Day, day)
    assert _accepts(values.Moment, f"{day}T23:30:00-03:00")
    assert not _accepts(values.Moment, f"{day}T23:30:00")


@pytest.mark.parametrize("number", [0, 631152000, 1.5, True, "0", " -7", "1e5", "631152000.0"])
def test_a_number_is_no_date_and_nobody_is_born_in_1970_by_it(number: object) -> None:
    assert "AAAA-MM-DD" in _refusal(values.Day, number)
    assert "AAAA-MM-DD" in _refusal(values.Moment, number)


@pytest.mark.parametrize("text", ["José D'Ávila", "田中", "Zoë 🙂", "Ana\u0301", "Ana Ñ"])
def test_whatever_people_can_read_is_plain(text: str) -> None:
    assert values.parse_plain(text) == text


@given(st.characters(categories=["Cc", "Cn", "Co"]))
def test_what_is_no_character_of_any_script_is_refused(char: str) -> None:
    assert unicodedata.category(char).startswith("C")
    assert "imprimir" in _refusal(PLAIN, f"A{char}B")


def test_a_text_of_several_lines_is_plain_where_lines_are_taken() -> None:
    lines = Annotated[str, values.Plain(lines=True)]
    for text in ("Uma.\r\nOutra.\n\nA última.", "Uma só"):
        assert TypeAdapter(lines).validate_python(text) == text
        assert _accepts(PLAIN, text) == ("\n" not in text)
    for char in "\r\t\0\x0b":
        assert "imprimir" in _refusal(lines, f"Uma.\n{char}Outra.")


def test_a_plain_text_keeps_its_length_and_names_its_format() -> None:
    assert TypeAdapter(PLAIN).json_schema() == {
        "type": "string",
        "minLength": 2,
        "maxLength": 20,
        "format": "plain-text",
    }
    assert "at least 2" in _refusal(PLAIN, "A")
