"""The verdict of a bench, what it keeps, and that no goal of the ring is without a bench."""

import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.bench import __main__ as register
from tests.bench import rounds
from tests.bench.rounds import EDGE, HELD, MISSED, Figure, conclude, in_turn, over

GOALS = {"P5", "P6", "P7", "P8", "P9", "P10", "P13"}
"""Those of the issue, written by hand."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for module in (rounds, register):
        monkeypatch.setattr(module, "FOLDER", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("measured", "verdict"),
    [
        ([1.0, 1.1, 1.2], HELD),
        ([1.0, 1.0, 1.5], HELD),
        ([1.0, 1.6, 1.7], EDGE),
        ([1.4, 1.5, 9.0], EDGE),
        ([1.51, 1.6, 1.7], MISSED),
    ],
)
def test_a_ceiling_is_missed_only_where_every_round_lies_above_it(
    measured: list[float], verdict: str
) -> None:
    assert Figure("cost", measured, most=1.5).verdict == verdict


@pytest.mark.parametrize(
    ("measured", "verdict"),
    [([50.0, 60.0], HELD), ([49.0, 60.0], EDGE), ([20.0, 50.0], EDGE), ([48.0, 49.9], MISSED)],
)
def test_a_floor_is_missed_only_where_every_round_lies_below_it(
    measured: list[float], verdict: str
) -> None:
    assert Figure("rate", measured, least=50).verdict == verdict


def test_what_has_no_bound_is_told_and_not_judged(folder: Path) -> None:
    figure = Figure("without audit", [9.0, 9.9], unit="ms")
    assert (figure.verdict, figure.goal) == ("", "")
    assert conclude("P0", "by hand", [figure]) == 0


def test_one_missed_bound_among_held_ones_ends_the_bench_with_1(folder: Path) -> None:
    held, missed = Figure("a", [1.0], most=2), Figure("b", [3.0], most=2)
    assert conclude("P0", "by hand", [held]) == 0
    assert conclude("P0", "by hand", [held, missed, held], {"a": [1.0]}) == 1
    kept = json.loads((folder / "P0.json").read_text())
    assert [one["verdict"] for one in kept["figures"]] == [HELD, MISSED, HELD]
    assert kept["raw"] == {"a": [1.0]}


def test_ratios_are_of_the_same_round() -> None:
    assert over([2.0, 9.0], [1.0, 3.0]) == [2.0, 3.0]


async def test_ways_take_turns_and_the_first_round_does_not_count() -> None:
    order: list[str] = []

    async def one() -> int:
        order.append("one")
        return 1

    async def other() -> int:
        order.append("other")
        return 1

    found = await in_turn({"one": one, "other": other}, {"one": [], "other": []}, rounds=3)
    assert order == ["one", "other", "other", "one"] * 2
    assert {name: len(costs) for name, costs in found.items()} == {"one": 3, "other": 3}


def test_every_goal_of_the_ring_has_its_bench() -> None:
    assert set(register.RING) == GOALS
    assert set(register.RING) <= set(register.GOALS)
    assert [name for name, module in register.GOALS.items() if find_spec(module) is None] == []


def test_what_left_no_figures_counts_as_missed(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(register, "_run", lambda goal: conclude("P0", "", [Figure("a", [1.0])]))
    assert register.every(("P0",)) == 0
    monkeypatch.setattr(register, "_run", lambda goal: 1)
    assert register.every(("P0", "P99")) == 1
    last = capsys.readouterr().out.splitlines()[-1]
    assert "P99" in last
    assert MISSED in last
