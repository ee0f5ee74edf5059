"""R5: a day early or late, month ends, 29 February, the four zones of Brazil: no step early.

The oracle counts local days one by one from its own list of holidays and knows nothing of ours.
"""

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.health_declaration.rules.calendar import BusinessCalendar
from services.health_declaration.rules.cpt import add_months, in_force
from services.health_declaration.rules.parameters import RuleSet
from services.health_declaration.rules.stages import Action, Due, Terms, overtaken, schedule
from services.worklist.rules.usual import hours

DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)
ZONES = {
    "America/Noronha": -2,
    "America/Sao_Paulo": -3,
    "America/Manaus": -4,
    "America/Rio_Branco": -5,
}
"""Hours from UTC: no daylight saving since 2019, and these are the years looked at."""
FIXED = {(1, 1), (4, 21), (5, 1), (9, 7), (10, 12), (11, 2), (11, 15), (11, 20), (12, 25)}
TERMS = {
    "invited": ("calendar", Action.EXPIRE),
    "filling": ("calendar", Action.EXPIRE),
    "offer": ("calendar", Action.REFER),
    "term": ("calendar", Action.REFER),
    "documents": ("business", Action.REFER),
    "exam": ("business", Action.REFER),
}
YEARS = (2024, 2040)


def edges() -> st.SearchStrategy[date]:
    """Days of which every second one is a month's first or last two, or about 29 February."""
    year = st.integers(*YEARS)
    month_end = st.builds(
        lambda y, m, back: date(y, m, monthrange(y, m)[1]) - back * DAY,
        year,
        st.integers(1, 12),
        st.integers(-2, 1),
    )
    leap = st.builds(
        lambda n, off: date(2024 + 4 * n, 2, 29) + off * DAY, st.integers(0, 4), st.integers(-2, 2)
    )
    return st.one_of(month_end, leap, st.dates(date(2024, 1, 1), date(2040, 12, 31)))


MOMENTS = st.builds(
    lambda day, seconds: (
        datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=seconds)
    ),
    edges(),
    st.one_of(st.integers(0, 86_399), st.sampled_from([0, 1, 86_399, 2 * 3600, 3 * 3600 - 1])),
)


def local(moment: datetime, zone: str) -> date:
    return (moment.astimezone(UTC) + timedelta(hours=ZONES[zone])).date()


def midnight(day: date, zone: str) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=ZONES[zone])


def good_friday(year: int) -> date:
    """Two days before the Sunday after the Paschal full moon (Gauss, 1900 to 2099)."""
    moon = (19 * (year % 19) + 24) % 30
    sunday = (2 * (year % 4) + 4 * (year % 7) + 6 * moon + 5) % 7
    early = (moon, sunday) == (29, 6) or (moon == 28 and sunday == 6 and year % 19 > 10)
    return date(year, 3, 22) + (moon + sunday - 7 * early - 2) * DAY


def works(day: date) -> bool:
    is_holiday = (day.month, day.day) in FIXED or day == good_friday(day.year)
    return day.weekday() < 5 and not is_holiday


def last_day(kind: str, start: date, days: int) -> date:
    """The start is not counted; calendar terms end on a day with business (CC art. 132)."""
    day = start
    while days:
        day += DAY
        days -= kind == "calendar" or works(day)
    while not works(day):
        day += DAY
    return day


def length(stage: str, rules: RuleSet) -> int:
    return {
        "invited": rules.declaration.days,
        "filling": rules.declaration.days,
        "offer": rules.offer_terms.offer_days,
        "term": rules.offer_terms.signature_days,
        "documents": rules.deadlines.document_business_days,
        "exam": rules.analysis.exam_business_days,
    }[stage]


def done_by(coming: tuple[Due, ...], now: datetime) -> Iterator[Due]:
    """What a case that is asked at `now` does, the overtaken reminders left out."""
    yield from (due for due in coming[overtaken(coming, now) :] if due.at <= now)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("stage", TERMS)
@given(MOMENTS)
@example(datetime(2028, 2, 29, 2, 59, 59, tzinfo=UTC))
@example(datetime(2027, 1, 1, 1, 0, tzinfo=UTC))
def test_no_term_ends_before_its_last_local_day_has_passed(
    stage: str, zone: str, rules: RuleSet, since: datetime
) -> None:
    kind, action = TERMS[stage]
    coming = schedule(stage, since, Terms(rules, BusinessCalendar(), ZoneInfo(zone)))
    [end] = [due.at for due in coming if due.action is action]
    ends_on = last_day(kind, local(since, zone), length(stage, rules))
    assert end == midnight(ends_on + DAY, zone)
    for early in (end - INSTANT, end - DAY):
        assert action not in {due.action for due in done_by(coming, early)}
    for late in (end, end + DAY):
        assert [due.action for due in done_by(coming, late)] == [action]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("stage", [stage for stage in TERMS if stage != "exam"])
@given(MOMENTS)
def test_nobody_is_reminded_before_the_day_or_after_the_term(
    stage: str, zone: str, rules: RuleSet, since: datetime
) -> None:
    coming = schedule(stage, since, Terms(rules, BusinessCalendar(), ZoneInfo(zone)))
    end = coming[-1].at
    reminders = [due.at for due in coming if due.action is Action.REMIND]
    assert reminders
    assert all(since + DAY <= at < end for at in reminders)
    assert all(earlier < later for earlier, later in pairwise(reminders))
    for at in reminders:
        for early in (at - INSTANT, at - DAY):
            assert at not in {due.at for due in done_by(coming, early)}
        assert [due.at for due in done_by(coming, at)] == [at]


@given(edges(), st.integers(1, 24))
@example(date(2028, 2, 29), 24)
@example(date(2026, 1, 31), 1)
def test_a_cpt_ends_on_its_day_and_not_the_day_before(start: date, months: int) -> None:
    year, month = start.year + (start.month - 1 + months) // 12, (start.month - 1 + months) % 12 + 1
    room = monthrange(year, month)[1]
    last = date(year, month, min(start.day, room))
    expected = last if start.day <= room else last + DAY
    ends_on = add_months(start, months)
    assert ends_on == expected
    assert in_force(start, ends_on, start)
    assert in_force(start, ends_on, ends_on - DAY)
    assert not in_force(start, ends_on, ends_on)
    assert not in_force(start, ends_on, start - DAY)


@pytest.mark.parametrize("zone", ZONES)
@given(MOMENTS, st.integers(1, 3 * 540))
def test_no_task_is_late_before_its_working_minutes_have_passed(
    zone: str, since: datetime, minutes: int
) -> None:
    office, counted = hours(ZoneInfo(zone)), 0
    due = office.due_at(since, minutes)
    for day in days(local(since, zone), local(due, zone)):
        for begins, ends in ((8, 12), (13, 18)) if works(day) else ():
            opens = max(since, midnight(day, zone) + timedelta(hours=begins))
            shuts = min(due, midnight(day, zone) + timedelta(hours=ends))
            counted += max(timedelta(), shuts - opens) // timedelta(seconds=1)
    assert counted == minutes * 60


def days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += DAY
