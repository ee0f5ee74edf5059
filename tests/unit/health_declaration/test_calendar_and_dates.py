"""Business days and the dates of a CPT, as in the vectors."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.health_declaration.rules.calendar import BusinessCalendar
from services.health_declaration.rules.cpt import add_months, in_force

VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[1] / "vectors.json").read_text())
DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))


@pytest.mark.parametrize(("start", "end"), VECTORS["add_months_24"].items())
def test_24_months_end_as_in_the_vectors(start: str, end: str) -> None:
    assert add_months(date.fromisoformat(start), 24) == date.fromisoformat(end)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2026-01-31", 1, "2026-03-01"),
        ("2024-01-30", 1, "2024-03-01"),
        ("2024-01-29", 1, "2024-02-29"),
        ("2026-03-31", 1, "2026-05-01"),
        ("2026-10-31", 1, "2026-12-01"),
        ("2026-12-31", 2, "2027-03-01"),
        ("2026-11-15", 1, "2026-12-15"),
        ("2026-12-15", 1, "2027-01-15"),
        ("2026-12-15", 0, "2026-12-15"),
    ],
)
def test_a_missing_day_becomes_the_first_of_the_next_month(
    start: str, months: int, end: str
) -> None:
    assert add_months(date.fromisoformat(start), months) == date.fromisoformat(end)


@given(DAYS, st.integers(0, 60))
def test_months_keep_the_day_or_start_the_next_month(start: date, months: int) -> None:
    end = add_months(start, months)
    passed = (end.year - start.year) * 12 + end.month - start.month
    assert (passed, end.day) in {(months, start.day), (months + 1, 1)}


def test_a_cpt_restricts_from_its_first_day_until_the_day_before_its_end() -> None:
    start, end = date(2026, 12, 1), date(2028, 12, 1)
    day = timedelta(days=1)
    assert [in_force(start, end, on) for on in (start - day, start, end - day, end)] == [
        False,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(("start", "days", "national", "bank"), VECTORS["add_business_days"])
def test_business_days_end_as_in_the_vectors(
    start: str, days: int, national: str, bank: str
) -> None:
    extra = [date.fromisoformat(day) for day in VECTORS["bank_holidays"]]
    first = date.fromisoformat(start)
    assert BusinessCalendar().add_business_days(first, days) == date.fromisoformat(national)
    banks = BusinessCalendar(extra=extra)
    assert banks.add_business_days(first, days) == date.fromisoformat(bank)


@pytest.mark.parametrize("day", VECTORS["national_holidays"])
def test_a_national_holiday_is_no_business_day(day: str) -> None:
    assert not BusinessCalendar().is_business_day(date.fromisoformat(day))


@pytest.mark.parametrize(
    ("day", "business"),
    [("2026-11-19", 1), ("2026-11-21", 0), ("2026-11-22", 0), ("2026-11-23", 1)],
)
def test_weekends_are_no_business_days(day: str, business: int) -> None:
    assert BusinessCalendar().is_business_day(date.fromisoformat(day)) is bool(business)


def test_an_operator_may_add_holidays() -> None:
    seat = BusinessCalendar(extra=[date(2026, 11, 23)])
    assert not seat.is_business_day(date(2026, 11, 23))
    assert seat.on_or_after(date(2026, 11, 20)) == date(2026, 11, 24)


def test_a_term_ending_on_a_holiday_moves_to_the_next_business_day() -> None:
    calendar = BusinessCalendar()
    assert calendar.on_or_after(date(2026, 11, 20)) == date(2026, 11, 23)
    assert calendar.on_or_after(date(2026, 11, 23)) == date(2026, 11, 23)


def test_no_days_is_the_start_itself_and_fewer_is_refused() -> None:
    saturday = date(2026, 11, 21)
    assert BusinessCalendar().add_business_days(saturday, 0) == saturday
    with pytest.raises(ValueError, match=r"^prazo em dias úteis não pode ser negativo$"):
        BusinessCalendar().add_business_days(saturday, -1)


@given(DAYS, st.integers(1, 30))
def test_a_term_in_business_days_ends_on_one_and_passes_that_many(start: date, days: int) -> None:
    calendar = BusinessCalendar()
    end = calendar.add_business_days(start, days)
    between = [start + timedelta(days=n) for n in range(1, (end - start).days + 1)]
    assert calendar.is_business_day(end)
    assert sum(map(calendar.is_business_day, between)) == days


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-11-20", 0, "2026-11-23"),
        ("2026-11-19", 1, "2026-11-23"),
        ("2026-11-19", 4, "2026-11-23"),
        ("2026-11-19", 5, "2026-11-24"),
        ("2026-02-19", 30, "2026-03-23"),
        ("2026-11-25", 30, "2026-12-28"),
    ],
)
def test_a_term_in_calendar_days_ends_on_a_business_day(start: str, days: int, end: str) -> None:
    calendar, hard = BusinessCalendar(), BusinessCalendar(extends=False)
    begun = date.fromisoformat(start)
    assert calendar.term_ends_on(begun, days) == date.fromisoformat(end)
    assert hard.term_ends_on(begun, days) == begun + timedelta(days=days)
