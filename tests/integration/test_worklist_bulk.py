"""One act on many tasks: told beforehand what would become of each, then done, each by itself."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from contracts.worklist.events import TaskClaimed
from tests.support.api import Served
from tests.support.inbox import MONDAY, QUEUE, Inbox, later, refused

_tenants: Iterator[int] = count(8000)


@pytest.fixture
def inbox(tasks_served: Served) -> Inbox:
    opened = Inbox(tasks_served, next(_tenants))
    opened.jump(MONDAY)
    return opened


async def asked(inbox: Inbox, who: str, **wish: Any) -> str:
    """The path of a job that was checked."""
    answer = await inbox.post(who, "/bulk-jobs", wish)
    assert answer.status_code == 201, answer.text
    await inbox.round()
    return f"/bulk-jobs/{answer.json()['job_id']}"


async def found(inbox: Inbox, who: str, path: str) -> Counter[tuple[str, str | None]]:
    answer = await inbox.get(who, f"{path}/items", limit=200)
    return Counter((one["found"], one["code"]) for one in answer.json()["items"])


async def started(inbox: Inbox, who: str, path: str) -> dict[str, Any]:
    answer = await inbox.post(who, f"{path}/start")
    assert answer.status_code == 200, answer.text
    await inbox.round()
    job: dict[str, Any] = (await inbox.get(who, path)).json()
    return job


async def test_a_check_tells_what_would_be_refused_and_changes_nothing(inbox: Inbox) -> None:
    free = [await inbox.opened() for _ in range(3)]
    taken = await inbox.opened()
    await inbox.done("alba", taken, "claim")
    await inbox.opened(barred=("ana",))
    path = await asked(inbox, "ana", act="claim", query={"queue": QUEUE})
    told = {("ok", None): 3, ("refused", "task-taken"): 1, ("refused", "four-eyes"): 1}
    assert await found(inbox, "ana", path) == told
    assert {(await inbox.task(task))["owner"] for task in free} == {None}
    assert len(await inbox.served.facts(inbox.tenant, TaskClaimed)) == 1
    job = (await inbox.get("ana", path)).json()
    assert (job["state"], job["total"], job["ok"], job["refused"]) == ("checked", 5, 3, 2)


async def test_two_hundred_and_fifty_tasks_are_taken_and_the_three_that_fail_are_named(
    inbox: Inbox,
) -> None:
    await inbox.written("ana", capacity=1000)
    tasks = [inbox.wanted() for _ in range(250)]
    await inbox.served.hear(*tasks)
    path = await asked(inbox, "ana", act="claim", query={})
    for task in tasks[:2]:
        await inbox.done("alba", task, "claim")
    await inbox.settled(tasks[2], later(hours=1))
    job = await started(inbox, "ana", path)
    assert (job["state"], job["ok"], job["refused"]) == ("done", 247, 3)
    answer = await inbox.get("ana", f"{path}/items", found="refused")
    failed = {one["task_id"]: one["code"] for one in answer.json()["items"]}
    assert failed == dict(
        zip((t.task_id for t in tasks[:3]), ("task-taken", "task-taken", "task-ended"), strict=True)
    )
    assert len(await inbox.listed("ana", whose="mine", limit=200)) == 200


FAULTS = (
    ("raise integrity_constraint_violation", True),
    ("raise data_exception", True),
    ("raise serialization_failure", False),
    ("raise deadlock_detected", False),
    ("perform pg_terminate_backend(pg_backend_pid())", False),
)


@pytest.mark.parametrize(("fault", "of_the_item"), FAULTS)
async def test_a_fault_of_one_item_refuses_it_alone_and_one_that_passes_is_tried_again(
    inbox: Inbox, fault: str, of_the_item: bool
) -> None:
    tasks = [await inbox.opened() for _ in range(3)]
    path = await asked(inbox, "ana", act="claim", task_ids=[task.task_id for task in tasks])
    await inbox.post("ana", f"{path}/start")
    async with failing(inbox, tasks[1].task_id, fault):
        if of_the_item:
            await inbox.round()
        else:
            with pytest.raises(DBAPIError):
                await inbox.round()
    await inbox.round()
    left = {("ok", None): 2, ("refused", "internal-error"): 1}
    assert await found(inbox, "ana", path) == (left if of_the_item else {("ok", None): 3})


@asynccontextmanager
async def failing(inbox: Inbox, task_id: str, fault: str) -> AsyncIterator[None]:
    """Meanwhile nobody can take this task, for the database fails."""
    when = f"when (new.id = '{task_id}' and new.owner is not null)"
    body = f"$$ begin {fault}; return new; end $$"
    for line in (
        f"create function fail() returns trigger language plpgsql security definer as {body}",
        f"create trigger fail before update on task for each row {when} execute function fail()",
    ):
        await inbox.served.rows(line)
    yield
    await inbox.served.rows("drop function fail() cascade")


async def test_four_eyes_and_versions_hold_in_bulk_too(inbox: Inbox) -> None:
    await inbox.written("alba")
    fine, moved = await inbox.opened(), await inbox.opened()
    barred = await inbox.opened(barred=("alba",))
    ids = [task.task_id for task in (fine, barred, moved)]
    for task in (fine, barred, moved):
        await inbox.done("ana", task, "claim")
    wish = {"act": "hand_over", "task_ids": ids, "to": "alba", "reason": "Férias da Ana."}
    path = await asked(inbox, "ana", **wish)
    assert await found(inbox, "ana", path) == {("ok", None): 2, ("refused", "four-eyes"): 1}
    await inbox.done("ana", moved, "snooze", until=later(hours=5).isoformat())
    await started(inbox, "ana", path)
    told = {("ok", None): 1, ("refused", "four-eyes"): 1, ("refused", "stale-version"): 1}
    assert await found(inbox, "ana", path) == told
    owners = [(await inbox.task(task))["owner"] for task in (fine, barred, moved)]
    assert owners == ["alba", "ana", "ana"]
    [entry] = await inbox.trail(fine.task_id, "task.handed_over")
    assert entry["actor"] == "ana"
    [kept] = await inbox.served.rows(
        "select reason_sealed, wish::text as wish from bulk_job where tenant_id = $1", inbox.tenant
    )
    assert "Ana" not in str(kept)


async def test_what_is_called_off_stops_where_it_is(inbox: Inbox) -> None:
    await inbox.opened()
    path = await asked(inbox, "ana", act="claim", query={})
    assert (await inbox.post("ana", f"{path}/cancel")).json()["state"] == "cancelled"
    answer = await inbox.post("ana", f"{path}/start")
    assert refused(answer) == (409, "not-ready")
    await inbox.round()
    assert await inbox.listed("ana", whose="mine") == []


async def test_a_job_is_of_who_asked_for_it(inbox: Inbox) -> None:
    await inbox.opened()
    path = await asked(inbox, "ana", act="claim", query={})
    assert refused(await inbox.get("alba", path)) == (404, "bulk-job-not-found")
    assert (await inbox.get("sonia", path)).is_success
    answer = await inbox.post("sonia", f"{path}/start")
    assert refused(answer) == (409, "not-ready")


async def test_terms_in_bulk_are_of_who_runs_the_place(inbox: Inbox) -> None:
    task = await inbox.opened()
    wish = {"act": "new_term", "task_ids": [task.task_id], "due_at": later(days=5).isoformat()}
    wish["reason"] = "Sistema fora do ar."
    answer = await inbox.post("ana", "/bulk-jobs", wish)
    assert refused(answer) == (403, "not-yours")
    path = await asked(inbox, "sonia", **wish)
    assert (await started(inbox, "sonia", path))["ok"] == 1


async def test_nobody_moves_their_own_terms_in_bulk_either(inbox: Inbox) -> None:
    both = inbox.served.as_(inbox.tenant, "analyst", "supervisor", sub="silas")
    mine, other = await inbox.opened(), await inbox.opened()
    claim = f"/tasks/{mine.task_id}/claim"
    assert (await inbox.served.http.post(claim, json={"version": 1}, headers=both)).is_success
    ids, due = [mine.task_id, other.task_id], later(days=5).isoformat()
    path = await asked(
        inbox, "silas", act="new_term", task_ids=ids, due_at=due, reason="Falta luz."
    )
    assert await found(inbox, "silas", path) == {("ok", None): 1, ("refused", "own-term"): 1}


async def test_a_job_may_what_whoever_starts_it_may_then(inbox: Inbox) -> None:
    task = await inbox.opened()
    due = later(days=5).isoformat()
    path = await asked(
        inbox, "sonia", act="new_term", task_ids=[task.task_id], due_at=due, reason="Falta luz."
    )
    no_longer = inbox.served.as_(inbox.tenant, "analyst", sub="sonia")
    answer = await inbox.served.http.post(f"{path}/start", headers=no_longer)
    assert answer.status_code == 200, answer.text
    await inbox.round()
    assert await found(inbox, "sonia", path) == {("refused", "not-yours"): 1}


@pytest.mark.parametrize(
    "wish",
    [
        {"act": "claim"},
        {"act": "claim", "task_ids": ["a"], "query": {}},
        {"act": "hand_over", "query": {}, "to": "alba"},
        {"act": "snooze", "query": {}},
    ],
)
async def test_half_a_wish_is_refused(inbox: Inbox, wish: dict[str, Any]) -> None:
    answer = await inbox.post("ana", "/bulk-jobs", wish)
    assert refused(answer) == (422, "validation-failed")
