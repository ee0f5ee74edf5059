"""Protocol numbers, files as they really are, and the sentence of each stage."""

from datetime import date
from typing import get_args

import pytest

from contracts.health_declaration.stages import Stage
from services.health_declaration.rules.files import MAX_BYTES, is_of_type, safe_name
from services.health_declaration.rules.next_step import next_step
from services.health_declaration.rules.protocol import protocol_number


def test_a_protocol_tells_register_day_and_number() -> None:
    assert protocol_number("123456", date(2026, 11, 5), 42) == "12345620261105000042"
    assert protocol_number("000000", date(2026, 11, 5), 0) == "00000020261105000000"


def test_the_running_number_keeps_its_last_six_digits() -> None:
    assert protocol_number("123456", date(2026, 1, 2), 999_999)[-6:] == "999999"
    assert protocol_number("123456", date(2026, 1, 2), 1_000_007)[-6:] == "000007"


@pytest.mark.parametrize("register", ["", "12345", "1234567", "12a456", "١٢٣٤٥٦"])
def test_a_register_that_is_not_six_digits_is_refused(register: str) -> None:
    with pytest.raises(ValueError, match=r"^o registro ANS tem seis dígitos$"):
        protocol_number(register, date(2026, 1, 2), 1)


def test_a_negative_number_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^o número corrido não pode ser negativo$"):
        protocol_number("123456", date(2026, 1, 2), -1)


@pytest.mark.parametrize(
    ("content", "media_type", "same"),
    [
        (b"%PDF-1.7\n", "application/pdf", True),
        (b"\xff\xd8\xff\xe0 JFIF", "image/jpeg", True),
        (b"\x89PNG\r\n\x1a\n....", "image/png", True),
        (b"%PDF-1.7\n", "image/png", False),
        (b"<html>%PDF-", "application/pdf", False),
        (b"", "application/pdf", False),
        (b"GIF89a", "image/gif", False),
    ],
)
def test_a_file_is_what_its_first_bytes_say(content: bytes, media_type: str, same: bool) -> None:
    assert is_of_type(content, media_type) is same


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("laudo médico.pdf", "laudo_médico.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ana\\exame-1.png", "exame-1.png"),
        ("..", "documento"),
        ("a<b>\x00\n'c\".jpg", "a_b_c_.jpg"),
        ("/", "documento"),
        ("x" * 120, "x" * 100),
    ],
)
def test_a_file_name_can_do_no_harm(name: str, kept: str) -> None:
    assert safe_name(name) == kept


def test_the_limit_of_a_file_is_eight_megabytes() -> None:
    assert MAX_BYTES == 8_388_608


def test_every_stage_has_its_own_sentence() -> None:
    sentences = [next_step(stage, guidance_awaited=False) for stage in get_args(Stage)]
    assert len(set(sentences)) == len(sentences)
    assert all(one.endswith(".") and one[0].isupper() for one in sentences)


def test_whoever_waits_for_the_doctor_is_told_so_only_before_signing() -> None:
    awaited = next_step("filling", guidance_awaited=True)
    assert awaited.startswith("Escolha ou espere a conversa com o médico")
    assert next_step("offer", guidance_awaited=True) == next_step("offer", guidance_awaited=False)
    assert awaited != next_step("filling", guidance_awaited=False)


def test_a_stage_that_does_not_exist_has_no_sentence() -> None:
    with pytest.raises(KeyError):
        next_step("nowhere", guidance_awaited=False)
