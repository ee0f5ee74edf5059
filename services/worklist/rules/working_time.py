"""Working time: which minutes count for a deadline, and when a deadline in such minutes falls due.

A minute counts when its local wall time lies in a shift of its weekday, its local day is no holiday
and no pause covers it. Everything is exact across changes of the zone's offset: shifts are cut at
the change, so an hour that does not exist is not counted and one that comes twice is counted twice.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_MINUTES_A_DAY = 24 * 60
LONGEST_DAYS = 5 * 366
"""A deadline further away than this is a mistake of the calendar: nobody works in it."""

type Span = tuple[datetime, datetime]
"""From, up to and not with: aware moments in UTC."""


class NoWorkingTime(Exception):
    """The calendar holds too little working time for the deadline ever to fall due."""


@dataclass(frozen=True, order=True)
class Shift:
    """Minutes of a local day in which people work: `start` counts, `end` (at most 1440) not."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end <= _MINUTES_A_DAY:
            raise ValueError("o turno deve começar antes de terminar, dentro do dia")


@dataclass(frozen=True)
class WorkingHours:
    """One version of a team's hours: shifts of Monday to Sunday, apart and in order."""

    zone: ZoneInfo
    week: tuple[tuple[Shift, ...], ...]
    holidays: frozenset[date] = field(default=frozenset())
    version: int = 1

    def __post_init__(self) -> None:
        if len(self.week) != 7:
            raise ValueError("a semana tem sete dias")
        for shifts in self.week:
            if any(former.end > latter.start for former, latter in pairwise(shifts)):
                raise ValueError("turnos do mesmo dia não podem se sobrepor")

    def minutes_between(self, start: datetime, end: datetime, pauses: Iterable[Span] = ()) -> int:
        """Whole working minutes from `start` up to `end`; zero when `end` is not later."""
        spans = without(self._spans(start, end), merged(pauses))
        return sum((until - since for since, until in spans), timedelta()) // _MINUTE

    def due_at(self, start: datetime, minutes: int, pauses: Iterable[Span] = ()) -> datetime:
        """The moment at which that many working minutes have passed since `start`, in UTC.

        Raises ValueError for a negative number, NoWorkingTime where none is near.
        """
        if minutes < 0:
            raise ValueError("prazo em minutos não pode ser negativo")
        left = minutes * _MINUTE
        moment = start.astimezone(UTC)
        if not left:
            return moment
        for since, until in without(
            self._spans(moment, moment + LONGEST_DAYS * _DAY), merged(pauses)
        ):
            if until - since >= left:
                return since + left
            left -= until - since
        raise NoWorkingTime

    def _spans(self, start: datetime, end: datetime) -> Iterator[Span]:
        """Working spans within these moments, in order."""
        start, end = start.astimezone(UTC), end.astimezone(UTC)
        day = start.astimezone(self.zone).date()
        while start < end and (midnight := self._utc(day)) < end:
            for since, until in self._working(day, midnight):
                clipped = max(since, start), min(until, end)
                if clipped[0] < clipped[1]:
                    yield clipped
            day += _DAY

    def _working(self, day: date, midnight: datetime) -> Iterator[Span]:
        shifts = () if day in self.holidays else self.week[day.weekday()]
        if not shifts:
            return
        for since, until, offset in self._constant(midnight, self._utc(day + _DAY)):
            zero = datetime(day.year, day.month, day.day, tzinfo=UTC) - offset
            for shift in shifts:
                begun, ended = zero + shift.start * _MINUTE, zero + shift.end * _MINUTE
                if max(begun, since) < min(ended, until):
                    yield max(begun, since), min(ended, until)

    def _constant(
        self, start: datetime, end: datetime
    ) -> list[tuple[datetime, datetime, timedelta]]:
        """The stretch cut where the zone changes its offset; at most once a day."""
        first, last = self._offset(start), self._offset(end - _MINUTE)
        if first == last:
            return [(start, end, first)]
        minutes = range((end - start) // _MINUTE)
        change = start + _MINUTE * bisect_left(
            minutes, True, key=lambda one: self._offset(start + one * _MINUTE) != first
        )
        return [(start, change, first), (change, end, last)]

    def _offset(self, moment: datetime) -> timedelta:
        return moment.astimezone(self.zone).utcoffset() or timedelta()

    def _utc(self, day: date) -> datetime:
        """The first moment of a local day."""
        return datetime(day.year, day.month, day.day, tzinfo=self.zone).astimezone(UTC)


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same time as spans that neither touch nor overlap, in order and in UTC."""
    found: list[Span] = []
    for since, until in sorted((a.astimezone(UTC), b.astimezone(UTC)) for a, b in spans):
        if found and since <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], until)
        elif since < until:
            found.append((since, until))
    return found


def without(spans: Iterable[Span], cut: list[Span]) -> Iterator[Span]:
    """What is left of `spans` outside `cut`, which is merged and in order."""
    for since, until in spans:
        for begun, ended in cut:
            if ended <= since:
                continue
            if begun >= until:
                break
            if since < begun:
                yield since, begun
            since = ended
        if since < until:
            yield since, until
