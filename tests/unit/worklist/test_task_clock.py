"""What a task's log says of its clock: the same whenever it is asked, whatever came first."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

from services.worklist.rules.pauses import Entry, Kind
from services.worklist.rules.task_clock import earned, judged, waiting_since

START = datetime(2026, 11, 27, 12, tzinfo=UTC)


def at(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


def log(*lines: tuple[int, Kind]) -> list[Entry]:
    return [Entry(at(minutes), kind) for minutes, kind in lines]


def test_asking_pauses_and_the_answer_resumes() -> None:
    asked = log((0, Kind.ASKED))
    assert (waiting_since(asked), earned(asked)) == (at(0), [])
    answered = [*asked, *log((30, Kind.ANSWERED))]
    assert (waiting_since(answered), earned(answered)) == (None, [(at(0), at(30))])


def test_a_second_question_waits_since_the_first() -> None:
    twice = log((0, Kind.ASKED), (10, Kind.ASKED))
    assert waiting_since(twice) == at(0)
    assert earned([*twice, *log((30, Kind.ANSWERED))]) == [(at(0), at(30))]


def test_what_lasts_moves_no_term_before_it_ends() -> None:
    lasting = log((0, Kind.ASKED), (30, Kind.ANSWERED), (50, Kind.ASKED))
    assert (waiting_since(lasting), earned(lasting)) == (at(50), [(at(0), at(30))])


def test_the_order_in_which_lines_came_says_nothing() -> None:
    lines = log((0, Kind.ASKED), (30, Kind.ANSWERED), (50, Kind.ASKED), (60, Kind.ANSWERED))
    told = {(waiting_since(one), tuple(earned(one))) for one in map(list, permutations(lines))}
    assert told == {(None, ((at(0), at(30)), (at(50), at(60))))}


def test_a_pause_that_somebody_only_says_is_unearned_until_the_party_is_asked() -> None:
    said = log((0, Kind.PAUSED), (20, Kind.ASKED), (30, Kind.ANSWERED))
    assert waiting_since(said[:1]) is None
    assert earned(said) == [(at(20), at(30))]
    assert judged(said, at(90)).unearned == [(at(0), at(20))]


def test_nothing_was_earned_where_nothing_happened() -> None:
    assert (waiting_since([]), earned([])) == (None, [])
