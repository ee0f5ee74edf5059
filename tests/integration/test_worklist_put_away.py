"""What was put away until a date stays away until then, and nobody is hurried for it before."""

from collections.abc import Iterator
from itertools import count

import pytest

from contracts.health_declaration.tasks import TaskWanted
from contracts.worklist.events import TaskEscalated
from tests.support.api import Served
from tests.support.inbox import MONDAY, Inbox, at

WEDNESDAY = at("2027-03-03 09:00")
TOLD, TAKEN, LATE = 1, 2, 3
"""The steps of the usual ladder: two and four hours after the claim, and the term."""
_tenants: Iterator[int] = count(9400)


@pytest.fixture
def inbox(tasks_served: Served) -> Inbox:
    opened = Inbox(tasks_served, next(_tenants))
    opened.jump(MONDAY)
    return opened


async def climbed(inbox: Inbox, *moments: str) -> list[int]:
    """Which steps were climbed once the rounds were made at these moments."""
    for moment in moments:
        inbox.jump(at(moment))
        await inbox.round()
    return [one["step"] for one in await inbox.served.facts(inbox.tenant, TaskEscalated)]


async def put_away(inbox: Inbox) -> TaskWanted:
    """Taken on Monday at nine, due on Tuesday at nine, put away until Wednesday at nine."""
    task = await inbox.opened()
    await inbox.done("ana", task, "claim")
    await inbox.done("ana", task, "snooze", until=WEDNESDAY.isoformat())
    return task


async def test_the_ladder_leaves_it_away_and_with_whoever_put_it_there(inbox: Inbox) -> None:
    task = await put_away(inbox)
    assert await climbed(inbox, "2027-03-01 14:01", "2027-03-02 08:59") == []
    assert await climbed(inbox, "2027-03-02 09:01") == [LATE]
    shown = await inbox.task(task)
    assert (shown["owner"], shown["priority"]) == ("ana", 1)
    assert await inbox.listed("ana") == []
    assert await inbox.listed("ana", state="snoozed") == [task.task_id]


async def test_the_hours_of_whoever_has_it_count_from_the_end_of_the_snooze(inbox: Inbox) -> None:
    task = await put_away(inbox)
    assert await climbed(inbox, "2027-03-02 09:01", "2027-03-03 10:59") == [LATE]
    assert await inbox.listed("ana") == [task.task_id]
    assert await climbed(inbox, "2027-03-03 11:01") == [LATE, TOLD]
    assert await climbed(inbox, "2027-03-03 14:01") == [LATE, TOLD, TAKEN]
    assert (await inbox.task(task))["owner"] is None


async def test_a_step_that_takes_it_from_them_brings_it_back(inbox: Inbox) -> None:
    taken = [{"anchor": "due", "minutes": 0, "acts": ["release"]}]
    await inbox.queue(ladder=taken)
    task = await put_away(inbox)
    assert await climbed(inbox, "2027-03-02 09:01") == [1]
    assert await inbox.listed("alba", whose="free") == [task.task_id]


async def test_whoever_was_told_before_is_told_again_after_it(inbox: Inbox) -> None:
    task = await inbox.opened()
    await inbox.done("ana", task, "claim")
    assert await climbed(inbox, "2027-03-01 11:01") == [TOLD]
    await inbox.done("ana", task, "snooze", until=at("2027-03-01 16:00").isoformat())
    assert await climbed(inbox, "2027-03-01 17:59") == [TOLD]
    assert await climbed(inbox, "2027-03-02 08:01") == [TOLD, TOLD]


async def test_but_not_where_the_snooze_is_taken_back(inbox: Inbox) -> None:
    task = await inbox.opened()
    await inbox.done("ana", task, "claim")
    assert await climbed(inbox, "2027-03-01 11:01") == [TOLD]
    await inbox.done("ana", task, "snooze", until=WEDNESDAY.isoformat())
    await inbox.done("ana", task, "undo")
    assert await climbed(inbox, "2027-03-01 11:05", "2027-03-01 13:59") == [TOLD]
    assert await climbed(inbox, "2027-03-01 14:01") == [TOLD, TAKEN]


async def test_what_is_then_put_away_until_the_answer_counts_from_that_date_too(
    inbox: Inbox,
) -> None:
    task = await put_away(inbox)
    inbox.jump(WEDNESDAY)
    await inbox.waits(task, WEDNESDAY)
    await inbox.done("ana", task, "snooze")
    assert await inbox.listed("ana", state="snoozed") == [task.task_id]
    await inbox.answered(task, at("2027-03-03 10:00"))
    assert TAKEN not in await climbed(inbox, "2027-03-03 10:01", "2027-03-03 14:59")
    assert (await inbox.task(task))["owner"] == "ana"
