"""Tasks taken, put away, handed on and given back, by people in queues that somebody set up."""

from datetime import timedelta
from typing import Any

from deploy.story.http import Client
from tests.support.live import House

WHY = {"reason": "Conferido com a equipe."}
ALL_WEEK = [[{"start": 0, "end": 1440}]] * 7
OTHER = "colega"


async def tasks(house: House) -> None:
    """One task through everything that may be done with it besides deciding it."""
    chief, analyst = house.staff("coordenacao", "worklist"), house.staff("analista.1", "worklist")
    life = await house.at_desk("Q16")
    await life.to_analysis()
    task: dict[str, Any] = {}

    async def opened() -> bool:
        page = await analyst.get(f"/tasks?subject_id={life.declaration_id}")
        task.update(*page["items"])
        return bool(page["items"])

    await house.until(opened, "tarefa aberta")
    await _team(house, chief, str(task["queue"]))
    await _taken(house, analyst, chief, str(task["task_id"]))
    await _views(analyst, str(task["queue"]))
    await _in_bulk(house, analyst, str(task["task_id"]))
    for path in ("/queues", "/working-hours", "/colleagues", "/task-views"):
        await analyst.get(path)
    await analyst.get("/task-changes")
    await analyst.post("/task-counts", {"queries": [{}, {"whose": "mine"}]})
    await analyst.post("/task-exports", {"query": {}, "columns": ["due"], "rows": 1})
    await chief.get("/unearned-pauses")
    await house.staff("motorista", "worklist").get("/due-moments/next")


async def _team(house: House, chief: Client, queue: str) -> None:
    """Hours, a queue that keeps them and somebody who works in it and is away."""
    hours = {"version": 0, "zone": "America/Sao_Paulo", "state": "PR", "week": ALL_WEEK}
    holiday = {"day": "2027-03-29", "title": "Aniversário da cidade"}
    await chief.put("/working-hours/matriz", hours | {"holidays": [holiday]})
    step = {"anchor": "opened", "minutes": 10_000, "acts": ["raise"]}
    terms = {"version": 0, "title": "Análise", "minutes": 20_000, "hours": "matriz"}
    await chief.put(f"/queues/{queue}", terms | {"ladder": [step]})
    who = {"version": 0, "name": "Colega da análise", "queues": [queue], "capacity": 5}
    await chief.put(f"/colleagues/{OTHER}", who)
    await chief.put("/colleagues/analista.1", {"version": 0, "name": "Analista 1"})
    until = (await house.now() - timedelta(minutes=1)).isoformat()
    away = {"version": 1, "deputy": "analista.1", "away_until": until}
    await chief.put(f"/colleagues/{OTHER}/absence", away)


async def _taken(house: House, analyst: Client, chief: Client, task_id: str) -> None:
    path = f"/tasks/{task_id}"
    later = (await house.now() + timedelta(days=300)).isoformat()
    await analyst.post(f"{path}/looks")
    for who, act, body in (
        (analyst, "claim", {}),
        (analyst, "undo", {}),
        (analyst, "claim", {}),
        (analyst, "snooze", {"until": later}),
        (analyst, "release", {}),
        (analyst, "claim", {}),
        (analyst, "hand-over", {"to": OTHER} | WHY),
        (chief, "term", {"due_at": later} | WHY),
        (chief, "release", {}),
    ):
        seen = await analyst.get(path)
        await who.post(f"{path}/{act}", body | {"version": seen["version"]})


async def _views(analyst: Client, queue: str) -> None:
    view = {"title": "Minhas", "team": queue, "query": {"whose": "mine"}, "columns": ["due"]}
    made = await analyst.post("/task-views", view)
    path = f"/task-views/{made['view_id']}"
    await analyst.put(path, view | {"title": "Da equipe", "version": 1})
    await analyst.post("/task-views", view)
    await analyst.put("/default-task-view", {"view_id": made["view_id"]})
    await analyst.post(f"{path}/removal", {"version": 2})


async def _in_bulk(house: House, analyst: Client, task_id: str) -> None:
    """Checked, done; another one called off."""
    job = await analyst.post("/bulk-jobs", {"act": "claim", "task_ids": [task_id]})
    path = f"/bulk-jobs/{job['job_id']}"

    async def checked() -> bool:
        return bool((await analyst.get(path))["state"] == "checked")

    await house.until(checked, "ação em massa conferida")
    await analyst.get(f"{path}/items")
    await analyst.post(f"{path}/start")
    other = await analyst.post("/bulk-jobs", {"act": "release", "query": {"whose": "mine"}})
    await analyst.post(f"/bulk-jobs/{other['job_id']}/cancel")
