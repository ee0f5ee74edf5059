"""A clock that looks at every single minute, and random cases to hold the rule of working time to.

Ten thousand are part of the tests; `python -m tests.bench.task_clock` tries a million.
"""

import random
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from services.worklist.rules.working_time import Shift, Span, WorkingHours

MINUTE = timedelta(minutes=1)
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


@cache
def local(zone: ZoneInfo, minute: int) -> tuple[date, int, int]:
    """Day, weekday and minute of the day there; cases lie near few days, so minutes return."""
    here = datetime.fromtimestamp(60 * minute, zone)
    return here.date(), here.weekday(), here.hour * 60 + here.minute


def worked(hours: WorkingHours, minutes: range, paused: set[int]) -> list[int]:
    """The oracle: of these minutes, counted from 1970, each that is worked."""
    week = [{n for shift in day for n in range(shift.start, shift.end)} for day in hours.week]
    return [
        minute
        for minute in minutes
        for day, weekday, of_day in (local(hours.zone, minute),)
        if of_day in week[weekday] and minute not in paused and day not in hours.holidays
    ]


def numbered(since: datetime, until: datetime) -> range:
    """The minutes from one moment to another, counted from 1970."""
    return range(int(since.timestamp()) // 60, int(until.timestamp()) // 60)


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


def try_case(chance: random.Random) -> None:
    """One random case: the rule and the clock of single minutes agree, or it is shown."""
    hours, start, end, pauses = some_case(chance)
    paused = {minute for pause in pauses for minute in numbered(*pause)}
    minutes = worked(hours, numbered(start, end), paused)
    case = (hours, start, end, pauses)
    assert hours.minutes_between(start, end, pauses) == len(minutes), case
    if minutes:
        after_last = datetime.fromtimestamp(60 * (minutes[-1] + 1), UTC)
        assert hours.due_at(start, len(minutes), pauses) == after_last, case
