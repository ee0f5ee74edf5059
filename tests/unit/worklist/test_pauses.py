"""A deadline stands still only while the other party owes something."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.worklist.rules.pauses import Entry, Kind, judge

START = datetime(2026, 11, 27, 12, tzinfo=UTC)


def at(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


def log(*lines: tuple[int, Kind]) -> list[Entry]:
    return [Entry(at(minutes), kind) for minutes, kind in lines]


def test_the_partys_message_restarts_the_clock_by_itself() -> None:
    told = judge(log((0, Kind.ASKED), (0, Kind.PAUSED), (30, Kind.ANSWERED)), at(90))
    assert told.earned == [(at(0), at(30))]
    assert told.unearned == [(at(30), at(90))]


def test_a_pause_that_nobody_was_asked_for_is_listed_and_takes_nothing_off() -> None:
    told = judge(log((10, Kind.PAUSED), (70, Kind.RESUMED)), at(90))
    assert (told.earned, told.unearned) == ([], [(at(10), at(70))])


def test_resuming_ends_a_pause_though_the_party_still_owes() -> None:
    told = judge(log((0, Kind.ASKED), (0, Kind.PAUSED), (20, Kind.RESUMED)), at(90))
    assert (told.earned, told.unearned) == ([(at(0), at(20))], [])


def test_pausing_twice_pauses_once() -> None:
    told = judge(
        log((0, Kind.ASKED), (0, Kind.PAUSED), (5, Kind.PAUSED), (9, Kind.RESUMED)), at(90)
    )
    assert told.earned == [(at(0), at(9))]


@pytest.mark.parametrize("kind", [Kind.ANSWERED, Kind.RESUMED])
def test_an_end_without_a_beginning_says_nothing(kind: Kind) -> None:
    told = judge(log((5, kind)), at(90))
    assert (told.earned, told.unearned) == ([], [])


@given(st.lists(st.tuples(st.integers(0, 60), st.sampled_from(Kind)), max_size=12))
def test_every_parked_minute_is_found_either_earned_or_unearned(
    lines: list[tuple[int, Kind]],
) -> None:
    told = judge(log(*lines), at(60))
    ordered = sorted(lines, key=lambda line: line[0])
    for minute in range(60):
        so_far = [kind for when, kind in ordered if when <= minute]
        paused = _stands(so_far, Kind.PAUSED, Kind.RESUMED)
        owed = _stands(so_far, Kind.ASKED, Kind.ANSWERED)
        assert _within(told.earned, minute) == (paused and owed)
        assert _within(told.unearned, minute) == (paused and not owed)


def _stands(kinds: list[Kind], opens: Kind, closes: Kind) -> bool:
    last = [kind for kind in kinds if kind in (opens, closes)]
    return bool(last) and last[-1] is opens


def _within(spans: list[tuple[datetime, datetime]], minute: int) -> bool:
    return any(since <= at(minute) < until for since, until in spans)
