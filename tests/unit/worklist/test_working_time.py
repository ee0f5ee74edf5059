"""Working minutes against a clock that looks at every single minute."""

import random
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from services.worklist.rules.working_time import (
    NoWorkingTime,
    Shift,
    WorkingHours,
    merged,
)
from tests.support.minutes import try_case

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
OFFICE = (Shift(8 * 60, 12 * 60), Shift(13 * 60, 18 * 60))
WEEKDAYS = WorkingHours(SAO_PAULO, (OFFICE,) * 5 + ((), ()))
CASES = 10_000


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SAO_PAULO)


def test_ten_thousand_random_cases_agree_with_the_clock_of_single_minutes() -> None:
    chance = random.Random(20261127)  # noqa: S311 a seed, no secret
    for _ in range(CASES):
        try_case(chance)


def test_lunch_is_not_counted() -> None:
    assert WEEKDAYS.due_at(local("2026-11-27T11:30"), 60) == local("2026-11-27T13:30")


def test_what_starts_on_friday_night_falls_due_on_monday() -> None:
    assert WEEKDAYS.due_at(local("2026-11-27T21:49"), 30) == local("2026-11-30T08:30")


def test_a_municipal_holiday_moves_the_deadline_to_the_next_day() -> None:
    hours = WorkingHours(SAO_PAULO, WEEKDAYS.week, frozenset({date(2026, 1, 26)}))
    assert hours.due_at(local("2026-01-23T17:00"), 120) == local("2026-01-27T09:00")


def test_a_deadline_ends_with_the_shift_and_not_at_the_start_of_the_next() -> None:
    assert WEEKDAYS.due_at(local("2026-11-27T17:00"), 60) == local("2026-11-27T18:00")


def test_while_the_other_party_owes_something_no_minute_counts() -> None:
    owed = [(local("2026-11-27T09:00"), local("2026-11-27T11:00"))]
    assert WEEKDAYS.due_at(local("2026-11-27T08:00"), 120, owed) == local("2026-11-27T12:00")
    assert (
        WEEKDAYS.minutes_between(local("2026-11-27T08:00"), local("2026-11-27T12:00"), owed) == 120
    )


def test_pauses_that_overlap_count_once() -> None:
    first = (local("2026-11-27T09:00"), local("2026-11-27T10:00"))
    second = (local("2026-11-27T09:30"), local("2026-11-27T10:30"))
    assert merged([second, first]) == [(first[0].astimezone(UTC), second[1].astimezone(UTC))]


def test_an_hour_that_does_not_exist_is_not_worked() -> None:
    night = WorkingHours(SAO_PAULO, ((Shift(0, 120),),) * 7)
    # On 4 November 2018 midnight in São Paulo was followed by one o'clock.
    assert night.minutes_between(local("2018-11-03T20:00"), local("2018-11-04T12:00")) == 60


def test_nobody_works_ever_is_told_and_not_looked_for_without_end() -> None:
    with pytest.raises(NoWorkingTime):
        WorkingHours(SAO_PAULO, ((),) * 7).due_at(local("2026-11-27T08:00"), 1)


@pytest.mark.parametrize(("start", "end"), [(10, 10), (20, 10), (-1, 5), (0, 1441)])
def test_a_shift_that_ends_before_it_starts_is_refused(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="turno"):
        Shift(start, end)


def test_shifts_of_one_day_that_overlap_are_refused() -> None:
    with pytest.raises(ValueError, match="sobrepor"):
        WorkingHours(SAO_PAULO, ((Shift(0, 60), Shift(59, 70)),) + ((),) * 6)


def test_a_negative_deadline_is_refused() -> None:
    with pytest.raises(ValueError, match="negativo"):
        WEEKDAYS.due_at(local("2026-11-27T08:00"), -1)
