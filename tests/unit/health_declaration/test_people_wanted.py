"""Who is wanted when a declaration moves from stage to stage."""

from typing import get_args

import pytest

from contracts.health_declaration.stages import ENDED, Stage
from contracts.permissions import ROLES
from services.health_declaration.rules.people_wanted import (
    ANALYSIS,
    AUDIT,
    Turn,
    Work,
    turn,
    work_at,
)


def test_what_needs_nobody_wants_nobody() -> None:
    assert turn("filling", "released") == Turn()


def test_triage_that_sends_a_case_to_a_person_opens_a_task() -> None:
    assert turn("filling", "analysis") == Turn(wants=ANALYSIS)


def test_asking_for_documents_keeps_the_task_and_stops_its_clock() -> None:
    assert turn("analysis", "documents") == Turn(waits=True)


def test_the_answer_starts_the_clock_again() -> None:
    assert turn("documents", "analysis") == Turn(waits=False)


def test_from_one_wait_to_another_nothing_changes() -> None:
    assert turn("documents", "exam") == Turn()


def test_the_opinion_ends_the_analysis_and_wants_an_auditor() -> None:
    assert turn("analysis", "audit") == Turn(settles="done", wants=AUDIT)


def test_only_the_audit_is_for_who_had_no_other_part_in_the_case() -> None:
    works = {work for stage in get_args(Stage) if (work := work_at(stage))}
    assert {work for work in works if work.by_another} == {AUDIT}


def test_whoever_takes_a_task_may_do_what_it_asks_for() -> None:
    known = frozenset[str]().union(*ROLES.values())
    works = [work for stage in get_args(Stage) if (work := work_at(stage))]
    assert {work.skill for work in works} <= known


@pytest.mark.parametrize("after", ["filling", "withdrawn", "cancelled", "expired"])
def test_what_ends_or_is_said_anew_was_not_what_the_task_asked_for(after: Stage) -> None:
    assert turn("analysis", after) == Turn(settles="dropped")


def test_whoever_found_the_representative_did_what_was_asked() -> None:
    assert turn("unrepresented", "invited") == Turn(settles="done")


def test_a_case_without_a_task_gets_the_one_that_its_stage_wants() -> None:
    assert turn(None, "documents") == Turn(wants=ANALYSIS, waits=True)


@pytest.mark.parametrize("stage", sorted(ENDED))
def test_an_ended_case_leaves_no_task(stage: Stage) -> None:
    assert work_at(stage) is None


@pytest.mark.parametrize("before", get_args(Stage))
@pytest.mark.parametrize("after", get_args(Stage))
def test_any_walk_leaves_exactly_the_task_that_its_last_stage_wants(
    before: Stage, after: Stage
) -> None:
    told = turn(before, after)
    open_task: Work | None = None if told.settles else work_at(before)
    assert (told.wants or open_task) == work_at(after)
