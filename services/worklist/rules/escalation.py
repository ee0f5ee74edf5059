"""The ladder of human deadlines: what happens when nobody acts, step by step, as data."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.worklist.rules.working_time import Span, WorkingHours


class Anchor(StrEnum):
    """The moment from which a step counts its working minutes."""

    OPENED = "opened"
    CLAIMED = "claimed"
    DUE = "due"


class Act(StrEnum):
    """What a step does."""

    TELL_OWNER = "tell_owner"
    TELL_SUPERVISOR = "tell_supervisor"
    RELEASE = "release"
    """Whoever claimed it loses it: it goes back to its queue."""
    RAISE = "raise"
    """It goes before others of its queue."""


@dataclass(frozen=True)
class Step:
    """One rung. `minutes` are working minutes after its anchor."""

    anchor: Anchor
    minutes: int
    acts: tuple[Act, ...]

    def __post_init__(self) -> None:
        if self.minutes < 0:
            raise ValueError("um degrau não pode vir antes de sua âncora")
        if not self.acts:
            raise ValueError("um degrau precisa fazer alguma coisa")


@dataclass(frozen=True)
class Fallen:
    """A step that fell due. `number` is its place in the ladder: each is done once per anchor."""

    number: int
    at: datetime
    acts: tuple[Act, ...]


def moments(
    ladder: Sequence[Step],
    anchors: dict[Anchor, datetime],
    hours: WorkingHours,
    pauses: Iterable[Span] = (),
) -> list[Fallen]:
    """Every step whose anchor is known, in the order in which they fall due."""
    stood = list(pauses)
    found = [
        Fallen(number, hours.due_at(anchors[step.anchor], step.minutes, stood), step.acts)
        for number, step in enumerate(ladder)
        if step.anchor in anchors
    ]
    return sorted(found, key=lambda fallen: (fallen.at, fallen.number))
