"""A declaration's people by way of the inbox: one service records, the other makes tasks of it."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from kit.kafka import Envelope
from tests.support.api import Served
from tests.support.clinic import Desk
from tests.support.inbox import Inbox, refused

OPINION = {"conclusion": "no_preexisting", "text": "Nada que preexista."}
_tenants: Iterator[int] = count(4800)


class Ring:
    """The declaration service, the worklist, and what travels from the one to the other."""

    def __init__(self, served: Served, tasks_served: Served) -> None:
        self.desk = Desk(served, next(_tenants))
        self.inbox = Inbox(tasks_served, self.desk.tenant)

    async def travels(self) -> None:
        """Everything that the outbox ever held, as after a rebuild of the bus."""
        rows = await self.desk.served.rows(
            "select * from outbox where tenant_id = $1 order by seq", self.desk.tenant
        )
        await self.inbox.served.app.state.inbox.handle([_envelope(row) for row in rows])

    async def shown(self, who: str, case: str) -> dict[str, Any]:
        """The one open task of the case, as somebody sees it."""
        await self.travels()
        page = (await self.inbox.get(who, "/tasks", subject_id=case)).json()
        [task] = page["items"]
        found: dict[str, Any] = task
        return found

    async def claim(self, who: str, task: dict[str, Any]) -> Any:
        path = f"/tasks/{task['task_id']}/claim"
        return await self.inbox.post(who, path, {"version": task["version"]})


def _envelope(row: dict[str, Any]) -> Envelope:
    names = ("type", "tenant_id", "topic", "key", "payload", "traceparent", "occurred_at")
    return Envelope(event_id=row["id"], **{name: row[name] for name in names})


@pytest.fixture
def ring(served: Served, tasks_served: Served) -> Ring:
    return Ring(served, tasks_served)


async def test_an_analysis_is_taken_done_and_audited_by_somebody_else(ring: Ring) -> None:
    _, case = await ring.desk.analysed("Q10")
    analysis = await ring.shown("ana", case)
    assert (await ring.claim("ana", analysis)).status_code == 200
    await ring.desk.done("ana", case, "exam-requests", description="Exame clínico")
    assert (await ring.shown("ana", case))["waiting_since"] is not None
    await ring.desk.done("ana", case, "exam-results", result="Sem alterações.")
    assert (await ring.shown("ana", case))["waiting_since"] is None
    await ring.desk.done("ana", case, "opinion", **OPINION)
    audit = await ring.shown("otto", case)
    assert (audit["form"], audit["owner"]) == ("audit", None)
    headers = ring.inbox.served.as_(ring.inbox.tenant, "analyst", "auditor", sub="ana")
    path, seen = f"/tasks/{audit['task_id']}/claim", {"version": audit["version"]}
    answer = await ring.inbox.served.http.post(path, json=seen, headers=headers)
    assert refused(answer) == (403, "four-eyes")
    assert (await ring.claim("otto", audit)).status_code == 200
    await ring.desk.done("otto", case, "audit", decision="no_preexisting", notes="De acordo.")
    await ring.travels()
    assert await ring.inbox.listed("both", subject_id=case) == []
    done = await ring.inbox.get("both", "/tasks", subject_id=case, state="settled")
    assert [(one["form"], one["outcome"], one["owner"]) for one in done.json()["items"]] == [
        ("audit", "done", "otto"),
        ("analysis", "done", "ana"),
    ]


async def test_a_case_that_ends_meanwhile_takes_its_task_from_whoever_had_it(ring: Ring) -> None:
    phone, case = await ring.desk.analysed("Q10")
    task = await ring.shown("ana", case)
    assert (await ring.claim("ana", task)).status_code == 200
    assert (await phone.post("/declaration/withdrawal")).is_success
    await ring.travels()
    answer = await ring.claim("alba", task)
    assert refused(answer) == (409, "task-ended")
    assert await ring.inbox.listed("ana", whose="mine") == []
