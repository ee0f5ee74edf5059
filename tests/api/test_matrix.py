"""Route by role by operator by owner, against the verdicts that were written by hand."""

import os

import pytest

from tests.api.matrix import AWAY, HOME, NOBODY, Answer, asked_by_all, fault, faults, unasked
from tests.api.walk import Walked
from tests.support.verdicts import PHONE


@pytest.fixture(scope="module")
async def answers(walked: Walked) -> list[Answer]:
    return await asked_by_all(walked)


def test_every_operation_with_a_verdict_was_asked_with_what_exists(walked: Walked) -> None:
    assert unasked(walked, ("registry", "health_declaration", "contact", "worklist", "desk")) == []


def test_everybody_hears_what_was_written_for_them(answers: list[Answer]) -> None:
    found = faults(answers)
    os.write(1, f"\nmatrix: {len(answers)} answers, {len(found)} faults\n".encode())
    assert found == []


def test_planted_fault_each_wrong_answer_is_told() -> None:
    def heard(place: str, role: str, status: int, path: str = "/x/{x_id}", **more: object) -> str:
        answer = Answer("registry", f"GET {path}", place, role, status, frozenset(more))
        return fault(answer, frozenset({"dpo"}), None, None)

    right = [heard(NOBODY, "", 401), heard(HOME, "desk", 403), heard(AWAY, "dpo", 404)]
    assert right == ["", "", ""]
    assert "not 401" in heard(NOBODY, "", 200)
    assert "not 403" in heard(HOME, "desk", 404)
    assert "not 404" in heard(AWAY, "dpo", 200)
    assert "was told" in heard(AWAY, "dpo", 200, "/x", somebody_elses_id=True)
    assert "heard 403" in heard(HOME, "dpo", 403)
    assert "not 401" in heard(HOME, PHONE, 200)
