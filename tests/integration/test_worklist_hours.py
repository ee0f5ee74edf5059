"""Hours that change: open tasks are measured by them, and nobody is late by those of before."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from contracts.worklist.events import TaskEscalated
from services.worklist.models import Task
from services.worklist.usecases import ladder, retiming
from tests.support.api import Served
from tests.support.inbox import MONDAY, Inbox, at, when

OFFICE = [[{"start": 480, "end": 720}, {"start": 780, "end": 1080}]] * 5 + [[], []]
EARLIER = [[{"start": 480, "end": 1080}]] * 5 + [[], []]
TUESDAY = {"day": "2027-03-02", "title": "Aniversário da cidade"}
LATE = [{"anchor": "due", "minutes": 0, "acts": ["raise", "tell_supervisor"]}]
_tenants: Iterator[int] = count(9200)


@pytest.fixture
async def inbox(tasks_served: Served) -> Inbox:
    """A queue of nine working hours, by office hours of its own."""
    opened = Inbox(tasks_served, next(_tenants))
    opened.jump(MONDAY)
    await hours(opened)
    await opened.queue(hours="matriz", ladder=LATE, supervisors=["sonia"])
    return opened


async def hours(inbox: Inbox, version: int = 0, **more: Any) -> None:
    body = {"version": version, "zone": "America/Sao_Paulo", "week": OFFICE} | more
    answer = await inbox.put("sonia", "/working-hours/matriz", **body)
    assert answer.status_code == 200, answer.text


async def climbed(inbox: Inbox) -> int:
    return len(await inbox.served.facts(inbox.tenant, TaskEscalated))


async def terms(inbox: Inbox) -> set[Any]:
    query = "select due_at from task where tenant_id = $1"
    return {one["due_at"] for one in await inbox.served.rows(query, inbox.tenant)}


async def test_a_holiday_that_is_entered_moves_the_terms_of_open_tasks_at_once(
    inbox: Inbox,
) -> None:
    task, ended = await inbox.opened(), await inbox.opened()
    await inbox.settled(ended, at("2027-03-01 10:00"))
    given = await inbox.opened(due_at=at("2027-03-02 12:00"))
    assert when(await inbox.task(task), "due_at") == at("2027-03-02 09:00")
    await hours(inbox, 1, holidays=[TUESDAY])
    assert when(await inbox.task(task), "due_at") == at("2027-03-03 09:00")
    assert when(await inbox.task(ended), "due_at") == at("2027-03-02 09:00")
    assert when(await inbox.task(given), "due_at") == at("2027-03-02 12:00")
    await inbox.settled(given, at("2027-03-01 10:00"))
    inbox.jump(at("2027-03-02 10:00"))
    await inbox.round()
    assert (await inbox.listed("ana", state="overdue"), await climbed(inbox)) == ([], 0)
    inbox.jump(at("2027-03-03 09:01"))
    await inbox.round()
    assert await climbed(inbox) == 1


async def test_no_step_is_climbed_by_a_term_of_the_hours_before(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retiming, "BATCH", 2)
    tasks = [await inbox.opened() for _ in range(5)]
    await hours(inbox, 1, holidays=[TUESDAY])
    assert await terms(inbox) == {at("2027-03-02 09:00"), at("2027-03-03 09:00")}
    inbox.jump(at("2027-03-02 10:00"))
    async with inbox.served.app.state.begin(inbox.tenant) as tx:
        assert await ladder.climb(tx) == 3
    assert await climbed(inbox) == 0
    assert {(await inbox.task(task))["version"] for task in tasks} == {1}


async def test_the_rounds_time_anew_what_whoever_wrote_the_hours_did_not_wait_for(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retiming, "BATCH", 2)
    for _ in range(5):
        await inbox.opened()
    await hours(inbox, 1, week=EARLIER)
    await inbox.round()
    assert await terms(inbox) == {at("2027-03-01 18:00")}
    inbox.jump(at("2027-03-01 18:01"))
    await inbox.round()
    assert await climbed(inbox) == 5
    query = "select timed_to from hours where tenant_id = $1"
    assert {one["timed_to"] for one in await inbox.served.rows(query, inbox.tenant)} == {None}


async def test_a_task_that_somebody_is_changing_is_timed_anew_afterwards(inbox: Inbox) -> None:
    task = await inbox.opened()
    async with inbox.served.app.state.begin(inbox.tenant) as tx:
        key = (inbox.tenant, task.task_id)
        await tx.session.get(Task, key, with_for_update=True)
        await hours(inbox, 1, holidays=[TUESDAY])
        await inbox.round()
        assert when(await inbox.task(task), "due_at") == at("2027-03-02 09:00")
    await inbox.round()
    assert when(await inbox.task(task), "due_at") == at("2027-03-03 09:00")


async def test_what_fell_due_by_a_mistake_of_the_hours_falls_due_once_more(inbox: Inbox) -> None:
    await inbox.opened()
    inbox.jump(at("2027-03-02 09:01"))
    await inbox.round()
    await hours(inbox, 1, holidays=[TUESDAY])
    await inbox.round()
    assert await climbed(inbox) == 1
    inbox.jump(at("2027-03-03 09:01"))
    await inbox.round()
    assert await climbed(inbox) == 2
