"""Queues, hours and colleagues: as whoever runs the place writes them, version by version."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from tests.support.api import Served
from tests.support.inbox import MONDAY, QUEUE, Inbox, at, later, refused, when

TERMS: dict[str, Any] = {"title": "Análise", "minutes": 60, "hours": "usual"}
MORNINGS = [[{"start": 480, "end": 720}]] * 5 + [[], []]
HOURS: dict[str, Any] = {"version": 0, "zone": "America/Sao_Paulo", "week": MORNINGS}
_tenants: Iterator[int] = count(7600)


@pytest.fixture
def inbox(tasks_served: Served) -> Inbox:
    opened = Inbox(tasks_served, next(_tenants))
    opened.jump(MONDAY)
    return opened


async def test_a_queue_that_nobody_set_up_is_the_usual_one(inbox: Inbox) -> None:
    await inbox.opened()
    [shown] = (await inbox.get("ana", "/queues")).json()["items"]
    assert (shown["name"], shown["version"], shown["minutes"]) == (QUEUE, 0, 540)
    assert [step["minutes"] for step in shown["ladder"]] == [120, 240, 0]


async def test_who_writes_over_what_another_wrote_is_told_who_and_when(inbox: Inbox) -> None:
    path = f"/queues/{QUEUE}"
    assert (await inbox.put("sonia", path, version=0, **TERMS)).json()["version"] == 1
    answer = await inbox.put("silas", path, version=0, **TERMS)
    assert refused(answer) == (409, "stale-version")
    told = answer.json()
    assert (told["changed_by"], told["version"]) == ("sonia", 1)
    assert when(told, "changed_at") >= MONDAY
    assert (await inbox.put("silas", path, version=1, **TERMS)).json()["version"] == 2


async def test_of_many_who_write_at_once_one_is_first(inbox: Inbox) -> None:
    path = f"/queues/{QUEUE}"
    writing = [inbox.put("sonia", path, version=0, **TERMS) for _ in range(8)]
    answers = await asyncio.gather(*writing)
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 7}
    assert {a.json()["code"] for a in answers if not a.is_success} == {"stale-version"}


async def test_only_who_runs_the_place_writes_queues_hours_and_people(inbox: Inbox) -> None:
    for path, body in (
        (f"/queues/{QUEUE}", {"version": 0} | TERMS),
        ("/working-hours/matriz", HOURS),
        ("/colleagues/alba", {"version": 0, "name": "Alba"}),
    ):
        assert refused(await inbox.put("ana", path, **body)) == (403, "forbidden")


async def test_a_term_is_counted_in_the_hours_of_the_queue(inbox: Inbox) -> None:
    holiday = {"day": "2027-03-02", "title": "Aniversário da cidade"}
    body = HOURS | {"holidays": [holiday]}
    assert (await inbox.put("sonia", "/working-hours/manhas", **body)).is_success
    await inbox.queue(minutes=300, hours="manhas")
    task = await inbox.opened()
    assert when(await inbox.task(task), "due_at") == at("2027-03-03 10:00")


async def test_a_state_has_holidays_of_its_own(inbox: Inbox) -> None:
    body = HOURS | {"state": "SP", "week": [[{"start": 0, "end": 1440}]] * 7}
    assert (await inbox.put("sonia", "/working-hours/sp", **body)).is_success
    await inbox.queue(minutes=60, hours="sp")
    # The ninth of July: Constitutionalist Revolution, in São Paulo alone.
    task = await inbox.opened(occurred_at=at("2027-07-08 23:30"))
    assert when(await inbox.task(task), "due_at") == at("2027-07-10 00:30")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"zone": "Marte/Olimpo"}, "zone"),
        ({"week": [[{"start": 0, "end": 10}], [], [], [], [], [], []]}, "week"),
        ({"week": [[{"start": 0, "end": 60}, {"start": 30, "end": 90}]] * 7}, "week"),
        ({"week": [[{"start": 90, "end": 60}]] * 7}, "week.0.0"),
        ({"week": MORNINGS[:6]}, "week"),
    ],
)
async def test_hours_in_which_nothing_would_fall_due_are_refused(
    inbox: Inbox, wrong: dict[str, Any], field: str
) -> None:
    answer = await inbox.put("sonia", "/working-hours/matriz", **HOURS | wrong)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


async def test_a_queue_without_its_hours_is_refused(inbox: Inbox) -> None:
    answer = await inbox.put("sonia", f"/queues/{QUEUE}", version=0, **TERMS | {"hours": "lua"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "hours"


async def test_whoever_is_written_down_sees_their_own_queues_alone(inbox: Inbox) -> None:
    mine, other = await inbox.opened(), await inbox.opened(queue="ds.negotiation")
    assert set(await inbox.listed("ana")) == {mine.task_id, other.task_id}
    await inbox.written("ana")
    assert await inbox.listed("ana") == [mine.task_id]
    for act in ("claim", "release", "undo"):
        assert refused(await inbox.act("ana", other, act)) == (404, "task-not-found")


async def test_ones_absence_is_ones_own_or_of_who_runs_the_place(inbox: Inbox) -> None:
    away = {"version": 0, "deputy": "ana", "away_until": later(days=9).isoformat()}
    await inbox.written("ana")
    answer = await inbox.put("ana", "/colleagues/alba/absence", **away | {"deputy": "alba"})
    assert refused(answer) == (403, "not-yours")
    answer = await inbox.put("alba", "/colleagues/alba/absence", **away | {"deputy": "alba"})
    assert refused(answer) == (422, "own-deputy")
    shown = (await inbox.put("alba", "/colleagues/alba/absence", **away)).json()
    assert (shown["deputy"], shown["queues"], shown["name"]) == ("ana", None, "Pessoa alba")
    back = {"version": 1, "deputy": None, "away_until": None}
    assert (await inbox.put("sonia", "/colleagues/alba/absence", **back)).is_success
    answer = await inbox.put("alba", "/colleagues/alba/absence", **back | {"deputy": "ana"})
    assert answer.status_code == 422
    [entry, _] = await inbox.trail("alba", "colleague.absence")
    assert (entry["actor"], entry["details"]["deputy"]) == ("alba", "ana")


async def test_a_deputy_is_a_colleague_of_the_same_operator(inbox: Inbox) -> None:
    away = {"version": 0, "deputy": "ana", "away_until": later(days=9).isoformat()}
    other = Inbox(inbox.served, next(_tenants))
    await other.written("ana")
    answer = await inbox.put("alba", "/colleagues/alba/absence", **away)
    assert refused(answer) == (422, "unknown-deputy")
    assert answer.json()["errors"][0]["field"] == "deputy"
    await inbox.written("ana")
    assert (await inbox.put("alba", "/colleagues/alba/absence", **away)).is_success


async def test_nobody_is_away_for_longer_than_ninety_days(inbox: Inbox) -> None:
    await inbox.written("ana")
    away: dict[str, Any] = {"version": 0, "deputy": "ana"}
    path = "/colleagues/alba/absence"
    answer = await inbox.put("alba", path, **away, away_until=later(days=90, hours=1).isoformat())
    assert refused(answer) == (422, "away-too-long")
    assert answer.json()["errors"][0]["field"] == "away_until"
    answer = await inbox.put("alba", path, **away, away_until=later(days=90).isoformat())
    assert answer.is_success
