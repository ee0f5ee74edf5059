"""One task, one person: taken, given back, handed on, put away. Four eyes on every path."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from itertools import count

import pytest

from contracts.worklist.events import TaskClaimed, TaskReleased, TaskTermChanged
from tests.support.api import Served
from tests.support.inbox import MONDAY, Inbox, later, refused, when

CROWD = 200
WHY = "Conhece melhor o caso."
_tenants: Iterator[int] = count(7200)


@pytest.fixture
def inbox(tasks_served: Served) -> Inbox:
    opened = Inbox(tasks_served, next(_tenants))
    opened.jump(MONDAY)
    return opened


async def owner(inbox: Inbox, task_id: str) -> str | None:
    rows = await inbox.served.rows("select owner from task where id = $1", task_id)
    found: str | None = rows[0]["owner"]
    return found


async def test_of_two_hundred_who_claim_at_once_one_wins_and_the_others_hear_who(
    inbox: Inbox,
) -> None:
    task = await inbox.opened()
    people = [f"pessoa-{number}" for number in range(CROWD)]
    claims = [inbox.act(who, task, "claim", version=1) for who in people]
    answers = await asyncio.gather(*claims)
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: CROWD - 1}
    [won] = [answer.json() for answer in answers if answer.is_success]
    told = {(one["code"], one["who"]) for a in answers if not a.is_success and (one := a.json())}
    assert told == {("task-taken", won["owner_name"])}
    assert await owner(inbox, task.task_id) == won["owner"]
    since = {a.json()["since"] for a in answers if not a.is_success}
    assert {when({"at": one}, "at") for one in since} == {when(won, "claimed_at")}
    [fact] = await inbox.served.facts(inbox.tenant, TaskClaimed)
    assert (fact["owner"], fact["task_id"]) == (won["owner"], task.task_id)


async def test_taking_again_what_one_has_changes_nothing(inbox: Inbox) -> None:
    task = await inbox.opened()
    first = await inbox.done("ana", task, "claim", version=1)
    assert await inbox.done("ana", task, "claim", version=1) == first
    assert len(await inbox.served.facts(inbox.tenant, TaskClaimed)) == 1


async def test_who_saw_an_older_version_is_told_who_changed_it_and_when(inbox: Inbox) -> None:
    task = await inbox.opened()
    await inbox.done("ana", task, "claim")
    answer = await inbox.act("ana", task, "release", version=1)
    assert refused(answer) == (409, "stale-version")
    told = answer.json()
    assert (told["changed_by"], told["version"]) == ("ana", 2)
    assert when(told, "changed_at") >= MONDAY


async def test_what_is_given_back_lies_free_in_its_queue(inbox: Inbox) -> None:
    task = await inbox.opened()
    await inbox.done("ana", task, "claim")
    assert await inbox.listed("alba", whose="free") == []
    await inbox.done("ana", task, "release")
    assert await inbox.listed("alba", whose="free") == [task.task_id]
    [fact] = await inbox.served.facts(inbox.tenant, TaskReleased)
    assert (fact["actor"], fact["person_id"]) == ("ana", task.person_id)


async def test_nobody_gives_back_what_another_has_but_who_runs_the_place(inbox: Inbox) -> None:
    task = await inbox.opened()
    await inbox.done("ana", task, "claim")
    answer = await inbox.act("alba", task, "release")
    assert refused(answer) == (409, "task-not-yours")
    assert answer.json()["who"] == "Pessoa ana"
    assert (await inbox.done("sonia", task, "release"))["owner"] is None


async def test_whoever_had_another_part_in_the_case_cannot_take_its_audit(inbox: Inbox) -> None:
    audit = {"queue": "ds.audit", "form": "audit", "skill": "ds.audit"}
    task = await inbox.opened(**audit, barred=("otto",))
    answer = await inbox.act("otto", task, "claim")
    assert refused(answer) == (403, "four-eyes")
    [entry] = await inbox.trail(task.task_id, "task.refused")
    assert (entry["actor"], entry["reason"]) == ("otto", "four-eyes")


async def test_whoever_may_not_see_a_task_is_not_told_who_has_it(inbox: Inbox) -> None:
    task = await inbox.opened()
    await inbox.done("ana", task, "claim")
    for who in ("rita", "otto"):
        for act in ("claim", "release"):
            answer = await inbox.act(who, task, act)
            assert refused(answer) == (404, "task-not-found")
            assert "ana" not in answer.text


async def test_nor_can_it_be_given_to_them(inbox: Inbox) -> None:
    await inbox.written("alba")
    task = await inbox.opened(barred=("alba",))
    await inbox.done("ana", task, "claim")
    for who in ("ana", "sonia"):
        answer = await inbox.act(who, task, "hand-over", to="alba", reason=WHY)
        assert refused(answer) == (403, "four-eyes")
    assert await owner(inbox, task.task_id) == "ana"


async def test_nor_does_a_deputy_take_it_for_them(inbox: Inbox) -> None:
    await inbox.written("alba")
    await inbox.written("ana")
    away = {"version": 1, "deputy": "ana", "away_until": later(days=3).isoformat()}
    assert (await inbox.put("alba", "/colleagues/alba/absence", **away)).is_success
    task = await inbox.opened(barred=("alba",))
    assert refused(await inbox.act("ana", task, "claim")) == (403, "four-eyes")


async def test_a_deputy_has_what_is_of_whoever_is_away_until_they_are_back(inbox: Inbox) -> None:
    await inbox.written("alba")
    first, second = await inbox.opened(), await inbox.opened()
    for task in (first, second):
        await inbox.done("alba", task, "claim")
    assert refused(await inbox.act("ana", first, "claim")) == (409, "task-taken")
    await inbox.written("ana")
    away = {"version": 1, "deputy": "ana", "away_until": later(days=3).isoformat()}
    assert (await inbox.put("alba", "/colleagues/alba/absence", **away)).is_success
    assert set(await inbox.listed("ana", whose="mine")) == {first.task_id, second.task_id}
    assert (await inbox.done("ana", first, "claim"))["owner"] == "ana"
    inbox.jump(later(days=3))
    assert refused(await inbox.act("ana", second, "claim")) == (409, "task-taken")


async def test_nobody_has_more_at_once_than_there_is_room_for(inbox: Inbox) -> None:
    await inbox.written("ana", capacity=2)
    tasks = [await inbox.opened() for _ in range(5)]
    answers = await asyncio.gather(*(inbox.act("ana", t, "claim", version=1) for t in tasks))
    assert Counter(answer.status_code for answer in answers) == {200: 2, 409: 3}
    assert {refused(a) for a in answers if not a.is_success} == {(409, "no-room")}
    await inbox.written("alba", capacity=0)
    taken = next(t for t, a in zip(tasks, answers, strict=True) if a.is_success)
    answer = await inbox.act("ana", taken, "hand-over", to="alba", reason=WHY)
    assert refused(answer) == (409, "no-room")


async def test_a_colleague_gets_what_they_are_written_down_for(inbox: Inbox) -> None:
    task = await inbox.opened()
    await inbox.done("ana", task, "claim")
    answer = await inbox.act("ana", task, "hand-over", to="alba", reason=WHY)
    assert refused(answer) == (404, "colleague-not-found")
    await inbox.written("alba", queues=["ds.audit"])
    answer = await inbox.act("ana", task, "hand-over", to="alba", reason=WHY)
    assert refused(answer) == (403, "task-queue")
    await inbox.written("alba", version=1)
    shown = await inbox.done("ana", task, "hand-over", to="alba", reason=WHY)
    assert (shown["owner"], shown["owner_name"]) == ("alba", "Pessoa alba")
    [entry] = await inbox.trail(task.task_id, "task.handed_over")
    assert entry["details"]["to"] == "alba"
    assert WHY not in str(entry["reason"]), "what was typed is sealed"


async def test_nothing_is_given_to_whoever_is_away(inbox: Inbox) -> None:
    await inbox.written("alba")
    await inbox.written("ana")
    away = {"version": 1, "deputy": "ana", "away_until": later(days=3).isoformat()}
    assert (await inbox.put("alba", "/colleagues/alba/absence", **away)).is_success
    task = await inbox.opened()
    answer = await inbox.act("sonia", task, "hand-over", to="alba", reason=WHY)
    assert refused(answer) == (409, "colleague-away")


async def test_what_is_put_away_comes_back_at_its_moment(inbox: Inbox) -> None:
    task = await inbox.opened()
    await inbox.done("ana", task, "claim")
    await inbox.done("ana", task, "snooze", until=later(hours=2).isoformat())
    assert await inbox.listed("ana") == []
    assert await inbox.listed("ana", state="snoozed") == [task.task_id]
    inbox.jump(later(hours=2))
    assert await inbox.listed("ana") == [task.task_id]


async def test_what_is_put_away_until_the_answer_comes_back_with_it(inbox: Inbox) -> None:
    task = await inbox.opened()
    await inbox.done("ana", task, "claim")
    assert refused(await inbox.act("ana", task, "snooze")) == (409, "nothing-awaited")
    await inbox.waits(task, later(hours=1))
    await inbox.done("ana", task, "snooze")
    assert await inbox.listed("ana", state="snoozed") == [task.task_id]
    await inbox.answered(task, later(hours=2))
    assert await inbox.listed("ana") == [task.task_id]


async def test_nothing_is_put_away_until_yesterday(inbox: Inbox) -> None:
    task = await inbox.opened()
    await inbox.done("ana", task, "claim")
    answer = await inbox.act("ana", task, "snooze", until=later(days=-1).isoformat())
    assert refused(answer) == (422, "not-in-future")


async def test_whoever_runs_the_place_gives_another_term_with_the_reason(inbox: Inbox) -> None:
    task = await inbox.opened()
    term = later(days=4)
    body = {"due_at": term.isoformat(), "reason": "Dona Maria pediu mais tempo."}
    await inbox.done("ana", task, "claim")
    assert refused(await inbox.act("ana", task, "term", **body)) == (403, "forbidden")
    shown = await inbox.done("sonia", task, "term", **body)
    assert when(shown, "due_at") == term
    [entry] = await inbox.trail(task.task_id, "task.term_changed")
    assert entry["actor"] == "sonia"
    assert when(entry["details"], "to") == term
    assert "Maria" not in str(entry["reason"]), "what was typed is sealed"
    keyring = inbox.served.app.state.resources.keyring
    assert await keyring.open(inbox.tenant, task.person_id, entry["reason"]) == body["reason"]
    [fact] = await inbox.served.facts(inbox.tenant, TaskTermChanged)
    assert "reason" not in fact
    await inbox.waits(task, later(hours=1))
    await inbox.answered(task, later(hours=3))
    assert when(await inbox.task(task), "due_at") == term, "a term that was given stays"


async def test_nobody_moves_the_term_of_what_they_have_themself(inbox: Inbox) -> None:
    task = await inbox.opened()
    await inbox.written("silas")
    coordinates = inbox.served.as_(inbox.tenant, "analyst", "supervisor", sub="silas")
    path, body = f"/tasks/{task.task_id}", {"due_at": later(days=4).isoformat(), "reason": WHY}
    for act, told, expected in (
        ("claim", {"version": 1}, 200),
        ("term", {"version": 2} | body, 403),
    ):
        answer = await inbox.served.http.post(f"{path}/{act}", json=told, headers=coordinates)
        assert answer.status_code == expected, answer.text
    assert refused(answer) == (403, "own-term")
    assert answer.json()["title"] == "O prazo da própria tarefa cabe a outra pessoa"
    assert (await inbox.done("sonia", task, "term", **body))["owner"] == "silas"


async def test_whoever_has_the_task_on_the_screen_is_seen_by_the_others(inbox: Inbox) -> None:
    task = await inbox.opened()
    path = f"/tasks/{task.task_id}/looks"
    assert (await inbox.post("ana", path)).json() == {"items": []}
    seen = {"items": [{"sub": "ana", "name": "Pessoa ana"}]}
    assert (await inbox.post("alba", path)).json() == seen
    assert (await inbox.post("alba", path)).json() == seen
    assert refused(await inbox.post("rita", path)) == (404, "task-not-found")


async def test_a_screen_that_is_not_heard_of_any_more_is_closed_and_forgotten(
    inbox: Inbox,
) -> None:
    task = await inbox.opened()
    path = f"/tasks/{task.task_id}/looks"
    await inbox.post("ana", path)
    query = "update look set seen_at = now() - interval '10 minutes' where task_id = $1"
    await inbox.served.rows(query, task.task_id)
    assert (await inbox.post("alba", path)).json() == {"items": []}
    await inbox.round()
    kept = await inbox.served.rows("select sub from look where task_id = $1", task.task_id)
    assert [one["sub"] for one in kept] == ["alba"]
