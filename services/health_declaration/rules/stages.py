"""What falls due at each stage: reminders to the person, terms that pass, escalations (DS-016).

Terms in days end with the local day, and in calendar days on the next one with business; a missed
term of the person sends the case to a person of the operator, never to a refusal.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import partial
from itertools import pairwise, takewhile
from zoneinfo import ZoneInfo

from contracts.health_declaration.desk import WaitingOn
from contracts.health_declaration.stages import ENDED
from services.health_declaration.rules.calendar import BusinessCalendar
from services.health_declaration.rules.parameters import RuleSet


class Action(StrEnum):
    """What is done when a moment falls due."""

    REMIND = "remind"
    ESCALATE = "escalate"
    REFER = "refer"
    EXPIRE = "expire"


_OPERATORS = frozenset({"unrepresented", "analysis", "exam", "audit", "negotiation"})


def waiting_on(stage: str) -> WaitingOn:
    """Who is to act at a stage."""
    if stage in ENDED:
        return "nobody"
    if stage == "released":
        return "erp"
    return "operator" if stage in _OPERATORS else "proponent"


@dataclass(frozen=True, slots=True)
class Due:
    """One moment and what is done then."""

    at: datetime
    action: Action


@dataclass(frozen=True, slots=True)
class Terms:
    """The parameters, the calendar and the zone that turn a stage into moments."""

    rules: RuleSet
    calendar: BusinessCalendar
    zone: ZoneInfo

    def day_of(self, moment: datetime) -> date:
        """The local day of a moment."""
        return moment.astimezone(self.zone).date()

    def end_of(self, day: date) -> datetime:
        """The first moment after the local day."""
        return datetime.combine(day + timedelta(days=1), time(), self.zone)

    def business(self, since: datetime, days: int) -> datetime:
        """The end of the business day on which a term of `days` business days ends."""
        return self.end_of(self.calendar.add_business_days(self.day_of(since), days))

    def later(self, since: datetime, days: int) -> datetime:
        """The same time `days` calendar days later."""
        return since + timedelta(days=days)

    def term(self, since: datetime, days: int) -> datetime:
        """The end of the day on which a term of `days` calendar days ends (CC art. 132 §1)."""
        return self.end_of(self.calendar.term_ends_on(self.day_of(since), days))


def schedule(stage: str, since: datetime, terms: Terms) -> tuple[Due, ...]:
    """Every moment of a stage entered at `since`, in order; empty when only a fact moves it.

    `since` is the request of the declaration for the two stages before the signature.
    """
    moments = _SCHEDULES.get(stage, _nothing)(since, terms)
    return tuple(sorted(moments, key=lambda due: due.at))


def overtaken(coming: Sequence[Due], now: datetime) -> int:
    """How many reminders at the head need not go: what follows them is due as well.

    Whoever catches up is reminded once, and not at all of a term that has passed.
    """
    following = pairwise(coming)
    return sum(
        1
        for _ in takewhile(
            lambda two: two[0].action is Action.REMIND and two[1].at <= now, following
        )
    )


def _nothing(_since: datetime, _terms: Terms) -> Iterable[Due]:
    return ()


def _reminders(since: datetime, days: Iterable[int], terms: Terms) -> list[Due]:
    return [Due(terms.later(since, day), Action.REMIND) for day in days]


def _escalations(since: datetime, business_days: int, terms: Terms) -> list[Due]:
    levels = terms.rules.analysis.escalation_business_days
    return [Due(terms.business(since, business_days + level), Action.ESCALATE) for level in levels]


def _filling(since: datetime, terms: Terms) -> Iterable[Due]:
    end = terms.term(since, terms.rules.declaration.days)
    reminders = _reminders(since, terms.rules.deadlines.reminder_days, terms)
    return [*reminders, Due(end, Action.EXPIRE)]


def _documents(since: datetime, terms: Terms) -> Iterable[Due]:
    reminders = _reminders(since, terms.rules.analysis.document_reminder_days, terms)
    end = terms.business(since, terms.rules.deadlines.document_business_days)
    return [*reminders, Due(end, Action.REFER)]


def _exam(since: datetime, terms: Terms) -> Iterable[Due]:
    return [Due(terms.business(since, terms.rules.analysis.exam_business_days), Action.REFER)]


def choice_schedule(since: datetime, terms: Terms) -> tuple[Due, ...]:
    """The person's term to choose a time, from the moment there is one to choose."""
    rule = terms.rules.interview_terms
    end = terms.term(since, rule.choice_days)
    return (*_reminders(since, rule.choice_reminder_days, terms), Due(end, Action.REFER))


def _answering(days: Callable[[RuleSet], int], since: datetime, terms: Terms) -> Iterable[Due]:
    end = terms.term(since, days(terms.rules))
    reminders = _reminders(since, terms.rules.offer_terms.reminder_days, terms)
    return [*reminders, Due(end, Action.REFER)]


def _working(days: Callable[[RuleSet], int], since: datetime, terms: Terms) -> Iterable[Due]:
    return _escalations(since, days(terms.rules), terms)


_SCHEDULES: dict[str, Callable[[datetime, Terms], Iterable[Due]]] = {
    "unrepresented": partial(_working, lambda rules: rules.analysis.analysis_business_days),
    "invited": _filling,
    "filling": _filling,
    "analysis": partial(_working, lambda rules: rules.analysis.analysis_business_days),
    "documents": _documents,
    "exam": _exam,
    "audit": partial(_working, lambda rules: rules.analysis.audit_business_days),
    "negotiation": partial(_working, lambda rules: rules.analysis.analysis_business_days),
    "offer": partial(_answering, lambda rules: rules.offer_terms.offer_days),
    "term": partial(_answering, lambda rules: rules.offer_terms.signature_days),
    "released": partial(_working, lambda rules: rules.erp.confirmation_days),
}


def offering_schedule(asked_at: datetime, terms: Terms) -> tuple[Due, ...]:
    """Escalations while the operator has no time to offer."""
    return tuple(_escalations(asked_at, terms.rules.interview_terms.offer_business_days, terms))


def interview_schedule(starts_at: datetime, terms: Terms) -> tuple[Due, ...]:
    """A reminder before a booked interview and escalations while its result does not come."""
    rule = terms.rules.interview_terms
    reminder = Due(starts_at - timedelta(hours=rule.reminder_hours), Action.REMIND)
    return (reminder, *_escalations(starts_at, rule.result_business_days, terms))


def sale_ends(requested_at: datetime, terms: Terms) -> datetime:
    """When the whole sale, from the request to the release, has taken too long."""
    return terms.business(requested_at, terms.rules.deadlines.sale_business_days)


def due_on(stage: str, since: datetime, terms: Terms) -> date:
    """The local day on which the person's term at this stage ends, for what is told to them."""
    end = next(due.at for due in schedule(stage, since, terms) if due.action is Action.REFER)
    return terms.day_of(end) - timedelta(days=1)
