"""One operator's worklist: facts that want people, and the people who take them."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx

from contracts.base import Event
from contracts.health_declaration.tasks import (
    TaskAnswered,
    TaskSettled,
    TaskWaiting,
    TaskWanted,
)
from services.worklist.app import create
from services.worklist.settings import WorklistSettings
from services.worklist.usecases import rounds
from tests.support.api import Served, databases, serving
from tests.support.clinic import moved
from tests.support.postgres import Postgres

ZONE = ZoneInfo("America/Sao_Paulo")
ROLES = {
    "ana": ("analyst",),
    "alba": ("analyst",),
    "otto": ("auditor",),
    "both": ("analyst", "auditor"),
    "rita": ("desk",),
    "sonia": ("supervisor",),
    "silas": ("supervisor",),
    "dina": ("dpo",),
}
QUEUE = "ds.analysis"


def at(text: str) -> datetime:
    """A local time of São Paulo: `2027-03-01 09:00` is a Monday."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


MONDAY = at("2027-03-01 09:00")


@asynccontextmanager
async def worklist(postgres: Postgres) -> AsyncIterator[Served]:
    """The service with a clock that tests may move."""
    known = await databases(postgres, "worklist")
    async with serving(create(WorklistSettings.model_validate(known)), postgres) as ready:
        ready.app.state.resources.clock.movable = True
        yield ready


@dataclass
class Inbox:
    """One tenant's people and their tasks."""

    served: Served
    tenant: int

    def jump(self, to: datetime) -> None:
        """The sandbox moved the clock."""
        moved(self.served, self.tenant, to)

    def wanted(self, **more: Any) -> TaskWanted:
        """An analysis that somebody is to do since Monday at nine."""
        known: dict[str, Any] = {
            "tenant_id": self.tenant,
            "occurred_at": MONDAY,
            "task_id": str(uuid4()),
            "subject_id": str(uuid4()),
            "person_id": str(uuid4()),
            "queue": QUEUE,
            "form": "analysis",
            "skill": "ds.analyse",
        }
        return TaskWanted(**known | more)

    def about[F: Event](self, kind: type[F], task: TaskWanted, when: datetime, **more: Any) -> F:
        """A further fact of the same task."""
        ids = {"task_id": task.task_id, "subject_id": task.subject_id}
        known: dict[str, Any] = {"tenant_id": self.tenant, "occurred_at": when}
        return kind(**known | ids | more)

    async def opened(self, **more: Any) -> TaskWanted:
        """One task more."""
        task = self.wanted(**more)
        await self.served.hear(task)
        return task

    async def waits(self, task: TaskWanted, when: datetime, **more: Any) -> None:
        await self.served.hear(self.about(TaskWaiting, task, when, **more))

    async def answered(self, task: TaskWanted, when: datetime) -> None:
        await self.served.hear(self.about(TaskAnswered, task, when))

    async def settled(self, task: TaskWanted, when: datetime, outcome: str = "done") -> None:
        await self.served.hear(self.about(TaskSettled, task, when, outcome=outcome, actor="ana"))

    async def get(self, who: str, path: str, **params: Any) -> httpx.Response:
        return await self.served.http.get(path, params=params, headers=self.as_(who))

    async def post(self, who: str, path: str, body: Any = None) -> httpx.Response:
        return await self.served.http.post(path, json=body, headers=self.as_(who))

    async def put(self, who: str, path: str, **body: Any) -> httpx.Response:
        return await self.served.http.put(path, json=body, headers=self.as_(who))

    def as_(self, who: str) -> dict[str, str]:
        return self.served.as_(self.tenant, *ROLES.get(who, ("analyst",)), sub=who)

    async def task(self, task: TaskWanted, who: str = "sonia") -> dict[str, Any]:
        answer = await self.get(who, f"/tasks/{task.task_id}")
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def listed(self, who: str, **params: Any) -> list[str]:
        """The ids of a list, as it is shown."""
        answer = await self.get(who, "/tasks", **params)
        assert answer.status_code == 200, answer.text
        return [one["task_id"] for one in answer.json()["items"]]

    async def act(self, who: str, task: TaskWanted, act: str, **body: Any) -> httpx.Response:
        """An act on the task as it stands now, unless a version is named."""
        seen = body.pop("version", None) or (await self.task(task))["version"]
        return await self.post(who, f"/tasks/{task.task_id}/{act}", {"version": seen} | body)

    async def done(self, who: str, task: TaskWanted, act: str, **body: Any) -> dict[str, Any]:
        answer = await self.act(who, task, act, **body)
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def written(self, who: str, **more: Any) -> None:
        """A colleague is written down for the analysis."""
        body = {"version": 0, "name": f"Pessoa {who}", "queues": [QUEUE]} | more
        answer = await self.put("sonia", f"/colleagues/{who}", **body)
        assert answer.status_code == 200, answer.text

    async def queue(self, name: str = QUEUE, **more: Any) -> None:
        """The queue is set up with office hours and these terms."""
        body = {"version": 0, "title": "Análise", "minutes": 540, "hours": "usual"} | more
        answer = await self.put("sonia", f"/queues/{name}", **body)
        assert answer.status_code == 200, answer.text

    async def round(self) -> None:
        """The worker goes round, until it finds nothing left to do."""
        while await rounds.make(self.served.app.state.begin):
            pass

    async def trail(self, subject: str, action: str) -> list[dict[str, Any]]:
        found = await self.served.rows(
            "select actor, reason, details from audit"
            " where tenant_id = $1 and subject = $2 and action = $3 order by id",
            self.tenant,
            subject,
            action,
        )
        return [one | {"details": json.loads(one["details"])} for one in found]


def refused(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, str(answer.json()["code"])


def later(**more: float) -> datetime:
    """So long after Monday at nine."""
    return MONDAY + timedelta(**more)


def when(shown: dict[str, Any], name: str) -> datetime:
    """A moment that the API told."""
    return datetime.fromisoformat(str(shown[name]))
