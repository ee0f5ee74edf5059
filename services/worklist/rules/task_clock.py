"""What a task's log says of its clock: since when it stands, and which pauses move the term."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from services.worklist.rules.pauses import Entry, Judged, Kind, judge
from services.worklist.rules.working_time import Span

_PAUSING = {Kind.ASKED: Kind.PAUSED, Kind.ANSWERED: Kind.RESUMED}


def waiting_since(log: Iterable[Entry]) -> datetime | None:
    """Since when the other party owes something; None while it owes nothing."""
    since: datetime | None = None
    for entry in sorted(log, key=lambda entry: entry.at):
        if entry.kind is Kind.ASKED:
            since = since or entry.at
        elif entry.kind is Kind.ANSWERED:
            since = None
    return since


def judged(log: Sequence[Entry], now: datetime) -> Judged:
    """Asking somebody pauses, and the answer resumes: nobody has to remember to."""
    also = [Entry(entry.at, _PAUSING[entry.kind]) for entry in log if entry.kind in _PAUSING]
    return judge([*log, *also], now)


def earned(log: Sequence[Entry]) -> list[Span]:
    """Pauses that moved the term for good. One that lasts moves it once it ends, so that the term
    of a task that waits is the same whenever it is asked for."""
    lasting = waiting_since(log)
    until = lasting or max((entry.at for entry in log), default=None)
    return judged(log, until).earned if until else []
