"""Many people at the same tasks in the same moment."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from itertools import count

import pytest

from contracts.worklist.events import TaskClaimed
from tests.support.api import Served
from tests.support.inbox import MONDAY, Inbox

_tenants: Iterator[int] = count(9000)
PEOPLE, TASKS = 200, 100


@pytest.fixture
def inbox(tasks_served: Served) -> Inbox:
    opened = Inbox(tasks_served, next(_tenants))
    opened.jump(MONDAY)
    return opened


async def test_of_two_hundred_who_claim_a_hundred_tasks_at_once_a_hundred_have_one(
    inbox: Inbox,
) -> None:
    tasks = [inbox.wanted() for _ in range(TASKS)]
    await inbox.served.hear(*tasks)

    async def claim(number: int) -> tuple[str, int, str]:
        task = tasks[number % TASKS]
        who = f"person-{number}"
        answer = await inbox.post(who, f"/tasks/{task.task_id}/claim", {"version": 1})
        return task.task_id, answer.status_code, answer.json().get("code", who)

    told = await asyncio.gather(*map(claim, range(PEOPLE)))
    won = {task_id: who for task_id, status, who in told if status == 200}
    lost = Counter((status, code) for _, status, code in told if status != 200)
    assert (len(won), lost) == (TASKS, {(409, "task-taken"): TASKS})
    owners = await inbox.served.rows(
        "select id, owner from task where tenant_id = $1", inbox.tenant
    )
    assert {row["id"]: row["owner"] for row in owners} == won
    facts = await inbox.served.facts(inbox.tenant, TaskClaimed)
    assert {fact["task_id"]: fact["owner"] for fact in facts} == won
