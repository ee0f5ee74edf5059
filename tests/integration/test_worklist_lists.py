"""What a list shows: filters, order, pages that neither miss nor repeat, views that are kept."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from contracts.health_declaration.tasks import TaskWanted
from kit.pages import encode_cursor
from tests.support.api import Served
from tests.support.inbox import MONDAY, QUEUE, Inbox, later, refused

_tenants: Iterator[int] = count(7800)


@pytest.fixture
def inbox(tasks_served: Served) -> Inbox:
    opened = Inbox(tasks_served, next(_tenants))
    opened.jump(MONDAY)
    return opened


async def many(inbox: Inbox, much: int) -> list[TaskWanted]:
    """Tasks of three queues, many of them due at the same moment."""
    wanted = [
        inbox.wanted(
            queue=("ds.analysis", "ds.negotiation", "ds.other")[number % 3],
            priority=number % 2 + 1,
            due_at=later(hours=number % 5),
            occurred_at=later(minutes=-(number % 7)),
            reference=f"DS-{number:03d}",
        )
        for number in range(much)
    ]
    await inbox.served.hear(*wanted)
    return wanted


async def walk(inbox: Inbox, **params: Any) -> list[dict[str, Any]]:
    """Every page, one after the other."""
    items: list[dict[str, Any]] = []
    more: dict[str, Any] = {}
    while True:
        answer = await inbox.get("ana", "/tasks", limit=7, **params, **more)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        items += page["items"]
        assert page["total"] >= len(items)
        if page["next_cursor"] is None:
            return items
        more = {"cursor": page["next_cursor"]}


@pytest.mark.parametrize(
    ("order", "names"),
    [("line", ("priority", "due_at")), ("due", ("due_at", "priority", "opened_at", "task_id"))],
)
async def test_pages_show_each_task_once_in_the_order_asked_for(
    inbox: Inbox, order: str, names: tuple[str, ...]
) -> None:
    wanted = await many(inbox, 50)
    items = await walk(inbox, order=order)
    assert sorted(one["task_id"] for one in items) == sorted(one.task_id for one in wanted)
    keys = [tuple(one[name] for name in names) for one in items]
    assert keys == sorted(keys)


async def test_what_is_taken_between_two_pages_neither_repeats_nor_hides_another(
    inbox: Inbox,
) -> None:
    wanted = await many(inbox, 20)
    first = (await inbox.get("ana", "/tasks", limit=10, whose="free")).json()
    shown = {one["task_id"] for one in first["items"]}
    taken = next(one for one in wanted if one.task_id in shown)
    await inbox.done("ana", taken, "claim")
    cursor = first["next_cursor"]
    second = (await inbox.get("ana", "/tasks", limit=50, whose="free", cursor=cursor)).json()
    rest = {one["task_id"] for one in second["items"]}
    assert shown | rest == {one.task_id for one in wanted}
    assert not shown & rest


async def test_what_ended_goes_from_the_newest_back(inbox: Inbox) -> None:
    wanted = await many(inbox, 12)
    for number, task in enumerate(wanted):
        await inbox.settled(task, later(minutes=number))
    items = await walk(inbox, state="settled")
    assert [one["task_id"] for one in items] == [one.task_id for one in reversed(wanted)]


async def test_a_list_is_narrowed_by_what_is_known_of_a_task(inbox: Inbox) -> None:
    wanted = await many(inbox, 12)
    one = wanted[4]
    for params in (
        {"subject_id": one.subject_id},
        {"person_id": one.person_id},
        {"reference": "DS-004"},
        {"queue": one.queue, "reference": "DS-004"},
    ):
        assert await inbox.listed("ana", **params) == [one.task_id]
    assert len(await inbox.listed("ana", reference="DS-01")) == 2
    assert await inbox.listed("ana", reference="%") == []
    assert len(await inbox.listed("ana", queue=QUEUE)) == 4
    assert len(await inbox.listed("ana", due_before=later(hours=1).isoformat())) == 3


async def test_a_list_counts_all_that_match_and_what_is_late(inbox: Inbox) -> None:
    await many(inbox, 12)
    inbox.jump(later(hours=2, minutes=30))
    page = (await inbox.get("ana", "/tasks", limit=2, state="overdue")).json()
    assert (page["total"], len(page["items"])) == (8, 2)
    queues = ("ds.analysis", "ds.negotiation", "ds.other")
    asked = [{"queue": queue} for queue in queues] + [{"state": "overdue"}]
    counted = (await inbox.post("ana", "/task-counts", {"queries": asked})).json()["items"]
    assert [one["total"] for one in counted] == [4, 4, 4, 8]


async def test_what_waits_for_the_other_party_is_neither_late_nor_about_to_be(
    inbox: Inbox,
) -> None:
    soon = await inbox.opened(due_at=later(hours=2))
    waits = await inbox.opened(due_at=later(hours=1))
    await inbox.waits(waits, later(minutes=-5))
    assert await inbox.listed("ana", due_within_minutes=240) == [soon.task_id]
    assert await inbox.listed("ana", due_within_minutes=240, state="waiting") == [waits.task_id]
    await inbox.answered(waits, MONDAY)
    found = await inbox.listed("ana", due_within_minutes=240, order="due")
    assert found == [waits.task_id, soon.task_id]


@pytest.mark.parametrize("cursor", ["x", "WzFd", "WyJhIiwiYiIsImMiXQ", "WzEsIngiLCJ5Il0"])
async def test_a_cursor_of_no_list_is_refused(inbox: Inbox, cursor: str) -> None:
    await inbox.opened()
    answer = await inbox.get("ana", "/tasks", cursor=cursor)
    assert refused(answer) == (422, "bad-cursor")


async def test_a_cursor_of_the_order_before_is_refused(inbox: Inbox) -> None:
    task = await inbox.opened()
    cursor = encode_cursor(later(hours=1).isoformat(), task.task_id)
    answer = await inbox.get("ana", "/tasks", order="due", cursor=cursor)
    assert refused(answer) == (422, "bad-cursor")


VIEW: dict[str, Any] = {"title": "Atrasadas minhas", "query": {"whose": "mine", "state": "overdue"}}


async def test_a_view_is_kept_for_its_writer_alone(inbox: Inbox) -> None:
    await inbox.opened()
    made = (await inbox.post("ana", "/task-views", VIEW | {"columns": ["due", "owner"]})).json()
    assert made["query"] | VIEW["query"] == made["query"]
    assert (await inbox.get("ana", "/task-views")).json() == {"items": [made], "default_id": None}
    assert (await inbox.get("alba", "/task-views")).json() == {"items": [], "default_id": None}
    path = f"/task-views/{made['view_id']}"
    answer = await inbox.put("alba", path, **VIEW, version=1)
    assert refused(answer) == (404, "view-not-found")


async def test_a_view_of_a_queue_is_shared_and_changed_by_its_people(inbox: Inbox) -> None:
    await inbox.opened()
    made = (await inbox.post("ana", "/task-views", VIEW | {"team": QUEUE})).json()
    assert (await inbox.get("alba", "/task-views")).json() == {"items": [made], "default_id": None}
    assert (await inbox.get("rita", "/task-views")).json() == {"items": [], "default_id": None}
    path = f"/task-views/{made['view_id']}"
    changed = await inbox.put(
        "alba", path, **VIEW | {"team": QUEUE, "title": "Atrasadas"}, version=1
    )
    assert changed.json()["version"] == 2
    answer = await inbox.put("ana", path, **VIEW, version=1)
    assert refused(answer) == (409, "stale-version")
    assert answer.json()["changed_by"] == "alba"
    gone = await inbox.post("ana", f"{path}/removal", {"version": 2})
    assert gone.json()["title"] == "Atrasadas"
    assert (await inbox.get("ana", "/task-views")).json() == {"items": [], "default_id": None}


async def test_nobody_shares_a_view_with_a_queue_that_is_not_theirs(inbox: Inbox) -> None:
    await inbox.opened(queue="ds.audit", skill="ds.audit")
    answer = await inbox.post("ana", "/task-views", VIEW | {"team": "ds.audit"})
    assert refused(answer) == (403, "not-your-queue")
