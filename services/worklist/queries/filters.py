"""What a list of tasks asks for, as conditions, and in which order it goes on."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, literal, tuple_
from sqlmodel import col

from contracts.worklist.api import TaskFilter
from kit.db import Transaction
from kit.pages import decode_cursor, encode_cursor, moment_of
from services.worklist.models import BY_TERM, Task
from services.worklist.queries import people


@dataclass(frozen=True)
class Place:
    """By which columns a list is ordered; a cursor holds their values of its last row."""

    names: tuple[str, ...]
    newest_first: bool = False

    def order(self, columns: Any) -> list[ColumnElement[Any]]:
        """Of the table, or of what was taken from it."""
        named = [columns[name] for name in self.names]
        return [one.desc() for one in named] if self.newest_first else named

    def cursor(self, task: Task) -> str:
        """Where the list stopped."""
        return encode_cursor(*(_told(getattr(task, name)) for name in self.names))

    def beyond(self, cursor: str) -> ColumnElement[bool]:
        """What follows; 422 where the cursor is not one of this order."""
        kinds = [int if name == "priority" else str for name in self.names]
        parts = zip(self.names, decode_cursor(cursor, *kinds), strict=True)
        last = tuple(moment_of(part) if name in _MOMENTS else part for name, part in parts)
        here = tuple_(*(TASK[name] for name in self.names))
        return here < last if self.newest_first else here > last


TASK = Task.metadata.tables["task"].c
_NONE = literal(0, literal_execute=True)
"""Written into the query: for a parameter a plan made for all of them may use no partial index."""
_MOMENTS = frozenset({"due_at", "opened_at", "settled_at"})
_ORDERS = {"line": Place(("priority", "due_at", "id")), "due": Place(BY_TERM)}
_ENDED = Place(("settled_at", "id"), newest_first=True)


def place(wanted: TaskFilter) -> Place:
    """The order asked for; what ended goes from the newest back."""
    return _ENDED if wanted.state == "settled" else _ORDERS[wanted.order]


def names(wanted: TaskFilter) -> bool:
    """Whether it tells whose a task is."""
    return bool(wanted.subject_id or wanted.person_id or wanted.reference)


def narrow(wanted: TaskFilter) -> bool:
    """Whether few tasks can match, which an index of their own finds."""
    return names(wanted) or wanted.owner is not None or wanted.whose == "mine"


async def conditions(tx: Transaction, wanted: TaskFilter) -> list[ColumnElement[bool]]:
    """All of the filter but its queue, which says where to look."""
    found = [col(Task.tenant_id) == tx.tenant_id, *_states(tx, wanted.state)]
    if wanted.whose == "mine" and tx.caller is not None:
        away = await people.stood_for(tx, tx.caller.sub)
        found.append(col(Task.owner).in_([tx.caller.sub, *sorted(away)]))
    elif wanted.whose == "free":
        found.append(col(Task.owner).is_(None))
    return [*found, *_same(wanted), *_term(tx, wanted)]


_SAME = ("subject_id", "person_id", "owner", "form", "priority")


def _same(wanted: TaskFilter) -> list[ColumnElement[bool]]:
    asked = {name: getattr(wanted, name) for name in _SAME}
    found = [TASK[name] == value for name, value in asked.items() if value is not None]
    return found if wanted.reference is None else [*found, *_begins(wanted.reference)]


def _term(tx: Transaction, wanted: TaskFilter) -> list[ColumnElement[bool]]:
    """From a moment on, up to one and not with it; the nearer of two bounds holds."""
    found = [] if wanted.due_from is None else [col(Task.due_at) >= wanted.due_from]
    if wanted.due_before is not None:
        found.append(col(Task.due_at) < wanted.due_before)
    if wanted.due_within_minutes is not None:
        ahead = timedelta(minutes=wanted.due_within_minutes)
        found.append(col(Task.due_at) < tx.now + ahead)
        if wanted.state != "waiting":
            # Its clock stands still: it falls due later than it says.
            found.append(col(Task.waiting_since).is_(None))
    return found


def _begins(text: str) -> list[ColumnElement[bool]]:
    """Compared byte by byte, not by LIKE: that might leak, so row security lets it use no index."""
    reference, last = col(Task.reference), "\U0010ffff"
    return [reference.bool_op("~>=~")(text), reference.bool_op("~<~")(text + last)]


def _states(tx: Transaction, state: str) -> list[ColumnElement[bool]]:
    open_, snoozed = col(Task.settled_at).is_(None), col(Task.snoozed_until)
    match state:
        case "settled":
            return [col(Task.settled_at).is_not(None)]
        case "snoozed":
            return [open_, col(Task.until_answered) | (snoozed > tx.now)]
        case "waiting":
            return [open_, col(Task.waiting_since).is_not(None)]
        case "overdue":
            # What waits for the other party is late by nobody's fault here.
            return [open_, col(Task.due_at) < tx.now, col(Task.waiting_since).is_(None)]
        case "escalated":
            return [open_, col(Task.escalated) > _NONE]
        case _:
            at_hand = snoozed.is_(None) | (snoozed <= tx.now)
            return [open_, ~col(Task.until_answered), at_hand]


def _told(value: object) -> str | int:
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, int) else str(value)
