"""Working minutes against a clock that looks at every single minute."""

import random
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.worklist.rules.working_time import (
    NoWorkingTime,
    Shift,
    Span,
    WorkingHours,
    merged,
)

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
MINUTE = timedelta(minutes=1)
OFFICE = (Shift(8 * 60, 12 * 60), Shift(13 * 60, 18 * 60))
WEEKDAYS = WorkingHours(SAO_PAULO, (OFFICE,) * 5 + ((), ()))
CASES = 10_000
ZONES = [ZoneInfo(name) for name in ("America/Sao_Paulo", "America/Havana", "Australia/Lord_Howe")]
NEAR = [
    # Days on which these zones change their offset, and days on which nothing happens.
    datetime(2018, 11, 3, 12, tzinfo=UTC),
    datetime(2018, 2, 17, 12, tzinfo=UTC),
    datetime(2026, 3, 7, 12, tzinfo=UTC),
    datetime(2026, 10, 31, 20, tzinfo=UTC),
    datetime(2026, 4, 4, 6, tzinfo=UTC),
    datetime(2026, 12, 24, 9, tzinfo=UTC),
]


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SAO_PAULO)


def counts(hours: WorkingHours, minute: datetime, pauses: Iterable[Span]) -> bool:
    """The oracle: whether this one minute is worked."""
    here = minute.astimezone(hours.zone)
    if here.date() in hours.holidays:
        return False
    if any(since <= minute < until for since, until in pauses):
        return False
    of_day = here.hour * 60 + here.minute
    return any(shift.start <= of_day < shift.end for shift in hours.week[here.weekday()])


def some_shifts(chance: random.Random) -> tuple[Shift, ...]:
    cuts = sorted(chance.sample(range(1441), 2 * chance.randint(0, 3)))
    return tuple(Shift(*pair) for pair in zip(cuts[::2], cuts[1::2], strict=True))


def some_case(chance: random.Random) -> tuple[WorkingHours, datetime, datetime, list[Span]]:
    start = chance.choice(NEAR) + MINUTE * chance.randint(-1000, 1000)
    end = start + MINUTE * chance.randint(0, 1800)
    days = [(start + timedelta(days=n)).date() for n in range(-1, 3)]
    hours = WorkingHours(
        chance.choice(ZONES),
        tuple(some_shifts(chance) for _ in range(7)),
        frozenset(day for day in days if chance.random() < 0.2),
    )
    pauses = []
    for _ in range(chance.randint(0, 3)):
        since = start + MINUTE * chance.randint(-300, 1800)
        pauses.append((since, since + MINUTE * chance.randint(0, 600)))
    return hours, start, end, pauses


def test_ten_thousand_random_cases_agree_with_the_clock_of_single_minutes() -> None:
    chance = random.Random(20261127)  # noqa: S311 a seed, no secret
    for _ in range(CASES):
        hours, start, end, pauses = some_case(chance)
        minutes = (start + MINUTE * n for n in range((end - start) // MINUTE))
        worked = [minute for minute in minutes if counts(hours, minute, pauses)]
        case = (hours, start, end, pauses)
        assert hours.minutes_between(start, end, pauses) == len(worked), case
        if worked:
            assert hours.due_at(start, len(worked), pauses) == worked[-1] + MINUTE, case


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
