"""When nobody acts the ladder does: at its working minutes, once a step, until somebody acts."""

import asyncio
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from structlog.testing import capture_logs

from contracts.worklist.events import TaskEscalated, TaskReleased
from services.worklist.usecases import rounds
from tests.support.api import Served
from tests.support.bench import until
from tests.support.inbox import MONDAY, QUEUE, Inbox, at, later, when

THREE = [
    {"anchor": "opened", "minutes": 120, "acts": ["raise"]},
    {"anchor": "opened", "minutes": 240, "acts": ["tell_owner", "raise"]},
    {"anchor": "opened", "minutes": 480, "acts": ["tell_supervisor"]},
]
"""Two, four and eight working hours: M075."""
_tenants: Iterator[int] = count(7400)


@pytest.fixture
def inbox(tasks_served: Served) -> Inbox:
    opened = Inbox(tasks_served, next(_tenants))
    opened.jump(MONDAY)
    return opened


async def climbed(inbox: Inbox) -> list[tuple[int, str | None, list[str]]]:
    """Which step, who had the task, who is told."""
    facts = await inbox.served.facts(inbox.tenant, TaskEscalated)
    return [(one["step"], one["owner"], one["told"]) for one in facts]


async def falls_due(inbox: Inbox) -> Any:
    token = inbox.served.as_(inbox.tenant, "sandbox_driver")
    answer = await inbox.served.http.get("/due-moments/next", headers=token)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_an_untouched_task_climbs_three_steps_and_each_tells_the_right_person(
    inbox: Inbox,
) -> None:
    await inbox.queue(ladder=THREE, supervisors=["sonia"])
    task = await inbox.opened(priority=2)
    await inbox.done("ana", task, "claim")
    seen = []
    for hour in ("10:59", "11:01", "14:01", "18:01"):
        inbox.jump(at(f"2027-03-01 {hour}"))
        await inbox.round()
        seen.append(len(await climbed(inbox)))
    inbox.jump(at("2027-03-02 08:01"))
    await inbox.round()
    assert seen == [0, 1, 2, 3]
    assert await climbed(inbox) == [(1, "ana", []), (2, "ana", ["ana"]), (3, "ana", ["sonia"])]
    shown = await inbox.task(task)
    assert (shown["priority"], shown["escalated"]) == (0, 3)
    assert await inbox.listed("sonia", state="escalated") == [task.task_id]


async def test_what_is_done_at_three_hours_climbs_no_further(inbox: Inbox) -> None:
    await inbox.queue(ladder=THREE, supervisors=["sonia"])
    task = await inbox.opened()
    inbox.jump(later(hours=3))
    await inbox.round()
    await inbox.settled(task, later(hours=3))
    inbox.jump(later(days=3))
    await inbox.round()
    assert [step for step, *_ in await climbed(inbox)] == [1]
    assert await falls_due(inbox) == {"due_at": None}


async def test_a_step_is_climbed_once_however_often_and_by_whomever_it_is_run(
    inbox: Inbox,
) -> None:
    await inbox.queue(ladder=THREE, supervisors=["sonia"])
    tasks = [await inbox.opened() for _ in range(10)]
    inbox.jump(later(days=2))
    await asyncio.gather(*(inbox.round() for _ in range(4)))
    await inbox.round()
    assert sorted(step for step, *_ in await climbed(inbox)) == sorted([1, 2, 3] * len(tasks))
    assert {(await inbox.task(task))["version"] for task in tasks} == {2}


async def test_a_task_told_of_late_climbs_what_fell_due_before_it_came_once_and_in_order(
    inbox: Inbox,
) -> None:
    await inbox.queue(ladder=THREE, supervisors=["sonia"])
    inbox.jump(at("2027-03-01 14:01"))
    task = await inbox.opened(priority=2)
    for _ in range(2):
        await inbox.round()
    assert await climbed(inbox) == [(1, None, []), (2, None, [])]
    shown = await inbox.task(task)
    assert (shown["priority"], shown["escalated"]) == (0, 2)
    assert when(await falls_due(inbox), "due_at") == at("2027-03-01 18:00")


async def test_one_told_of_late_that_was_done_meanwhile_climbs_nothing(inbox: Inbox) -> None:
    await inbox.queue(ladder=THREE, supervisors=["sonia"])
    inbox.jump(at("2027-03-01 14:01"))
    task = inbox.wanted()
    await inbox.settled(task, later(hours=1))
    await inbox.served.hear(task)
    await inbox.round()
    assert await climbed(inbox) == []


async def test_whoever_takes_a_task_and_lets_it_lie_loses_it(inbox: Inbox) -> None:
    """The usual ladder, of a queue that nobody set up: two hours, four, and the term."""
    task = await inbox.opened()
    await inbox.done("ana", task, "claim")
    inbox.jump(at("2027-03-01 11:01"))
    await inbox.round()
    assert (await inbox.task(task))["owner"] == "ana"
    inbox.jump(at("2027-03-01 14:01"))
    await inbox.round()
    shown = await inbox.task(task)
    assert (shown["owner"], shown["claimed_at"]) == (None, None)
    assert await inbox.listed("alba", whose="free") == [task.task_id]
    assert await climbed(inbox) == [(1, "ana", ["ana"]), (2, "ana", [])]
    [_, entry] = await inbox.trail(task.task_id, "task.escalated")
    assert (entry["actor"], entry["details"]) == ("system", {"step": 2, "owner": "ana"})
    [released] = await inbox.served.facts(inbox.tenant, TaskReleased)
    assert (released["task_id"], released["actor"]) == (task.task_id, None)


async def test_whoever_takes_it_next_has_the_whole_time_again(inbox: Inbox) -> None:
    task = await inbox.opened()
    await inbox.done("ana", task, "claim")
    inbox.jump(at("2027-03-01 14:01"))
    await inbox.round()
    await inbox.done("alba", task, "claim")
    inbox.jump(at("2027-03-01 15:59"))
    await inbox.round()
    assert (await inbox.task(task))["owner"] == "alba"
    inbox.jump(at("2027-03-02 08:02"))
    await inbox.round()
    assert (await inbox.task(task))["owner"] is None


async def test_while_the_other_party_owes_nothing_is_climbed(inbox: Inbox) -> None:
    await inbox.queue(ladder=THREE, supervisors=["sonia"])
    task = await inbox.opened()
    await inbox.waits(task, later(hours=1))
    inbox.jump(later(days=4))
    await inbox.round()
    assert await climbed(inbox) == []
    await inbox.answered(task, later(days=4))
    assert when(await falls_due(inbox), "due_at") == later(days=4, hours=1)
    inbox.jump(later(days=4, hours=1))
    await inbox.round()
    assert [step for step, *_ in await climbed(inbox)] == [1]


async def test_a_new_term_lets_its_steps_be_climbed_again(inbox: Inbox) -> None:
    late = [{"anchor": "due", "minutes": 0, "acts": ["tell_supervisor"]}]
    await inbox.queue(ladder=late, supervisors=["sonia"])
    task = await inbox.opened()
    inbox.jump(at("2027-03-02 09:01"))
    await inbox.round()
    term = at("2027-03-03 12:00").isoformat()
    await inbox.done("sonia", task, "term", due_at=term, reason="Falta um documento.")
    await inbox.round()
    assert len(await climbed(inbox)) == 1
    inbox.jump(at("2027-03-03 12:01"))
    await inbox.round()
    assert [step for step, *_ in await climbed(inbox)] == [1, 1]


async def test_open_tasks_keep_the_ladder_they_began_with(inbox: Inbox) -> None:
    before = await inbox.opened()
    await inbox.queue(ladder=[{"anchor": "opened", "minutes": 5, "acts": ["raise"]}], minutes=10)
    after = await inbox.opened()
    inbox.jump(later(minutes=6))
    await inbox.round()
    assert (await inbox.task(before))["escalated"] == 0
    shown = await inbox.task(after)
    assert (shown["escalated"], when(shown, "due_at")) == (1, later(minutes=10))


async def test_many_tasks_of_many_operators_are_climbed_in_turn(
    inbox: Inbox, tasks_served: Served
) -> None:
    other = Inbox(tasks_served, next(_tenants))
    other.jump(MONDAY)
    for one, much in ((inbox, 250), (other, 3)):
        await one.queue(ladder=[{"anchor": "opened", "minutes": 5, "acts": ["raise"]}])
        await tasks_served.hear(*(one.wanted() for _ in range(much)))
        one.jump(later(hours=1))
    await inbox.round()
    assert (len(await climbed(inbox)), len(await climbed(other))) == (250, 3)
    counted = await inbox.post("ana", "/task-counts", {"queries": [{"queue": QUEUE}]})
    assert counted.json()["items"] == [{"total": 250, "total_capped": False}]


async def test_what_goes_wrong_with_one_operator_leaves_the_others_ladders_climbing(
    inbox: Inbox, tasks_served: Served
) -> None:
    """Hours in which nobody ever works are a mistake, and that operator's own."""
    other = Inbox(tasks_served, next(_tenants))
    other.jump(MONDAY)
    for one in (inbox, other):
        await one.queue(ladder=THREE, supervisors=["sonia"])
        await one.opened()
        one.jump(later(hours=3))
    broken = 'update queue set ladder = \'[{"anchor": "nothing"}]\' where tenant_id = $1'
    await tasks_served.rows(broken, inbox.tenant)
    with capture_logs() as lines:
        await other.round()
    assert [step for step, *_ in await climbed(other)] == [1]
    assert await climbed(inbox) == []
    told = [one for one in lines if one["event"] == "round failed"]
    assert {one["tenant_id"] for one in told} == {inbox.tenant}
    await tasks_served.rows("delete from queue where tenant_id = $1", inbox.tenant)


async def test_the_worker_goes_round_by_itself_until_it_is_told_to_stop(inbox: Inbox) -> None:
    await inbox.queue(ladder=THREE, supervisors=["sonia"])
    await inbox.opened()
    inbox.jump(later(hours=3))
    stopping = asyncio.Event()
    going = asyncio.create_task(rounds.keep(inbox.served.app.state.begin, stopping, 0.01))
    await until(lambda: climbed(inbox))
    stopping.set()
    await going
    assert [step for step, *_ in await climbed(inbox)] == [1]
