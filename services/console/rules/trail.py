"""Where in the trail somebody stands, and how several trails become one list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from contracts.ops import AuditEntry
from services.console.rules.audit import SOURCES

Positions = Mapping[str, int]
"""Of each trail, the id of the last entry that was shown."""
ADDRESSED: Mapping[str, str] = {
    "servico": "source",
    "ator": "actor",
    "acao": "action",
    "assunto": "subject",
    "pessoa": "person_id",
    "de": "first_day",
    "ate": "last_day",
    "cursor": "cursor",
}
"""What stands in an address, and which part of a place it is."""
_LAST_DAY = timedelta(days=1)


@dataclass(frozen=True)
class TrailPlace:
    """What the trail is asked for. Ids and days stand in the address; names and CPFs never do."""

    source: str = ""
    actor: str = ""
    action: str = ""
    subject: str = ""
    person_id: str = ""
    first_day: str = ""
    last_day: str = ""
    cursor: str = ""

    @property
    def query(self) -> str:
        """The place as it stands in an address."""
        named = {name: getattr(self, member) for name, member in ADDRESSED.items()}
        return urlencode({name: value for name, value in named.items() if value})

    @property
    def first(self) -> "TrailPlace":
        """The first page of the same."""
        return replace(self, cursor="")

    def on(self, cursor: str) -> "TrailPlace":
        """The page that begins after a cursor."""
        return replace(self, cursor=cursor)

    def by(self, actor: str) -> "TrailPlace":
        """The same of one person's doing."""
        return replace(self, actor=actor, cursor="")

    def about(self, subject: str) -> "TrailPlace":
        """The same about one thing."""
        return replace(self, subject=subject, person_id="", cursor="")

    def about_person(self, person_id: str) -> "TrailPlace":
        """The same about one person and their cases; nobody in particular where it is blank."""
        return replace(self, subject="", person_id=person_id, cursor="")

    @property
    def filtered(self) -> bool:
        """Whether anything is left out."""
        return bool(self.first.query)

    @property
    def sources(self) -> tuple[str, ...]:
        """The trails that are asked."""
        return (self.source,) if self.source in SOURCES else tuple(SOURCES)

    def wrong(self) -> str:
        """What is wrong with the days; blank where nothing is."""
        days = [_day(text) for text in (self.first_day, self.last_day) if text]
        if None in days:
            return "Escreva os dias como dd/mm/aaaa."
        first, last = _day(self.first_day), _day(self.last_day)
        if first and last and first > last:
            return "O primeiro dia vem depois do último."
        return ""

    @property
    def days(self) -> tuple[str, str]:
        """The days as fields hold them: what is none is left blank."""
        return (
            self.first_day if _day(self.first_day) else "",
            self.last_day if _day(self.last_day) else "",
        )

    def since(self, zone: ZoneInfo) -> datetime | None:
        """When the first day begins where people work."""
        day = _day(self.first_day)
        return datetime.combine(day, time(), zone) if day else None

    def until(self, zone: ZoneInfo) -> datetime | None:
        """When the last day is over where people work."""
        day = _day(self.last_day)
        return datetime.combine(day + _LAST_DAY, time(), zone) if day else None

    @property
    def positions(self) -> Positions:
        """Where each trail goes on; whatever is no position of ours is left out."""
        parts = (part.rpartition(".") for part in self.cursor.split("-"))
        return {
            source: int(number)
            for source, _, number in parts
            if source in SOURCES and number.isascii() and number.isdigit()
        }


@dataclass(frozen=True)
class TrailLine:
    """One entry, and whose trail it stands in."""

    source: str
    entry: AuditEntry


def merged(pages: Mapping[str, Sequence[AuditEntry]], most: int) -> list[TrailLine]:
    """The newest of several trails, each kept in its own order."""
    left = {source: list(reversed(entries)) for source, entries in pages.items() if entries}
    lines: list[TrailLine] = []
    while left and len(lines) < most:
        source = max(left, key=lambda one: left[one][-1].at)
        lines.append(TrailLine(source, left[source].pop()))
        if not left[source]:
            del left[source]
    return lines


def cursor_after(lines: Sequence[TrailLine], before: Positions) -> str:
    """Where each trail goes on after these lines; who showed nothing stays where it was."""
    last = dict(before) | {line.source: line.entry.entry_id for line in lines}
    return "-".join(f"{source}.{number}" for source, number in sorted(last.items()))


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if date(1900, 1, 1) <= day <= date(2199, 12, 31) else None
