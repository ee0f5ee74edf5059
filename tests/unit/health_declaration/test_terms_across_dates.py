"""No step comes early or late by a day, on whatever date it starts and in whichever zone.

The oracle counts days one by one: nothing of it is taken from the rules.
"""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st

from services.health_declaration.rules.calendar import BusinessCalendar
from services.health_declaration.rules.cpt import add_months
from services.health_declaration.rules.parameters import RuleSet
from services.health_declaration.rules.stages import Action, Terms, schedule
from tests.support.business_days import works

DAY = timedelta(days=1)
OFFSETS = {
    "America/Noronha": -2,
    "America/Sao_Paulo": -3,
    "America/Manaus": -4,
    "America/Rio_Branco": -5,
}
"""The four of Brazil since summer time ended, in hours."""
STAGES = ("filling", "analysis", "audit", "documents", "exam", "offer", "term", "released")

zones = st.sampled_from(sorted(OFFSETS))
edges = st.builds(
    lambda year, month, near: date(year, month, 1) + timedelta(days=near),
    st.integers(2026, 2036),
    st.integers(1, 12),
    st.integers(-2, 1),
)
"""The days around every month's end, 29 February among them."""
moments = st.builds(
    lambda day, minutes: (
        datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
    edges,
    st.sampled_from((0, 1, 60, 119, 120, 179, 180, 239, 240, 299, 300, 720, 1439)),
)
"""Around the midnights of the four zones."""


def local(moment: datetime, zone: str) -> datetime:
    """Wall time, by the offset alone."""
    return moment.astimezone(UTC).replace(tzinfo=None) + timedelta(hours=OFFSETS[zone])


def terms(rules: RuleSet, zone: str) -> Terms:
    return Terms(rules, BusinessCalendar(), ZoneInfo(zone))


@given(moments, zones, st.integers(0, 40))
@example(datetime(2028, 2, 29, 2, 59, tzinfo=UTC), "America/Sao_Paulo", 10)
def test_a_term_of_business_days_ends_with_the_last_of_them(
    rules: RuleSet, since: datetime, zone: str, days: int
) -> None:
    end = local(terms(rules, zone).business(since, days), zone)
    first, last = local(since, zone).date(), end.date() - DAY
    assert end.time() == datetime.min.time()
    counted = [first + n * DAY for n in range(1, (last - first).days + 1)]
    assert sum(map(works, counted)) == days
    assert not days or works(last)


@given(moments, zones, st.integers(1, 60))
@example(datetime(2028, 2, 29, 3, 0, tzinfo=UTC), "America/Noronha", 30)
def test_a_term_of_calendar_days_ends_with_the_next_day_of_business(
    rules: RuleSet, since: datetime, zone: str, days: int
) -> None:
    end = local(terms(rules, zone).term(since, days), zone)
    plain = local(since, zone).date() + timedelta(days=days)
    last = end.date() - DAY
    assert end.time() == datetime.min.time()
    assert works(last)
    assert not [n for n in range((last - plain).days) if works(plain + n * DAY)]


@given(moments, zones, st.sampled_from(STAGES))
def test_a_day_later_no_step_comes_earlier(
    rules: RuleSet, since: datetime, zone: str, stage: str
) -> None:
    of_zone = terms(rules, zone)
    days = [schedule(stage, since + n * DAY, of_zone) for n in (-1, 0, 1)]
    for before, after in pairwise(days):
        by_kind = zip(before, after, strict=True)
        assert all(a.at <= b.at and a.action == b.action for a, b in by_kind)
        assert all(due.at > since - DAY for due in before)


@given(moments, zones)
def test_a_form_expires_on_the_same_local_day_in_every_zone_that_shares_it(
    rules: RuleSet, since: datetime, zone: str
) -> None:
    def last_day(name: str) -> date:
        [end] = (
            due.at
            for due in schedule("filling", since, terms(rules, name))
            if due.action is Action.EXPIRE
        )
        return local(end, name).date() - DAY

    sharing = [n for n in OFFSETS if local(since, n).date() == local(since, zone).date()]
    assert {last_day(name) for name in sharing} == {last_day(zone)}


@given(edges)
@example(date(2028, 2, 29))
@example(date(2027, 2, 28))
def test_a_cpt_ends_on_its_day_two_years_later_never_a_day_before(start: date) -> None:
    ended = add_months(start, 24)
    same = (start.month, start.day) == (ended.month, ended.day)
    leap = (start.month, start.day) == (2, 29) and (ended.month, ended.day) == (3, 1)
    assert ended.year == start.year + 2
    assert same or leap
