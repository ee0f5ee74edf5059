"""Route by role by operator by owner, against the verdicts that were written by hand."""

import os
from dataclasses import replace

import pytest

from tests.api.matrix import (
    AGAIN,
    AWAY,
    HOME,
    NOBODY,
    Answer,
    asked_by_all,
    fault,
    faults,
    unasked,
)
from tests.api.walk import Walked
from tests.support.verdicts import PHONE

SERVICES = ("registry", "health_declaration", "contact", "worklist", "desk")


@pytest.fixture(scope="module")
async def answers(walked: Walked) -> list[Answer]:
    return await asked_by_all(walked)


def test_every_operation_with_a_verdict_was_asked_with_what_exists(walked: Walked) -> None:
    assert unasked(walked, SERVICES) == []


def test_everybody_hears_what_was_written_for_them(answers: list[Answer]) -> None:
    found = faults(answers)
    os.write(1, f"\nmatrix: {len(answers)} answers, {len(found)} faults\n".encode())
    assert found == []


def test_another_session_is_let_in_to_what_is_its_own(answers: list[Answer]) -> None:
    """Else its silence about others would prove nothing."""
    assert any(one.role == PHONE and one.status < 300 for one in answers)


def heard(place: str, role: str, status: int, path: str = "/x/{x_id}", **more: object) -> str:
    """What is told of one answer to a question that the officer alone may ask."""
    code = "forbidden" if status == 403 else ""
    answer = Answer("registry", f"GET {path}", place, role, status, code, frozenset(more))
    return fault(answer, frozenset({"dpo"}), owner={"dpo": 404} if "own" in path else {})


def test_planted_fault_each_wrong_answer_is_told() -> None:
    right = [heard(NOBODY, "", 401), heard(HOME, "desk", 403), heard(AWAY, "dpo", 404)]
    assert right == ["", "", ""]
    assert "not 401" in heard(NOBODY, "", 200)
    assert "not 403" in heard(HOME, "desk", 404)
    assert "not 404" in heard(AWAY, "dpo", 200)
    assert "not 404" in heard(HOME, "dpo", 200, "/own")
    assert "was told" in heard(AWAY, "dpo", 200, "/x", somebody_elses_id=True)
    assert "heard 403" in heard(HOME, "dpo", 403)
    assert "not 401" in heard(HOME, PHONE, 200)
    assert "is not there" in heard(AGAIN, "", 404)


def test_planted_fault_a_session_that_sees_another_proponent_is_told() -> None:
    answer = Answer("health_declaration", "GET /public/offer", HOME, PHONE, 200)
    assert fault(answer, frozenset({PHONE})) == ""
    assert "was told" in fault(replace(answer, told=frozenset({"id"})), frozenset({PHONE}))
    assert "not 401" in fault(replace(answer, role="analyst"), frozenset({PHONE}))
