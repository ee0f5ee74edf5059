"""The inbox: one claim wins, room and stand-ins, terms, and four eyes on every path to a task."""

import asyncio
import re
import secrets
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import expect

from deploy.story.http import Refused
from deploy.story.life import Life
from tests.support.live import House, refused
from tests.support.screen import Screens
from tests.support.seat import Desk

CROWD = 20
OPINION = {"conclusion": "no_preexisting", "text": "Nada a restringir."}
WHY = "Conhece este caso."


async def to_analysis(house: House) -> Life:
    """A declaration that waits for an analyst."""
    life = await house.at_desk("Q10")
    await life.to_analysis()
    return life


async def task_of(house: House, life: Life, who: str, queue: str) -> dict[str, Any]:
    """The task of a case, once the inbox was told of it."""
    found: list[dict[str, Any]] = []
    path = f"/tasks?subject_id={life.declaration_id}&queue={queue}"

    async def there() -> bool:
        found[:] = (await house.staff(who, "worklist").get(path))["items"]
        return bool(found)

    await house.until(there, "tarefa na lista")
    return found[0]


async def act(house: House, who: str, task: dict[str, Any], what: str, **body: Any) -> Any:
    """What somebody does with a task as it stands now."""
    inbox = house.staff(who, "worklist")
    seen = await inbox.get(f"/tasks/{task['task_id']}")
    return await inbox.post(f"/tasks/{task['task_id']}/{what}", body | {"version": seen["version"]})


@pytest.mark.shows("B09", "M127")
async def test_of_twenty_who_claim_at_once_one_has_it_and_the_others_hear_who_and_since_when(
    house: House,
) -> None:
    crowd = [f"pessoa.{number}" for number in range(CROWD)]
    await house.together(house.hire(sub, "analyst") for sub in crowd)
    life = await to_analysis(house)
    task = await task_of(house, life, crowd[0], "ds.analysis")
    path, seen = f"/tasks/{task['task_id']}/claim", {"version": task["version"]}
    answers = await asyncio.gather(
        *(house.staff(sub, "worklist").post(path, seen) for sub in crowd), return_exceptions=True
    )
    [won] = [one for one in answers if isinstance(one, dict)]
    lost = [one for one in answers if isinstance(one, Refused)]
    assert {(one.status, one.code) for one in lost} == {(409, "task-taken")}
    assert len(lost) == CROWD - 1
    assert {one.body["who"] for one in lost} == {won["owner_name"]}
    since = datetime.fromisoformat(won["claimed_at"])
    assert {datetime.fromisoformat(one.body["since"]) for one in lost} == {since}


@pytest.mark.shows("B09", "M127")
async def test_of_two_who_decide_at_once_one_decides_and_the_task_is_over(house: House) -> None:
    life = await to_analysis(house)
    task = await task_of(house, life, "analista.1", "ds.analysis")
    await act(house, "analista.1", task, "claim")
    seen = (await life.office.case("analista.1"))["version"]
    path = f"/declarations/{life.declaration_id}/opinion"
    answers = await asyncio.gather(
        *(
            house.staff(who).post(path, OPINION | {"version": seen})
            for who in ("analista.1", "analista.2")
        ),
        return_exceptions=True,
    )
    [lost] = [one for one in answers if isinstance(one, Refused)]
    assert (lost.status, lost.code) == (409, "stale-version")

    async def over() -> bool:
        inbox = house.staff("analista.1", "worklist")
        told = await inbox.get(f"/tasks/{task['task_id']}")
        return (told["outcome"], bool(told["settled_at"])) == ("done", True)

    await house.until(over, "tarefa terminada")
    again = await refused(act(house, "analista.2", task, "claim"))
    assert (again.status, again.code) == (409, "task-ended")


@pytest.mark.shows("B09")
async def test_whoever_gave_the_opinion_audits_it_by_no_path(
    house: House, screens: Screens
) -> None:
    await house.hire("ambas", "analyst", "auditor")
    life = await to_analysis(house)
    await life.office.decide("ambas", "opinion", OPINION)
    task = await task_of(house, life, "ambas", "ds.audit")
    four_eyes = (403, "four-eyes")

    # The inbox and the owner of the case, each by its own API.
    claimed = await refused(act(house, "ambas", task, "claim"))
    assert (claimed.status, claimed.code) == four_eyes
    audit = {"decision": "no_preexisting", "notes": "De acordo."}
    decided = await refused(life.office.decide("ambas", "audit", audit))
    assert (decided.status, decided.code) == four_eyes

    # Given by whoever runs the place.
    supervisor = house.staff("coordenacao", "worklist")
    body = {"version": 0, "name": "Ambas", "queues": ["ds.analysis", "ds.audit"]}
    await supervisor.put("/colleagues/ambas", body)
    given = await refused(act(house, "coordenacao", task, "hand-over", to="ambas", reason=WHY))
    assert (given.status, given.code) == four_eyes

    assert await in_bulk(house, "ambas", task) == [("refused", "four-eyes")]
    await on_screen_and_by_link(house, screens, life, task)
    assert (await life.office.case("auditora.1"))["stage"] == "audit"
    noted = [one for one in await house.trail(life.declaration_id) if one["actor"] == "ambas"]
    assert "audit.refused" in [one["action"] for one in noted]
    assert "task.refused" in [
        one["action"] for one in await house.trail(task["task_id"], "worklist")
    ]


async def in_bulk(house: House, who: str, task: dict[str, Any]) -> list[tuple[str, str]]:
    """What a job that claims the task is told of it."""
    inbox = house.staff(who, "worklist")
    job = await inbox.post("/bulk-jobs", {"act": "claim", "task_ids": [task["task_id"]]})
    path = f"/bulk-jobs/{job['job_id']}"

    async def checked() -> bool:
        return bool((await inbox.get(path))["state"] == "checked")

    await house.until(checked, "conferência")
    return [(one["found"], one["code"]) for one in (await inbox.get(f"{path}/items"))["items"]]


async def on_screen_and_by_link(
    house: House, screens: Screens, life: Life, task: dict[str, Any]
) -> None:
    """By the button of the page, and by the address of the decision itself."""
    path = f"/tarefas/{task['task_id']}"
    async with Desk.of(house, screens, "ambas") as desk:
        await desk.screen.go(path)
        await desk.panel.get_by_role("button", name="Assumir").click()
        alert = desk.panel.get_by_role("alert")
        await expect(alert).to_contain_text("Outra pessoa precisa fazer esta tarefa")
        version = str((await life.office.case("ambas"))["version"])
        form = {"decision": "no_preexisting", "notes": "De acordo.", "sure": "sim"}
        answer = await desk.screen.page.request.post(
            f"{desk.screen.origin}{path}/decisoes/auditoria",
            form=form | {"version": version, "by": "ambas", "key": secrets.token_hex(8)},
            headers={"Origin": desk.screen.origin},
        )
        assert answer.status == 403


@pytest.mark.shows("B09")
async def test_a_full_list_takes_no_more_and_who_stands_in_has_what_is_the_others(
    house: House,
) -> None:
    supervisor = house.staff("coordenacao", "worklist")
    first, second = [await to_analysis(house) for _ in range(2)]
    tasks = [await task_of(house, one, "analista.1", "ds.analysis") for one in (first, second)]
    body = {"version": 0, "name": "Analista 1", "queues": ["ds.analysis"], "capacity": 1}
    known = await supervisor.put("/colleagues/analista.1", body)
    await supervisor.put("/colleagues/analista.2", body | {"name": "Analista 2", "capacity": 20})
    await act(house, "analista.1", tasks[0], "claim")
    full = await refused(act(house, "analista.1", tasks[1], "claim"))
    assert (full.status, full.code) == (409, "no-room")
    taken = await refused(act(house, "analista.2", tasks[0], "claim"))
    assert (taken.status, taken.code) == (409, "task-taken")
    until = (await house.now() + timedelta(days=3)).isoformat()
    absence = {"version": known["version"], "deputy": "analista.2", "away_until": until}
    await supervisor.put("/colleagues/analista.1/absence", absence)
    mine = await house.staff("analista.2", "worklist").get("/tasks?whose=mine")
    assert [one["task_id"] for one in mine["items"]] == [tasks[0]["task_id"]]
    stands_in = await act(house, "analista.2", tasks[0], "claim")
    assert stands_in["owner"] == "analista.2"


@pytest.mark.shows("B09")
async def test_a_term_is_moved_with_a_reason_by_who_runs_the_place_alone(house: House) -> None:
    life = await to_analysis(house)
    task = await task_of(house, life, "analista.1", "ds.analysis")
    later = (datetime.fromisoformat(task["due_at"]) + timedelta(days=2)).isoformat()
    own = await refused(act(house, "analista.1", task, "term", due_at=later, reason=WHY))
    assert own.status == 403
    silent = await refused(act(house, "coordenacao", task, "term", due_at=later, reason=""))
    assert silent.status == 422
    moved = await act(house, "coordenacao", task, "term", due_at=later, reason=WHY)
    assert datetime.fromisoformat(moved["due_at"]) == datetime.fromisoformat(later)
    await life.soon(life.person_id, "worklist.task.term_changed.v1")
    [noted] = [
        one
        for one in await house.trail(task["task_id"], "worklist")
        if one["action"] == "task.term_changed"
    ]
    assert noted["actor"] == "coordenacao"
    former = datetime.fromisoformat(noted["details"]["from"])
    assert former == datetime.fromisoformat(task["due_at"])


async def takes(desk: Desk) -> int:
    """Clicks, and the status of what came back."""
    sent = re.compile(r"/assumir(\?|$)")
    async with desk.screen.page.expect_response(sent) as answer:
        await desk.panel.get_by_role("button", name="Assumir").click()
    return (await answer.value).status


@pytest.mark.shows("M127")
async def test_of_two_clerks_who_click_at_once_one_has_the_case_and_decides_it_by_form(
    house: House, screens: Screens
) -> None:
    life = await to_analysis(house)
    async with (
        Desk.of(house, screens, "analista.1") as first,
        Desk.of(house, screens, "analista.2") as second,
    ):
        desks = (first, second)
        for desk in desks:
            await desk.opens(life)
        answers = await asyncio.gather(*map(takes, desks))
        assert sorted(answers) == [200, 409]
        won, lost = desks[answers.index(200)], desks[answers.index(409)]
        await expect(lost.panel.get_by_role("alert").first).to_contain_text("Analista.")
        asked = await won.decision("Pedir documentos")
        await asked.get_by_label("Documentos").fill("Laudo do cardiologista")
        await asked.get_by_role("button", name="Pedir documentos").click()
        await won.told("Documentos pedidos ao proponente.")
    await life.phone.next("ds_documents_request")
