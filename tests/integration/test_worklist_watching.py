"""Lists that are watched and taken along: counted at once, narrowed, marked, begun in, exported."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from tests.support.api import Served
from tests.support.inbox import MONDAY, QUEUE, Inbox, later, refused

_tenants: Iterator[int] = count(8600)
VIEW: dict[str, Any] = {"title": "Minhas atrasadas", "query": {"whose": "mine"}}


@pytest.fixture
def inbox(tasks_served: Served) -> Inbox:
    opened = Inbox(tasks_served, next(_tenants))
    opened.jump(MONDAY)
    return opened


async def counted(inbox: Inbox, who: str, *queries: dict[str, Any]) -> list[int]:
    answer = await inbox.post(who, "/task-counts", {"queries": queries})
    assert answer.status_code == 200, answer.text
    return [one["total"] for one in answer.json()["items"]]


async def mark(inbox: Inbox, who: str = "ana") -> str:
    answer = await inbox.get(who, "/task-changes")
    assert answer.status_code == 200, answer.text
    told: str = answer.json()["mark"]
    return told


async def test_many_lists_are_counted_in_one_question(inbox: Inbox) -> None:
    await inbox.opened(due_at=later(hours=1), form="audit")
    late = await inbox.opened(due_at=later(hours=-1), priority=0)
    mine = await inbox.opened(due_at=later(hours=30))
    await inbox.done("ana", mine, "claim")
    await inbox.settled(await inbox.opened(), later(hours=1))
    asked: list[dict[str, Any]] = [
        {},
        {"whose": "mine"},
        {"whose": "free"},
        {"state": "overdue"},
        {"due_within_minutes": 240},
        {"state": "settled"},
        {"owner": "ana"},
        {"form": "audit"},
        {"priority": 0},
        {"due_from": MONDAY.isoformat(), "due_before": later(hours=24).isoformat()},
    ]
    assert await counted(inbox, "ana", *asked) == [3, 1, 2, 1, 2, 1, 1, 1, 1, 1]
    assert await inbox.listed("ana", priority=0) == [late.task_id]
    assert await inbox.listed("ana", owner="ana", order="due") == [mine.task_id]


async def test_what_is_not_seen_is_not_counted(inbox: Inbox) -> None:
    await inbox.opened(queue="ds.audit", skill="ds.audit")
    hers = await inbox.opened(reference="DS-7")
    asked: list[dict[str, Any]] = [{}, {"reference": "DS-7"}, {"person_id": hers.person_id}]
    assert await counted(inbox, "ana", *asked) == [1, 1, 1]
    # Whoever runs the place sees that there are tasks, and not whose.
    assert await counted(inbox, "sonia", *asked) == [2, 0, 0]


async def test_tasks_that_somebody_settled_are_found_by_who_had_them(inbox: Inbox) -> None:
    task = await inbox.opened()
    await inbox.done("ana", task, "claim")
    await inbox.settled(task, later(hours=1))
    await inbox.settled(await inbox.opened(), later(hours=2))
    assert await inbox.listed("ana", whose="mine", state="settled") == [task.task_id]


async def test_the_mark_moves_with_every_change_and_with_nothing_else(inbox: Inbox) -> None:
    task = await inbox.opened()
    seen = [await mark(inbox), await mark(inbox), await mark(inbox, "sonia")]
    assert len(set(seen)) == 1
    for act in ("claim", "release"):
        await inbox.done("ana", task, act)
        seen.append(await mark(inbox))
    await inbox.settled(task, later(hours=1))
    seen.append(await mark(inbox))
    assert len(set(seen)) == 4


async def test_what_another_operator_does_moves_no_mark(inbox: Inbox) -> None:
    await inbox.opened()
    before = await mark(inbox)
    await Inbox(inbox.served, next(_tenants)).opened()
    assert await mark(inbox) == before


async def test_somebody_begins_in_the_view_they_chose_until_it_is_gone(inbox: Inbox) -> None:
    await inbox.opened()
    made = (await inbox.post("ana", "/task-views", VIEW)).json()
    chosen = await inbox.put("ana", "/default-task-view", view_id=made["view_id"])
    assert chosen.json()["default_id"] == made["view_id"]
    assert (await inbox.get("alba", "/task-views")).json()["default_id"] is None
    answer = await inbox.put("alba", "/default-task-view", view_id=made["view_id"])
    assert refused(answer) == (404, "view-not-found")
    await inbox.post("ana", f"/task-views/{made['view_id']}/removal", {"version": 1})
    assert (await inbox.get("ana", "/task-views")).json()["default_id"] is None
    assert (await inbox.put("ana", "/default-task-view")).json()["default_id"] is None


async def test_a_list_that_is_taken_along_is_in_the_trail_with_what_was_asked_for(
    inbox: Inbox,
) -> None:
    wish = {"query": {"queue": QUEUE, "state": "overdue"}, "columns": ["due"], "rows": 12}
    answer = await inbox.post("ana", "/task-exports", wish)
    assert answer.status_code == 201
    (entry,) = await inbox.trail(answer.json()["export_id"], "tasks.exported")
    assert (entry["actor"], entry["details"]) == ("ana", wish)
