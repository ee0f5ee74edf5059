"""What holds of a queue that nobody set up: a policy of the product, to be changed by operators."""

from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo

from holidays import country_holidays

from services.worklist.rules.escalation import Act, Anchor, Step
from services.worklist.rules.working_time import Shift, WorkingHours

OFFICE = (Shift(8 * 60, 12 * 60), Shift(13 * 60, 18 * 60))
WEEK = (OFFICE,) * 5 + ((), ())
MINUTES = 9 * 60
"""One office day."""
LADDER = (
    Step(Anchor.CLAIMED, 120, (Act.TELL_OWNER,)),
    Step(Anchor.CLAIMED, 240, (Act.RELEASE, Act.TELL_SUPERVISOR)),
    Step(Anchor.DUE, 0, (Act.RAISE, Act.TELL_SUPERVISOR)),
)
CAPACITY = 50
_YEARS = range(2020, 2050)


def hours(zone: ZoneInfo) -> WorkingHours:
    """Office hours of the operator's own zone, on no national holiday."""
    return WorkingHours(zone, WEEK, rest_days())


@lru_cache
def rest_days(state: str | None = None) -> frozenset[date]:
    """Days on which Brazil rests, and a state of it where one is named."""
    return frozenset(country_holidays("BR", subdiv=state, years=_YEARS))
