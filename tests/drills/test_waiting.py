"""Every stage in which a case waits is in the drills, and what a drill compares it tells apart."""

from datetime import date
from typing import get_args

from contracts.health_declaration.stages import ENDED, Stage
from deploy.story.people import Size, batch
from tests.drills.state import differing, digest
from tests.drills.waiting import OF_BRANCH, STATES, first_line, walkers

SIZE = Size(people=0, each=3, waived=0, bad_lines=0, duplicates=0, reordered=0)


def test_no_stage_in_which_a_case_waits_is_left_out() -> None:
    assert {one.stage for one in STATES} == set(get_args(Stage)) - ENDED
    assert len(OF_BRANCH) == len(STATES)


def test_so_many_people_walk_to_each_state_and_nobody_else() -> None:
    told = walkers(batch(7, 7, date(2026, 11, 28), SIZE), 3)
    walking = [one.branch for one in told.people]
    assert {name: walking.count(name) for name in set(walking)} == dict.fromkeys(OF_BRANCH, 3)


def test_of_a_minor_the_first_line_says_nobody_who_answers_for_them() -> None:
    told = walkers(batch(7, 7, date(2026, 11, 28), SIZE), 1)
    minor = next(one for one in told.people if one.representative)
    body = first_line(told, minor)["enrolment"]
    assert isinstance(body, dict)
    assert (body["representative"], body["role"]) == (None, "holder")


def test_planted_faults_a_row_more_and_another_content_are_told_by_table() -> None:
    before = {"a.one": (2, "11"), "a.two": (1, "5")}
    after = {"a.one": (2, "12"), "b.new": (1, "1")}
    assert [line.split(":")[0] for line in differing(before, after)] == ["a.one", "a.two", "b.new"]
    assert differing(before, dict(before)) == []
    assert digest(before) != digest(after)
