"""A clock that looks at every single minute, and random cases to hold the rule of working time to.

Ten thousand are part of the tests; `python -m tests.bench.task_clock` tries a million.
"""

import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
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


def try_case(chance: random.Random) -> None:
    """One random case: the rule and the clock of single minutes agree, or it is shown."""
    hours, start, end, pauses = some_case(chance)
    minutes = (start + MINUTE * n for n in range((end - start) // MINUTE))
    worked = [minute for minute in minutes if counts(hours, minute, pauses)]
    case = (hours, start, end, pauses)
    assert hours.minutes_between(start, end, pauses) == len(worked), case
    if worked:
        assert hours.due_at(start, len(worked), pauses) == worked[-1] + MINUTE, case
