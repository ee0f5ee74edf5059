"""When nobody acts, the ladder does, in working minutes."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from services.worklist.rules.escalation import Act, Anchor, Step, moments
from services.worklist.rules.working_time import Shift, WorkingHours

ZONE = ZoneInfo("America/Sao_Paulo")
HOURS = WorkingHours(ZONE, ((Shift(8 * 60, 12 * 60), Shift(13 * 60, 18 * 60)),) * 5 + ((), ()))
LADDER = (
    Step(Anchor.CLAIMED, 120, (Act.TELL_OWNER,)),
    Step(Anchor.CLAIMED, 240, (Act.RELEASE, Act.TELL_SUPERVISOR)),
    Step(Anchor.DUE, 0, (Act.RAISE, Act.TELL_SUPERVISOR)),
)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def test_steps_fall_due_in_order_over_lunch_and_night() -> None:
    anchors = {Anchor.CLAIMED: local("2026-11-27T16:00"), Anchor.DUE: local("2026-11-30T09:00")}
    fallen = moments(LADDER, anchors, HOURS)
    assert [(one.number, one.at.astimezone(ZONE)) for one in fallen] == [
        (0, local("2026-11-27T18:00")),
        (2, local("2026-11-30T09:00")),
        (1, local("2026-11-30T10:00")),
    ]


def test_a_step_whose_anchor_has_not_come_does_not_fall_due() -> None:
    fallen = moments(LADDER, {Anchor.DUE: local("2026-11-30T09:00")}, HOURS)
    assert [one.number for one in fallen] == [2]


def test_a_pause_moves_the_steps_after_it() -> None:
    anchors = {Anchor.CLAIMED: local("2026-11-27T08:00")}
    pause = (local("2026-11-27T08:00"), local("2026-11-27T09:00"))
    first, second = moments(LADDER, anchors, HOURS, [pause])
    assert first.at == local("2026-11-27T11:00")
    assert second.at == local("2026-11-27T14:00")


@pytest.mark.parametrize(("minutes", "acts"), [(-1, (Act.RAISE,)), (5, ())])
def test_a_step_that_makes_no_sense_is_refused(minutes: int, acts: tuple[Act, ...]) -> None:
    with pytest.raises(ValueError, match="degrau"):
        Step(Anchor.DUE, minutes, acts)
