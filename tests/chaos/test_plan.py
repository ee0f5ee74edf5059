"""Who falls is drawn from the seed alone, and no kind of process is spared."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.local import processes
from deploy.story.kills import UNTOUCHED
from tests.chaos.plan import kind_of, plan

NAMES = ("postgres", "kafka.1", "kafka.2", "temporal", "console.app", "registry.app.1")


@given(st.integers(), st.integers(0, 200))
def test_the_same_seed_draws_the_same_victims_whatever_the_order_of_the_names(
    seed: int, kills: int
) -> None:
    assert plan(NAMES, kills, seed) == plan(reversed(NAMES), kills, seed)


@given(st.integers(), st.integers(0, 200))
def test_no_kind_falls_twice_more_than_another(seed: int, kills: int) -> None:
    kinds = Counter({kind_of(name): 0 for name in NAMES})
    kinds.update(map(kind_of, plan(NAMES, kills, seed)))
    assert max(kinds.values()) - min(kinds.values()) <= 1


@given(st.integers())
def test_processes_of_one_kind_take_turns(seed: int) -> None:
    brokers = [name for name in plan(NAMES, 40, seed) if name.startswith("kafka")]
    assert {*brokers[:2]} == {"kafka.1", "kafka.2"}


@given(st.integers(), st.integers(0, 60), st.integers(0, 60))
def test_a_longer_run_begins_with_the_shorter_one(seed: int, few: int, more: int) -> None:
    assert plan(NAMES, few + more, seed)[:few] == plan(NAMES, few, seed)


def test_a_process_of_an_unknown_kind_is_not_spared_in_silence() -> None:
    with pytest.raises(LookupError, match="novidade"):
        kind_of("novidade")


def test_every_process_that_the_stack_starts_is_of_a_kind() -> None:
    names = [one.name for one in processes.PROCESSES if one.name not in UNTOUCHED]
    assert {kind_of(name) for name in names} >= {"api", "console", "listener", "workflow worker"}
