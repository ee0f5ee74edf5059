"""Business days: Monday to Friday, no national holiday, no holiday the operator adds (CAL-001)."""

from collections.abc import Iterable
from datetime import date, timedelta

from holidays import country_holidays

_DAY = timedelta(days=1)
_SATURDAY = 5


class BusinessCalendar:
    """A calendar of one country and the extra holidays of an operator.

    `extends`: whether a term in calendar days that ends on no business day ends on the next one.
    """

    def __init__(
        self, country: str = "BR", extra: Iterable[date] = (), *, extends: bool = True
    ) -> None:
        self._holidays = country_holidays(country)
        self._extra = frozenset(extra)
        self._extends = extends

    def is_business_day(self, day: date) -> bool:
        """Whether terms in business days count this day."""
        return day.weekday() < _SATURDAY and day not in self._extra and day not in self._holidays

    def add_business_days(self, start: date, days: int) -> date:
        """The day on which a term ends: the start is excluded, the end included.

        `days` is zero or more; zero is the start itself. Raises `ValueError` when negative.
        """
        if days < 0:
            raise ValueError("prazo em dias úteis não pode ser negativo")
        day = start
        for _ in range(days):
            day = self.on_or_after(day + _DAY)
        return day

    def term_ends_on(self, start: date, days: int) -> date:
        """The last day of a term in calendar days: the start is excluded, the end included."""
        last = start + timedelta(days=days)
        return self.on_or_after(last) if self._extends else last

    def on_or_after(self, day: date) -> date:
        """The day itself, or the next business day (Civil Code art. 132 §1)."""
        while not self.is_business_day(day):
            day += _DAY
        return day
