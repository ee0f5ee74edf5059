"""How things are written for people: local days, 24 hours, reais, spans, terms."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.console.rules.deadlines import Chip, Term, chip
from services.console.rules.formats import Formats, money, number, span

FORMATS = Formats(ZoneInfo("America/Sao_Paulo"))
LATE = datetime(2026, 11, 28, 0, 49, tzinfo=UTC)
NOW = datetime(2026, 11, 27, 15, 0, tzinfo=UTC)


def test_at_21_49_in_sao_paulo_the_day_is_still_the_local_one() -> None:
    assert FORMATS.day(LATE) == "27/11/2026"
    assert FORMATS.time(LATE) == "21:49"
    assert FORMATS.moment(LATE) == "27/11/2026 21:49"
    assert FORMATS.short(LATE) == "27/11 21:49"


def test_a_day_without_a_time_is_in_no_zone() -> None:
    assert FORMATS.day(date(2026, 12, 1)) == "01/12/2026"


def test_a_term_that_ends_with_a_day_is_told_by_that_day() -> None:
    midnight = datetime(2026, 12, 5, 3, tzinfo=UTC)
    assert FORMATS.deadline(midnight) == "04/12/2026, fim do dia"
    assert FORMATS.deadline(LATE) == "27/11/2026 21:49"


def test_a_field_of_date_and_time_is_read_as_it_was_written() -> None:
    assert FORMATS.field(LATE) == "2026-11-27T21:49"
    assert FORMATS.read_field("2026-11-27T21:49") == LATE
    assert FORMATS.read_field(" 2026-11-27T21:49:30 ") == LATE


@pytest.mark.parametrize("text", ["", "amanhã", "2026-13-01T10:00", "27/11/2026 21:49"])
def test_what_is_no_moment_is_none(text: str) -> None:
    assert FORMATS.read_field(text) is None


@pytest.mark.parametrize(
    ("cents", "written"),
    [
        (0, "R$\u00a00,00"),
        (5, "R$\u00a00,05"),
        (38_990, "R$\u00a0389,90"),
        (123_456_789, "R$\u00a01.234.567,89"),
        (-150, "-R$\u00a01,50"),
    ],
)
def test_money_has_points_for_thousands_and_a_comma(cents: int, written: str) -> None:
    assert money(cents) == written


def test_thousands_are_parted_by_points() -> None:
    assert [number(0), number(999), number(12_345)] == ["0", "999", "12.345"]


@pytest.mark.parametrize(
    ("length", "written"),
    [
        (timedelta(seconds=59), "0 min"),
        (timedelta(minutes=59), "59 min"),
        (timedelta(minutes=97), "1 h 37"),
        (timedelta(hours=23, minutes=59), "23 h 59"),
        (timedelta(days=2, hours=3, minutes=50), "2 d 3 h"),
        (-timedelta(minutes=5), "5 min"),
    ],
)
def test_a_span_is_told_in_its_two_largest_units(length: timedelta, written: str) -> None:
    assert span(length) == written


@pytest.mark.parametrize(
    ("term", "shown"),
    [
        (Term(NOW - timedelta(hours=5, minutes=7)), Chip("critical", "▲", "vencida há 5 h 07")),
        (Term(NOW), Chip("warning", "◆", "vence em 0 min")),
        (Term(NOW + timedelta(hours=3, minutes=59)), Chip("warning", "◆", "vence em 3 h 59")),
        (Term(NOW + timedelta(hours=4)), Chip("neutral", "·", "vence em 4 h 00")),
        (
            Term(NOW - timedelta(days=1), waiting_since=NOW - timedelta(days=2)),
            Chip("paused", "‖", "aguarda há 2 d 0 h"),
        ),
        (Term(NOW - timedelta(days=1), settled_at=NOW), Chip("done", "✓", "concluída")),
        (
            Term(NOW - timedelta(days=1), settled_at=NOW, dropped=True),
            Chip("done", "✓", "dispensada"),
        ),
    ],
)
def test_a_term_is_told_by_a_mark_and_words_and_not_by_its_colour_alone(
    term: Term, shown: Chip
) -> None:
    assert chip(term, NOW) == shown
