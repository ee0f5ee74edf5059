"""Nobody takes what is another's, what they may not judge, or more than they can do."""

from dataclasses import replace

import pytest

from services.worklist.rules.claims import Claimable, Reason, Worker, refusal

ANA = Worker("ana", frozenset({"analysis"}), frozenset({"clinical"}), capacity=2)
TASK = Claimable("analysis", skill="clinical")


def test_a_free_task_of_ones_queue_is_ones_to_take() -> None:
    assert refusal(ANA, TASK) is None


@pytest.mark.parametrize(
    ("worker", "task", "reason"),
    [
        (ANA, replace(TASK, open=False), Reason.ENDED),
        (ANA, replace(TASK, queue="audit"), Reason.QUEUE),
        (replace(ANA, skills=frozenset()), TASK, Reason.SKILL),
        (ANA, replace(TASK, owner="rui"), Reason.TAKEN),
        (ANA, replace(TASK, barred=frozenset({"ana"})), Reason.FOUR_EYES),
        (replace(ANA, away=True), TASK, Reason.AWAY),
        (replace(ANA, holds=2), TASK, Reason.NO_ROOM),
    ],
)
def test_each_reason_is_told_by_its_name(worker: Worker, task: Claimable, reason: Reason) -> None:
    assert refusal(worker, task) is reason


def test_taking_again_what_one_holds_changes_nothing() -> None:
    assert refusal(replace(ANA, holds=2), replace(TASK, owner="ana")) is None


def test_a_deputy_takes_what_is_of_whoever_is_away() -> None:
    assert refusal(replace(ANA, deputy_of=frozenset({"rui"})), replace(TASK, owner="rui")) is None


def test_a_deputy_is_no_second_pair_of_eyes() -> None:
    deputy = replace(ANA, deputy_of=frozenset({"rui"}))
    assert refusal(deputy, replace(TASK, barred=frozenset({"rui"}))) is Reason.FOUR_EYES


def test_whoever_nobody_wrote_down_works_where_their_permission_leads() -> None:
    unwritten = replace(ANA, queues=None)
    assert refusal(unwritten, replace(TASK, queue="audit")) is None
    assert refusal(unwritten, replace(TASK, skill="audit")) is Reason.SKILL
