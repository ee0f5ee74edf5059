"""Two runs that did the same agree, whatever they drew; one that did something twice does not."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.chaos.feed import Message, disturbed, poison
from tests.chaos.state_hash import Tables, state_lines, told_by

TOLD = str(uuid4())
AT = "2026-11-28T10:00:00+00:00"


def held(*, offers: int = 1, of: str = TOLD, at: str = AT, note: str = "a") -> Tables:
    """A case of whom the facts told, and its offers, with ids drawn anew each time."""
    case = str(uuid4())
    return {
        "case": [{"id": case, "person_id": of, "at": at, "note": note}],
        "offer": [{"id": str(uuid4()), "case_id": case} for _ in range(offers)],
    }


def lines(tables: Tables, *left_out: str) -> dict[str, list[str]]:
    return state_lines(tables, told_by([TOLD, AT]), left_out)


def test_ids_that_were_drawn_here_tell_two_runs_apart_no_more() -> None:
    assert lines(held()) == lines(held())


@pytest.mark.parametrize(
    "other",
    [held(offers=2), held(of=str(uuid4())), held(note="b"), held(at="2026-11-28T10:00:01+00:00")],
    ids=["done twice", "of another", "another word", "another moment"],
)
def test_whatever_differs_is_seen(other: Tables) -> None:
    assert lines(other) != lines(held())


def test_a_row_that_hangs_on_another_of_the_same_table_is_told_from_its_like() -> None:
    def two(first: int, second: int) -> Tables:
        cases = [{"id": str(uuid4()), "note": note} for note in ("a", "b")]
        owners = [cases[0]] * first + [cases[1]] * second
        return {"case": cases, "offer": [{"id": str(uuid4()), "of": o["id"]} for o in owners]}

    assert lines(two(1, 2)) == lines(two(1, 2))
    assert lines(two(1, 2)) != lines(two(2, 1))


def test_moments_of_ones_own_are_compared_by_their_day() -> None:
    one, other = (held(at=f"2026-12-01T{hour}:00:00.5+00:00") for hour in ("08", "09"))
    assert lines(one) == lines(other)
    assert lines(one) != lines(held(at="2026-12-02T08:00:00+00:00"))


def test_only_named_columns_are_left_out() -> None:
    assert lines(held(note="b"), "case.note") == lines(held(note="a"), "*.note")
    assert lines(held(note="b"), "offer.note") != lines(held(note="a"), "offer.note")


def message(topic: str, key: str, number: int) -> Message:
    return Message(topic, key.encode(), b"{}", (("ce_id", f"{topic}/{key}/{number}".encode()),))


facts = st.lists(st.tuples(st.sampled_from("xy"), st.sampled_from("abc")), min_size=1).map(
    lambda places: [message(*place, number) for number, place in enumerate(places)]
)


@given(facts, st.integers())
def test_a_disturbed_feed_has_every_fact_twice_and_keeps_each_keys_order(
    calm: list[Message], seed: int
) -> None:
    rough = disturbed(calm, seed)
    for place in {m.place for m in calm}:
        assert [m for m in rough if m.place == place] == [m for m in calm if m.place == place] * 2
    assert disturbed(calm, seed) == rough


@given(facts, st.integers())
def test_poison_is_drawn_from_the_facts_and_never_none(calm: list[Message], seed: int) -> None:
    drawn = poison(calm, seed)
    assert drawn <= {m.id for m in calm}
    assert len(drawn) >= 1
