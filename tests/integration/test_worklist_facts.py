"""Facts want people, make them wait and let them go: once each, in whatever order they come."""

import json
from collections.abc import Iterator
from itertools import count, permutations

import pytest

from contracts.health_declaration.tasks import TaskAnswered, TaskSettled, TaskWaiting
from tests.support.api import Served
from tests.support.inbox import MONDAY, QUEUE, Inbox, at, later, refused, when

_tenants: Iterator[int] = count(7000)


@pytest.fixture
def inbox(tasks_served: Served) -> Inbox:
    opened = Inbox(tasks_served, next(_tenants))
    opened.jump(MONDAY)
    return opened


async def test_what_somebody_is_wanted_for_has_a_term_in_working_minutes(inbox: Inbox) -> None:
    task = await inbox.opened(reference="DS-7")
    shown = await inbox.task(task, "ana")
    assert await inbox.listed("ana") == [task.task_id]
    assert when(shown, "due_at") == at("2027-03-02 09:00")
    assert (shown["owner"], shown["version"], shown["queue"]) == (None, 1, QUEUE)
    assert (shown["reference"], shown["form"]) == ("DS-7", "analysis")


async def test_a_fact_told_twice_is_one_task(inbox: Inbox) -> None:
    task = await inbox.opened()
    await inbox.served.hear(task, task)
    await inbox.served.hear(inbox.wanted(task_id=task.task_id, subject_id=task.subject_id))
    assert await inbox.listed("ana") == [task.task_id]
    assert (await inbox.task(task))["version"] == 1


async def test_told_in_any_order_facts_come_to_the_same(inbox: Inbox) -> None:
    """As when a service's facts are re-driven, or a bus is rebuilt."""
    ends: set[str] = set()
    for order in permutations(range(4)):
        task = inbox.wanted()
        facts = [
            task,
            inbox.about(TaskWaiting, task, later(hours=1)),
            inbox.about(TaskAnswered, task, later(hours=2)),
            inbox.about(TaskSettled, task, later(hours=3), outcome="done", actor="ana"),
        ]
        for place in order:
            await inbox.served.hear(facts[place])
            await inbox.served.hear(facts[place])
        shown = await inbox.task(task) | {"task_id": "", "subject_id": "", "person_id": ""}
        ends.add(str(shown))
    assert len(ends) == 1
    assert "'due_at': '2027-03-02T13:00:00Z'" in ends.pop()


async def test_all_of_a_task_in_one_batch_is_the_same_too(inbox: Inbox) -> None:
    task = inbox.wanted()
    done = inbox.about(TaskSettled, task, later(hours=3), outcome="dropped")
    await inbox.served.hear(task, inbox.about(TaskWaiting, task, later(hours=1)), done)
    shown = await inbox.task(task)
    assert (shown["outcome"], shown["version"], shown["waiting_since"]) == ("dropped", 3, None)


async def test_the_clock_stands_while_the_other_party_owes_and_restarts_by_itself(
    inbox: Inbox,
) -> None:
    task = await inbox.opened()
    await inbox.waits(task, at("2027-03-01 10:00"))
    waiting = await inbox.task(task)
    assert when(waiting, "waiting_since") == at("2027-03-01 10:00")
    inbox.jump(at("2027-03-05 10:00"))
    assert await inbox.listed("ana", state="overdue") == []
    assert await inbox.listed("ana", state="waiting") == [task.task_id]
    await inbox.answered(task, at("2027-03-05 10:00"))
    running = await inbox.task(task)
    assert running["waiting_since"] is None
    # An hour of the term was used on Monday; eight are left from Friday at ten.
    assert when(running, "due_at") == at("2027-03-08 09:00")


async def test_a_term_of_the_case_is_not_moved_by_waiting(inbox: Inbox) -> None:
    term = at("2027-03-03 18:00")
    task = await inbox.opened(due_at=term)
    await inbox.waits(task, later(hours=1))
    await inbox.answered(task, later(hours=5))
    assert when(await inbox.task(task), "due_at") == term


async def test_a_pause_that_nobody_earned_takes_nothing_off_the_term_and_is_listed(
    inbox: Inbox,
) -> None:
    """Somebody says that the other party is waited for; it was asked for nothing until later."""
    task = await inbox.opened()
    await inbox.waits(task, at("2027-03-01 10:00"), asked=False, actor="ana")
    await inbox.waits(task, at("2027-03-01 11:00"))
    await inbox.answered(task, at("2027-03-01 12:00"))
    assert when(await inbox.task(task), "due_at") == at("2027-03-02 10:00")
    [pause] = (await inbox.get("sonia", "/unearned-pauses")).json()["items"]
    assert (when(pause, "since"), when(pause, "until")) == (
        at("2027-03-01 10:00"),
        at("2027-03-01 11:00"),
    )
    assert (pause["task_id"], pause["by"]) == (task.task_id, "ana")
    assert refused(await inbox.get("ana", "/unearned-pauses")) == (403, "forbidden")


async def test_a_pause_that_lasts_has_no_end_yet(inbox: Inbox) -> None:
    task = await inbox.opened()
    await inbox.waits(task, later(hours=0), asked=False)
    inbox.jump(later(hours=3))
    [pause] = (await inbox.get("sonia", "/unearned-pauses")).json()["items"]
    assert pause["until"] is None
    await inbox.settled(task, later(hours=3))
    [pause] = (await inbox.get("sonia", "/unearned-pauses")).json()["items"]
    assert when(pause, "until") == later(hours=3)


async def test_what_was_done_by_whatever_path_leaves_the_inbox(inbox: Inbox) -> None:
    task = await inbox.opened()
    await inbox.done("ana", task, "claim")
    await inbox.settled(task, later(hours=1))
    assert await inbox.listed("ana") == []
    assert await inbox.listed("ana", state="settled", whose="mine") == [task.task_id]
    answer = await inbox.act("alba", task, "claim")
    assert refused(answer) == (409, "task-ended")
    assert answer.json()["who"] == "Pessoa ana"


async def test_whoever_lacks_the_permission_of_a_task_sees_nothing_of_it(inbox: Inbox) -> None:
    """That an offer is negotiated, or an opinion audited, tells of a disease."""
    task = await inbox.opened()
    audit = await inbox.opened(queue="ds.audit", form="audit", skill="ds.audit")
    assert await inbox.listed("rita") == []
    assert await inbox.listed("rita", person_id=task.person_id) == []
    assert refused(await inbox.get("rita", f"/tasks/{task.task_id}")) == (404, "task-not-found")
    counted = await inbox.post("rita", "/task-counts", {"queries": [{}]})
    assert counted.json()["items"] == [{"total": 0, "total_capped": False}]
    assert await inbox.listed("ana") == [task.task_id]
    assert await inbox.listed("otto") == [audit.task_id]
    assert set(await inbox.listed("sonia")) == {task.task_id, audit.task_id}


async def test_whoever_runs_the_place_sees_that_there_is_a_task_and_not_whose(
    inbox: Inbox,
) -> None:
    task = await inbox.opened(reference="DS-9")
    shown = await inbox.task(task, "sonia")
    assert (shown["subject_id"], shown["person_id"], shown["reference"]) == (None, None, None)
    assert (await inbox.task(task, "ana"))["subject_id"] == task.subject_id
    for asked in ({"person_id": task.person_id}, {"reference": "DS-9"}):
        assert await inbox.listed("sonia", **asked) == []
        assert await inbox.listed("ana", **asked) == [task.task_id]


@pytest.mark.parametrize("act", ["claim", "release", "snooze"])
async def test_another_operators_task_does_not_exist(inbox: Inbox, act: str) -> None:
    task = await inbox.opened()
    other = Inbox(inbox.served, next(_tenants))
    answer = await other.post("ana", f"/tasks/{task.task_id}/{act}", {"version": 1})
    assert refused(answer) == (404, "task-not-found")
    assert refused(await other.get("ana", f"/tasks/{task.task_id}")) == (404, "task-not-found")
    term = {"version": 1, "due_at": later(days=9).isoformat(), "reason": "Porque sim."}
    answer = await other.post("sonia", f"/tasks/{task.task_id}/term", term)
    assert refused(answer) == (404, "task-not-found")
    assert await other.listed("ana", subject_id=task.subject_id) == []


async def test_a_task_row_names_nobody_but_staff(inbox: Inbox) -> None:
    task = await inbox.opened()
    await inbox.done("ana", task, "claim")
    query = "select * from task where id = $1"
    [row] = await inbox.served.rows(query, task.task_id)
    names = {name for name, value in row.items() if isinstance(value, str)}
    ids = {"id", "subject_id", "person_id", "owner", "changed_by"}
    assert names - ids == {"queue", "form", "skill", "owner_name", "former"}
    kept = {"act", "by", "version", "owner", "owner_name", "snoozed_until", "until_answered"}
    assert json.loads(row["former"]).keys() == kept | {"rungs"}
