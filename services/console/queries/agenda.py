"""The week of interviews, who waits for a time and what nobody said the outcome of."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from contracts.health_declaration.desk import (
    InterviewLine,
    InterviewPage,
    SlotPage,
    SlotView,
)
from services.console.queries.looking import Lane, Look, lane, names
from services.console.rules.agenda import Entry, Line, Place, calendar, state_of

KEEP = "ds.schedule"
_PAGE, _PAGES = 200, 5
MOST = _PAGE * _PAGES
"""Of times, and of interviews, on one page: what is beyond is told to be."""
SHOWN = 50


@dataclass(frozen=True)
class Week:
    """The calendar, the doctors who give times in it, and the interviews booked in it."""

    lines: tuple[Line, ...]
    doctors: tuple[str, ...]
    free: int
    booked: int
    more: bool = False
    """Whether there is more than a page can show: a doctor or a day has to be chosen."""


@dataclass(frozen=True)
class Listed:
    """Some interviews, and what people are called."""

    items: tuple[InterviewLine, ...]
    names: dict[str, str]
    more: bool = False


@dataclass(frozen=True)
class Board:
    """The page: each part apart."""

    place: Place
    week: Lane[Week]
    waiting: Lane[Listed] | None
    """None for whoever does not keep the agenda."""
    open_ends: Lane[Listed]

    @property
    def status(self) -> int:
        """As HTTP tells it: the calendar's trouble is the page's."""
        return self.week.trouble.status if self.week.trouble else 200


async def board(look: Look, place: Place, zone: ZoneInfo) -> Board:
    """The agenda of a week."""
    keeps = look.caller.may(KEEP)
    week, waiting, open_ends = await asyncio.gather(
        lane(_week(look, place, zone)),
        lane(_waiting(look)) if keeps else _nothing(),
        lane(_open_ends(look, place)),
    )
    return Board(place, week, waiting, open_ends)


async def _nothing() -> None:
    return None


async def _week(look: Look, place: Place, zone: ZoneInfo) -> Week:
    since, until = (moment.isoformat() for moment in place.bounds(zone))
    asked = {"from": since, "to": until, "doctor": place.doctor or None}
    slots, held = await asyncio.gather(_slots(look, **asked), interviews(look, **asked))
    called = await names(look, (one.person_id for one in held))
    doctors = sorted({one.doctor for one in slots} | {one.doctor for one in held if one.doctor})
    entries = [
        entry for entry in _entries(look, slots, held, called) if place.doctor in ("", entry.doctor)
    ]
    return Week(
        lines=calendar(entries, place, zone),
        doctors=tuple(doctors),
        free=sum(entry.state == "free" for entry in entries),
        booked=sum(entry.interview_id != "" for entry in entries),
        more=max(len(slots), len(held)) >= MOST,
    )


def _entries(
    look: Look, slots: list[SlotView], held: list[InterviewLine], called: dict[str, str]
) -> list[Entry]:
    """Every interview, and every time at which there is none."""
    found = [
        Entry(
            doctor=one.doctor,
            starts_at=one.starts_at,
            minutes=one.minutes or 0,
            state=state_of(one.status, one.starts_at, look.now),
            interview_id=one.interview_id,
            in_person=one.in_person,
            name=called.get(one.person_id, ""),
        )
        for one in held
        if one.doctor and one.starts_at
    ]
    known = {(one.doctor, one.starts_at) for one in found}
    return found + [
        _time(look, slot) for slot in slots if (slot.doctor, slot.starts_at) not in known
    ]


def _time(look: Look, slot: SlotView) -> Entry:
    if slot.taken:
        return Entry(slot.doctor, slot.starts_at, slot.minutes, "taken")
    past = slot.starts_at <= look.now
    return Entry(slot.doctor, slot.starts_at, slot.minutes, "past" if past else "free")


async def _waiting(look: Look) -> Listed:
    """Who waits for a time, the first term at the head; of equal ones who asked first."""
    found = await interviews(look, status="open")
    return await _listed(look, sorted(found, key=lambda one: one.choose_by or look.now))


async def _open_ends(look: Look, place: Place) -> Listed:
    """Whose hour came and nobody told what became of it, the oldest at the head."""
    found = await interviews(
        look, status="scheduled", to=look.now.isoformat(), doctor=place.doctor or None
    )
    return await _listed(look, sorted(found, key=lambda one: one.starts_at or look.now))


async def _listed(look: Look, found: list[InterviewLine]) -> Listed:
    shown = tuple(found[:SHOWN])
    called = await names(look, (one.person_id for one in shown))
    return Listed(shown, called, len(found) > SHOWN)


async def interviews(look: Look, **asked: Any) -> list[InterviewLine]:
    """Every one that is asked for, as far as a screen can show."""

    async def page(cursor: str | None) -> tuple[tuple[InterviewLine, ...], str | None]:
        asking = look.health_declaration.get(
            "/interviews", InterviewPage, **asked, cursor=cursor, limit=_PAGE
        )
        got = await asking
        return got.items, got.next_cursor

    return await _all(page)


async def _slots(look: Look, **asked: Any) -> list[SlotView]:
    async def page(cursor: str | None) -> tuple[tuple[SlotView, ...], str | None]:
        got = await look.health_declaration.get(
            "/slots", SlotPage, **asked, cursor=cursor, limit=_PAGE
        )
        return got.items, got.next_cursor

    return await _all(page)


async def _all[Item](
    page: Callable[[str | None], Awaitable[tuple[tuple[Item, ...], str | None]]],
) -> list[Item]:
    found: list[Item] = []
    cursor: str | None = None
    for _ in range(_PAGES):
        items, cursor = await page(cursor)
        found.extend(items)
        if cursor is None:
            break
    return found
