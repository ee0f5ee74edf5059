"""What changed of a page since it was shown, told without changing the page."""

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.worklist.api import TaskPage, TaskView
from services.console.queries.inbox import page
from services.console.queries.looking import Lane, Look, lane
from services.console.rules.views import Place


@dataclass(frozen=True)
class News:
    """How many tasks are new, whether others changed or went, and the open task where it moved."""

    fresh: int = 0
    changed: bool = False
    moved: TaskView | None = None


async def news(look: Look, place: Place, seen: Sequence[str], opened: str) -> News:
    """`seen` and `opened` are tasks as `seen_as` writes them; what cannot be had is no news."""
    told: Lane[TaskPage] = await lane(page(look, place))
    moved = await _moved(look, opened)
    if told.shown is None:
        return News(moved=moved)
    now = [seen_as(task) for task in told.shown.items]
    known = {one.partition(" ")[0] for one in seen}
    fresh = sum(task.task_id not in known for task in told.shown.items)
    return News(fresh, set(now) != set(seen), moved)


def seen_as(task: TaskView) -> str:
    """A task and its version, as a page remembers that it showed them."""
    return f"{task.task_id} {task.version}"


async def _moved(look: Look, opened: str) -> TaskView | None:
    task_id = opened.partition(" ")[0]
    if not task_id.replace("-", "").isalnum():
        return None
    found: Lane[TaskView] = await lane(look.worklist.get(f"/tasks/{task_id}", TaskView))
    return found.shown if found.shown and seen_as(found.shown) != opened else None
