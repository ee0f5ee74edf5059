"""What a place of the inbox asks of the worklist: the one question of its list, its count, its
file, its bulk acts and the view saved of it; and the place that a saved question is shown at."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from contracts.worklist.api import TaskFilter, Whose
from contracts.worklist.team import View as SavedView
from services.console.rules.columns import shown
from services.console.rules.views import VIEWS, Place, View

WHOSE: Mapping[str, Whose] = {"eu": "mine", "ninguem": "free", "todos": "everybody"}
_CALLED = {whose: word for word, whose in WHOSE.items()}
_BY_URGENCY = "prioridade"
_MINUTE = timedelta(minutes=1)
_PRIORITIES = ("0", "1", "2", "3")


def filter_of(place: Place, zone: tzinfo | None) -> TaskFilter:
    """Days are whole local days, the last one included."""
    view, whose = place.view, WHOSE.get(place.owner)
    return TaskFilter(
        whose=whose or view.whose,
        state=view.state,
        order="line" if place.order == _BY_URGENCY else "due",
        queue=place.queue or None,
        owner=None if whose else place.owner or None,
        form=place.form or None,
        priority=int(place.priority) if place.priority in _PRIORITIES else None,
        person_id=place.person_id or None,
        reference=place.reference or None,
        due_from=_midnight(place.due_from, zone),
        due_before=_midnight(place.due_until, zone, days=1),
        due_within_minutes=view.within // _MINUTE if view.within else None,
    )


def place_of(saved: SavedView, zone: tzinfo | None) -> Place:
    """Where a saved view is shown."""
    asked = saved.query
    view = _view_of(asked)
    whose = "" if asked.whose == view.whose else _CALLED[asked.whose]
    return Place(
        view=view,
        queue=asked.queue or "",
        owner=asked.owner or whose,
        priority="" if asked.priority is None else str(asked.priority),
        form=asked.form or "",
        person_id=asked.person_id or "",
        reference=asked.reference or "",
        due_from=_day(asked.due_from, zone),
        due_until=_day(asked.due_before, zone, days=1),
        order=_BY_URGENCY if asked.order == "line" else "",
        columns=shown(saved.columns),
        saved=saved.view_id,
    )


def asked_by_address(asked: TaskFilter) -> dict[str, Any]:
    """The same question as a list's address asks it."""
    return asked.model_dump(mode="json", exclude_none=True)


def _view_of(asked: TaskFilter) -> View:
    """The view of that state, and of those whose tasks are asked for if there is one of them."""
    within = timedelta(minutes=asked.due_within_minutes) if asked.due_within_minutes else None
    fits = [one for one in VIEWS if (one.state, one.within) == (asked.state, within)]
    same = [one for one in fits if one.whose == asked.whose]
    return (same or fits or VIEWS)[0]


def _midnight(day: str, zone: tzinfo | None, days: int = 0) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(day) + timedelta(days), time(), zone)
    except (ValueError, OverflowError):
        return None


def _day(moment: datetime | None, zone: tzinfo | None, days: int = 0) -> str:
    if moment is None:
        return ""
    return (moment.astimezone(zone).date() - timedelta(days)).isoformat()
