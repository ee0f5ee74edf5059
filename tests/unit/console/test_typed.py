"""What is typed on a phone, as it is meant."""

from datetime import date

import pytest

from services.console.rules.typed import code, day, secret_of

SECRET = "12." + "aB3-_x" * 7


@pytest.mark.parametrize(
    "text", ["07/03/1990", "7/3/1990", "7-3-1990", "07.03.1990", "07031990", " 1990-03-07 "]
)
def test_a_day_is_understood_as_people_write_it(text: str) -> None:
    assert day(text) == date(1990, 3, 7)


@pytest.mark.parametrize(
    "text", ["", "31/02/1990", "7 de março", "07/03/90", "1990", "00/00/0000", "٠٧/٠٣/١٩٩٠"]
)
def test_what_is_no_day_is_none(text: str) -> None:
    assert day(text) is None


@pytest.mark.parametrize(
    "text", [SECRET, f"https://x.test/declaracao/12#{SECRET}", f"  leia: https://x#{SECRET}\n"]
)
def test_the_secret_is_found_in_a_whole_address(text: str) -> None:
    assert secret_of(text) == SECRET


@pytest.mark.parametrize("text", ["", "https://x.test/declaracao/12", "12.curto", "#" * 5000])
def test_where_there_is_no_secret_none_is_made_up(text: str) -> None:
    assert secret_of(text) == ""


@pytest.mark.parametrize("text", ["123456", " 123 456 ", "123-456"])
def test_a_code_is_six_digits_whatever_parts_them(text: str) -> None:
    assert code(text) == "123456"


@pytest.mark.parametrize("text", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦"])
def test_anything_else_is_no_code(text: str) -> None:
    assert code(text) == ""
