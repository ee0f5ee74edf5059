"""Tables of the worklist."""

from services.worklist.models.base import Row, plumbing
from services.worklist.models.bulk import BulkItem, BulkJob
from services.worklist.models.task import BY_TERM, Lane, Line, Look, Passage, Task
from services.worklist.models.team import Colleague, DefaultView, Hours, Queue, SavedView

__all__ = [
    "BY_TERM",
    "BulkItem",
    "BulkJob",
    "Colleague",
    "DefaultView",
    "Hours",
    "Lane",
    "Line",
    "Look",
    "Passage",
    "Queue",
    "Row",
    "SavedView",
    "Task",
    "plumbing",
]
