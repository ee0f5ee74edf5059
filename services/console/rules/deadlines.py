"""How a term looks in a list: a mark, words and a tone, so that colour never tells it alone."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from services.console.rules.formats import span

SOON = timedelta(hours=4)
Tone = Literal["neutral", "warning", "critical", "running", "done", "paused"]


@dataclass(frozen=True)
class Chip:
    """What is shown of a term."""

    tone: Tone
    mark: str
    words: str


@dataclass(frozen=True)
class Term:
    """A term as the worklist tells it."""

    due_at: datetime
    waiting_since: datetime | None = None
    settled_at: datetime | None = None
    dropped: bool = False


def chip(term: Term, now: datetime) -> Chip:
    """What ended or waits says so; else how much time is left, or is gone."""
    if term.settled_at is not None:
        return Chip("done", "✓", "dispensada" if term.dropped else "concluída")
    if term.waiting_since is not None:
        return Chip("paused", "‖", f"aguarda há {span(now - term.waiting_since)}")
    left = term.due_at - now
    if left < timedelta():
        return Chip("critical", "▲", f"vencida há {span(left)}")
    if left < SOON:
        return Chip("warning", "◆", f"vence em {span(left)}")
    return Chip("neutral", "·", f"vence em {span(left)}")
