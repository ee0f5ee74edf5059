"""Figures of the process, counted over many cases: none of them tells anybody's."""

from datetime import datetime

from pydantic import Field

from contracts.base import Message
from contracts.health_declaration.desk import WaitingOn
from contracts.health_declaration.stages import CoarseStage, Stage
from contracts.values import Moment

FEWEST = 10
"""Of fewer cases no share and no median is told: it would say nothing, or say whose it is."""


class FigureFilter(Message):
    """Of which releases: `since` is in it, `until` is not."""

    since: Moment | None = None
    until: Moment | None = None
    contract_kind: str | None = Field(default=None, max_length=40)


class LeadTime(Message):
    """From the request to the release."""

    released: int
    median_seconds: int | None
    p90_seconds: int | None
    straight_through: float | None
    """Share of the releases that no person had to look at, between 0 and 1. Only for a clinical
    purpose: of two periods that differ by one case the shares would tell what became of it."""


class Waiting(Message):
    """Cases that wait at one stage for one party."""

    stage: Stage | CoarseStage
    waiting_on: WaitingOn
    cases: int
    overdue: int | None
    """None where the term of such cases is not told."""
    oldest_since: datetime


class Figures(Message):
    """What was counted, and when."""

    as_of: datetime
    since: datetime | None
    until: datetime | None
    lead_time: LeadTime
    waiting: tuple[Waiting, ...]
    """Of cases neither released nor ended, in the order of the stages."""
