"""Which pauses of a deadline were earned: only while the other party owed something.

A pause that somebody declared counts as long as an open request to the other party stands behind
it. The party's own message ends what it owed, so the clock restarts by itself, whoever forgot to
resume; what was paused beyond that is not taken off the deadline, and is listed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.worklist.rules.working_time import Span, merged, without


class Kind(StrEnum):
    """What happened to a task, as far as its clock is concerned."""

    ASKED = "asked"
    """The other party was asked for something."""
    ANSWERED = "answered"
    """The other party wrote, sent or did something, or what it was asked for was dropped."""
    PAUSED = "paused"
    RESUMED = "resumed"


@dataclass(frozen=True)
class Entry:
    """One line of a task's log."""

    at: datetime
    kind: Kind


@dataclass(frozen=True)
class Judged:
    """Pauses in order and apart: what is taken off the deadline, and what had no reason."""

    earned: list[Span]
    unearned: list[Span]


def judge(log: Iterable[Entry], now: datetime) -> Judged:
    """Compares what was paused with what was owed, both up to `now`."""
    lines = sorted(log, key=lambda entry: entry.at)
    paused = _spans(lines, Kind.PAUSED, Kind.RESUMED, now)
    owed = _spans(lines, Kind.ASKED, Kind.ANSWERED, now)
    unearned = list(without(paused, owed))
    return Judged(earned=list(without(paused, unearned)), unearned=unearned)


def _spans(lines: list[Entry], opens: Kind, closes: Kind, now: datetime) -> list[Span]:
    """From each opening to the closing after it; one still open lasts until `now`."""
    spans: list[Span] = []
    since: datetime | None = None
    for line in lines:
        if line.kind is opens and since is None:
            since = line.at
        elif line.kind is closes and since is not None:
            spans.append((since, line.at))
            since = None
    if since is not None and since < now:
        spans.append((since, now))
    return merged(spans)
