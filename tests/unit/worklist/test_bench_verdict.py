"""The bench of the inbox: what it lets pass, and what not."""

import pytest

from tests.bench.inbox import RAIL, Took, judged


def took(**more: float) -> Took:
    """Forty answers to each of many questions and of the rail, some three times as long."""
    each = {f"question {number}": 10.0 for number in range(16)} | {RAIL: 10.0} | more
    return {name: [at] * 36 + [3 * at] * 4 for name, at in each.items()}


def test_what_takes_at_most_twice_as_long_is_good() -> None:
    assert judged(took(), took(**{RAIL: 20.0, "question 3": 20.0}))


@pytest.mark.parametrize("name", [RAIL, "question 3"])
def test_one_slow_question_does_not_hide_among_the_quick_ones(name: str) -> None:
    assert not judged(took(), took(**{name: 21.0}))


def test_a_single_answer_that_was_slow_by_chance_is_no_verdict_on_its_question() -> None:
    many = took()
    many["question 3"][-1] = 500.0
    assert judged(took(), many)


def test_but_the_rail_is_judged_by_its_slow_answers_too() -> None:
    many = took()
    many[RAIL][-4:] = [61.0] * 4
    assert not judged(took(), many)
