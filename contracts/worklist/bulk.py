"""The worklist's HTTP API for one act on many tasks: checked first, then done, item by item."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from contracts.base import Message
from contracts.values import Moment
from contracts.worklist.api import Filtered, Reason, Subject, TaskFilter

Act = Literal["claim", "release", "hand_over", "snooze", "new_term"]
JobState = Literal["checking", "checked", "running", "done", "cancelled"]
Found = Literal["waiting", "ok", "refused"]


class BulkIn(Message):
    """One act on the tasks named, or on all that a list asks for."""

    act: Act
    task_ids: Annotated[tuple[Filtered, ...], Field(max_length=500)] = ()
    query: TaskFilter | None = None
    to: Subject | None = None
    until: Moment | None = None
    due_at: Moment | None = None
    reason: Reason | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if bool(self.task_ids) == (self.query is not None):
            raise ValueError("informe as tarefas ou o filtro, e só um dos dois")
        needs: dict[str, tuple[object, ...]] = {
            "hand_over": (self.to, self.reason),
            "snooze": (self.until,),
            "new_term": (self.due_at, self.reason),
        }
        if None in needs.get(self.act, ()):
            raise ValueError("falta o que esta ação pede")
        return self


class BulkJob(Message):
    """How far one act on many tasks is. While it is being checked nothing changes."""

    job_id: str
    act: Act
    state: JobState
    asked_by: str
    asked_at: datetime
    total: int
    waiting: int
    ok: int
    refused: int


class BulkItem(Message):
    """What became, or would become, of one task."""

    task_id: str
    found: Found
    code: str | None
    """The problem it was refused with."""
    reference: str | None = None
    """What people call its case; untold to who may not do the task."""


class BulkItems(Message):
    """A page of items, in the order in which they were found."""

    items: tuple[BulkItem, ...]
    next_cursor: str | None
