"""The state hash sees what it must see, and the disturbance changes nothing but the order."""

from collections import Counter
from typing import Any

from tests.chaos.disturbance import Draw, Message, among, refused, reordered, spoilt, twice
from tests.chaos.state_hash import differing, state_hash

ROWS: list[dict[str, Any]] = [
    {"id": "a", "status": "sent", "n": 1},
    {"id": "b", "status": "open", "n": 2},
]
MESSAGES = [
    Message("t", f"k{n % 7}".encode(), str(n).encode(), (("ce_id", f"id-{n}".encode()),))
    for n in range(300)
]


def test_the_order_of_rows_is_no_part_of_the_state() -> None:
    assert state_hash({"case": ROWS}) == state_hash({"case": ROWS[::-1]})


def test_a_changed_value_a_row_twice_and_a_row_less_are_other_states() -> None:
    clean = state_hash({"case": ROWS})
    changed = [ROWS[0] | {"status": "failed"}, ROWS[1]]
    for other in (changed, [*ROWS, ROWS[0]], ROWS[:1], []):
        assert state_hash({"case": other}) != clean


def test_a_value_in_the_row_of_another_is_another_state() -> None:
    swapped = [ROWS[0] | {"n": 2}, ROWS[1] | {"n": 1}]
    assert state_hash({"case": swapped}) != state_hash({"case": ROWS})
    assert differing({"case": ROWS}, {"case": swapped}) == ["case: linhas combinadas"]


def test_only_the_named_columns_are_left_out_and_their_rows_still_count() -> None:
    other = [row | {"id": row["id"] * 2} for row in ROWS]
    assert state_hash({"case": ROWS}) != state_hash({"case": other})
    for local in (["case.id"], ["*.id"]):
        assert state_hash({"case": ROWS}, local) == state_hash({"case": other}, local)
    everything = ["*.id", "*.status", "*.n"]
    assert state_hash({"case": ROWS}, everything) != state_hash({"case": ROWS[:1]}, everything)


def test_what_differs_is_named() -> None:
    other = [ROWS[0] | {"status": "failed"}, ROWS[1]]
    assert differing({"case": ROWS}, {"case": ROWS}) == []
    assert differing({"case": ROWS}, {"case": other}) == ["case.status"]
    assert "case: 2 e 1 linhas" in differing({"case": ROWS}, {"case": ROWS[:1]})


def test_with_the_inbox_off_the_hash_of_deliveries_made_twice_differs() -> None:
    """The planted fault: a consumer that does everything it is handed."""
    clean = state_hash({"done": _done(MESSAGES, inbox=True)})
    disturbed = twice(reordered(MESSAGES, Draw(1)), Draw(2))
    assert state_hash({"done": _done(disturbed, inbox=True)}) == clean
    assert state_hash({"done": _done(disturbed, inbox=False)}) != clean


def test_a_key_out_of_its_own_order_is_another_state() -> None:
    clean = state_hash({"done": _done(MESSAGES, inbox=True)})
    assert state_hash({"done": _done(MESSAGES[::-1], inbox=True)}) != clean


def test_a_third_of_the_places_changes_hands_and_each_key_keeps_its_order() -> None:
    moved = reordered(MESSAGES, Draw(3))
    apart = sum(one is not other for one, other in zip(MESSAGES, moved, strict=True))
    assert Counter(moved) == Counter(MESSAGES)
    assert apart > 0.2 * len(MESSAGES)
    for key in {message.lane for message in MESSAGES}:
        assert [m for m in moved if m.lane == key] == [m for m in MESSAGES if m.lane == key]


def test_everything_comes_exactly_twice() -> None:
    assert set(Counter(twice(MESSAGES, Draw(4))).values()) == {2}


def test_poison_is_one_in_a_hundred_on_keys_and_ids_of_its_own() -> None:
    planted = spoilt(MESSAGES, Draw(5))
    assert len(planted) + len(refused(MESSAGES, Draw(5))) == 0.01 * len(MESSAGES)
    assert not {m.lane for m in planted} & {m.lane for m in MESSAGES}
    assert not {m.event_id for m in planted} & {m.event_id for m in MESSAGES}
    assert len(among(MESSAGES, planted, Draw(6))) == len(MESSAGES) + len(planted)


def _done(messages: list[Message], *, inbox: bool) -> list[dict[str, object]]:
    """A row per key, with what its facts came to one after the other."""
    seen: set[str] = set()
    rows: dict[bytes, list[str]] = {}
    for message in messages:
        if not inbox or message.event_id not in seen:
            seen.add(message.event_id)
            rows.setdefault(message.key, []).append(message.event_id)
    return [{"key": key.decode(), "facts": facts} for key, facts in rows.items()]
