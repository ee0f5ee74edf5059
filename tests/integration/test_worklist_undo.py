"""The last act taken back: by whoever did it, while nothing happened after it."""

from collections.abc import Iterator
from itertools import count

import pytest

from contracts.worklist.events import TaskClaimed, TaskReleased
from tests.support.api import Served
from tests.support.inbox import MONDAY, Inbox, later, refused

_tenants: Iterator[int] = count(8800)
WHY = {"reason": "Fora do meu turno"}


@pytest.fixture
def inbox(tasks_served: Served) -> Inbox:
    opened = Inbox(tasks_served, next(_tenants))
    opened.jump(MONDAY)
    return opened


async def test_a_claim_is_taken_back_and_both_are_told(inbox: Inbox) -> None:
    task = await inbox.opened()
    assert (await inbox.done("ana", task, "claim"))["undoable"] == "claim"
    shown = await inbox.done("ana", task, "undo")
    assert (shown["owner"], shown["undoable"], shown["version"]) == (None, None, 3)
    kinds = [
        len(await inbox.served.facts(inbox.tenant, one)) for one in (TaskClaimed, TaskReleased)
    ]
    assert kinds == [1, 1]
    assert [one["details"] for one in await inbox.trail(task.task_id, "task.undone")] == [
        {"act": "claim"}
    ]


async def test_what_was_put_away_comes_back_into_sight(inbox: Inbox) -> None:
    task = await inbox.opened()
    await inbox.done("ana", task, "claim")
    await inbox.done("ana", task, "snooze", until=later(days=3).isoformat())
    assert await inbox.listed("ana") == []
    assert (await inbox.done("ana", task, "undo"))["owner"] == "ana"
    assert await inbox.listed("ana") == [task.task_id]


async def test_what_was_handed_over_comes_back_to_who_gave_it(inbox: Inbox) -> None:
    await inbox.written("alba")
    task = await inbox.opened()
    await inbox.done("ana", task, "claim")
    await inbox.done("ana", task, "hand-over", to="alba", **WHY)
    assert (await inbox.done("ana", task, "undo"))["owner"] == "ana"


async def test_nobody_takes_back_what_another_did_or_built_upon(inbox: Inbox) -> None:
    task = await inbox.opened()
    await inbox.done("ana", task, "claim")
    assert refused(await inbox.act("alba", task, "undo")) == (409, "nothing-to-undo")
    await inbox.waits(task, later(minutes=1))
    assert (await inbox.task(task))["undoable"] is None
    assert refused(await inbox.act("ana", task, "undo")) == (409, "nothing-to-undo")


async def test_after_a_quarter_of_an_hour_it_is_too_late(inbox: Inbox) -> None:
    task = await inbox.opened()
    await inbox.done("ana", task, "claim")
    inbox.jump(later(minutes=16))
    assert refused(await inbox.act("ana", task, "undo")) == (409, "nothing-to-undo")


async def test_who_runs_the_place_gives_to_others_and_cannot_take_it_for_themself(
    inbox: Inbox,
) -> None:
    await inbox.written("alba")
    task = await inbox.opened()
    await inbox.done("ana", task, "claim")
    await inbox.done("sonia", task, "hand-over", to="alba", **WHY)
    assert refused(await inbox.act("sonia", task, "undo")) == (409, "nothing-to-undo")


async def test_what_was_settled_stays_settled(inbox: Inbox) -> None:
    task = await inbox.opened()
    await inbox.done("ana", task, "claim")
    await inbox.settled(task, later(hours=1))
    assert refused(await inbox.act("ana", task, "undo")) == (409, "task-ended")
