"""The agenda of interviews: weeks of local days, times given in a row, what each is called."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from contracts.permissions import CLINICAL
from services.console.rules.deadlines import Chip, Tone

SEEN_BY = ("ds.schedule", "ds.interview", CLINICAL)
"""With one of these interviews are seen: that there is one tells of a declared disease."""
MOST_GIVEN = 60
WEEK = timedelta(days=7)
State = Literal["free", "past", "taken", "scheduled", "to_confirm", "concluded"]
STATES: Mapping[State, tuple[Tone, str, str]] = {
    "free": ("done", "○", "livre"),
    "past": ("neutral", "·", "passou sem uso"),
    "taken": ("neutral", "●", "ocupado"),
    "scheduled": ("running", "●", "marcada"),
    "to_confirm": ("warning", "◆", "a confirmar"),
    "concluded": ("neutral", "✓", "concluída"),
}
DAYS = ("seg", "ter", "qua", "qui", "sex", "sáb", "dom")


def chip(state: State) -> Chip:
    """How a state looks: by mark and words, never by colour alone."""
    return Chip(*STATES[state])


def state_of(status: str, starts_at: datetime | None, now: datetime) -> State:
    """Of an interview that has a time; once the hour came somebody says what became of it."""
    if status == "scheduled":
        return "to_confirm" if starts_at is not None and starts_at <= now else "scheduled"
    return "concluded" if status == "concluded" else "taken"


@dataclass(frozen=True)
class Place:
    """Which week, and whose: all of it is in the address."""

    first: date
    """A Monday."""
    doctor: str = ""

    @property
    def days(self) -> tuple[date, ...]:
        """The seven of them."""
        return tuple(self.first + timedelta(days=at) for at in range(7))

    @property
    def last(self) -> date:
        """The Sunday."""
        return self.days[-1]

    @property
    def query(self) -> str:
        """The place as it stands in an address."""
        named = {"semana": self.first.isoformat(), "medico": self.doctor}
        return urlencode({name: value for name, value in named.items() if value})

    @property
    def before(self) -> "Place":
        """The week before."""
        return Place(self.first - WEEK, self.doctor)

    @property
    def after(self) -> "Place":
        """The week after."""
        return Place(self.first + WEEK, self.doctor)

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """The week's first moment, and the first that is no longer of it."""
        return midnight(self.first, zone), midnight(self.first + WEEK, zone)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When a local day begins."""
    return datetime.combine(day, time(), zone)


def place_of(week: str, doctor: str, today: date) -> Place:
    """The place of an address; this week where it names no day that a calendar shows."""
    try:
        day = date.fromisoformat(week)
        monday = day - timedelta(days=day.weekday())
        return Place(monday, doctor) if 2000 <= day.year < 2200 else place_of("", doctor, today)
    except ValueError:
        return Place(today - timedelta(days=today.weekday()), doctor)


@dataclass(frozen=True)
class Entry:
    """One time of one doctor in the calendar."""

    doctor: str
    starts_at: datetime
    minutes: int
    state: State
    interview_id: str = ""
    in_person: bool = False
    name: str = ""


@dataclass(frozen=True)
class Line:
    """One hour of the calendar: what stands at it on each day."""

    hour: str
    cells: tuple[tuple[Entry, ...], ...]


def calendar(entries: Iterable[Entry], place: Place, zone: ZoneInfo) -> tuple[Line, ...]:
    """Only hours at which something is; each entry on its local day."""
    by: dict[str, dict[date, list[Entry]]] = {}
    for entry in sorted(entries, key=lambda one: (one.starts_at, one.doctor)):
        local = entry.starts_at.astimezone(zone)
        by.setdefault(local.strftime("%H:%M"), {}).setdefault(local.date(), []).append(entry)
    return tuple(
        Line(hour, tuple(tuple(found.get(day, ())) for day in place.days))
        for hour, found in sorted(by.items())
    )


def times(typed: Mapping[str, str], zone: ZoneInfo) -> tuple[list[datetime], dict[str, str]]:
    """The times somebody gives in a row, and what is wrong with what they typed, by field."""
    day = _read(date.fromisoformat, typed.get("day", ""))
    start, end = (_read(time.fromisoformat, typed.get(name, "")) for name in ("start", "end"))
    minutes = _read(int, typed.get("minutes", ""))
    wrong = {
        "doctor": "" if typed.get("doctor", "").strip() else "Diga quem atende.",
        "day": "" if day else "Escolha o dia.",
        "start": "" if start else "Escolha a hora do começo.",
        "end": "" if end else "Escolha a hora do fim.",
        "minutes": "" if minutes and 10 <= minutes <= 120 else "De 10 a 120 minutos.",
    }
    told = {name: reason for name, reason in wrong.items() if reason}
    if told or day is None or start is None or end is None or minutes is None:
        return [], told
    found = _row(datetime.combine(day, start, zone), datetime.combine(day, end, zone), minutes)
    if not found:
        return [], {"end": "Entre o começo e o fim não cabe nenhum horário."}
    if len(found) > MOST_GIVEN:
        return [], {"minutes": f"São mais de {MOST_GIVEN} horários de uma vez."}
    return found, {}


def _row(first: datetime, end: datetime, minutes: int) -> list[datetime]:
    length = timedelta(minutes=minutes)
    count = max(0, (end - first) // length)
    return [first + length * at for at in range(count)]


def _read[Value](read: Callable[[str], Value], text: str) -> Value | None:
    try:
        return read(text.strip())
    except ValueError:
        return None


def timeless(next_free_at: datetime | None, choose_by: datetime | None) -> bool:
    """Whether there is nothing to choose until the term ends."""
    return next_free_at is None or (choose_by is not None and next_free_at >= choose_by)
