"""A declaration tells which people it wants, for what, and when it waits for somebody else."""

import base64
from typing import Any

import pytest

from contracts.base import Event
from contracts.health_declaration.tasks import (
    TaskAnswered,
    TaskSettled,
    TaskWaiting,
    TaskWanted,
)
from tests.support.api import Served
from tests.support.clinic import Desk
from tests.support.proponent import REGISTER, invited

PDF = base64.b64encode(b"%PDF-1.7 laudo").decode()
OPINION = {"conclusion": "no_preexisting", "text": "Nada que preexista."}
KINDS: tuple[type[Event], ...] = (TaskWanted, TaskWaiting, TaskAnswered, TaskSettled)
_tenants = iter(range(4600, 4700))


@pytest.fixture
def desk(served: Served) -> Desk:
    return Desk(served, next(_tenants))


async def told(desk: Desk, case: str) -> list[dict[str, Any]]:
    """The facts about tasks of a case, in the order in which they were recorded."""
    return await desk.served.rows(
        "select type, payload::jsonb ->> 'task_id' as task, payload::jsonb ->> 'queue' as queue,"
        " payload::jsonb ->> 'outcome' as outcome, payload::jsonb -> 'barred' as barred,"
        " payload::jsonb ->> 'reference' as reference, key"
        " from outbox where tenant_id = $1 and payload::jsonb ->> 'subject_id' = $2 order by seq",
        desk.tenant,
        case,
    )


def kinds(facts: list[dict[str, Any]]) -> list[str]:
    return [one["type"].split(".")[2] for one in facts]


async def open_task(desk: Desk, case: str) -> str | None:
    query = "select task_id from declaration where declaration_id = $1"
    [row] = await desk.served.rows(query, case)
    found: str | None = row["task_id"]
    return found


async def test_nobody_is_wanted_for_a_clean_declaration(desk: Desk) -> None:
    phone = await invited(desk.served, desk.tenant)
    receipt = await phone.declare()
    assert await told(desk, receipt["declaration_id"]) == []
    assert await open_task(desk, receipt["declaration_id"]) is None


async def test_what_triage_sends_to_a_person_is_a_task_in_order_with_its_case(desk: Desk) -> None:
    _, case = await desk.analysed("Q10")
    [wanted] = await told(desk, case)
    assert (kinds([wanted]), wanted["queue"], wanted["key"]) == (["wanted"], "ds.analysis", case)
    assert wanted["task"] == await open_task(desk, case)
    assert wanted["barred"] == "[]"
    assert wanted["reference"].startswith(REGISTER)


async def test_one_analysis_is_one_task_that_waits_for_the_proponent(desk: Desk) -> None:
    phone, case = await desk.analysed("Q10")
    await desk.done("ana", case, "document-requests", items=["Laudo"])
    assert kinds(await told(desk, case)) == ["wanted", "waiting"]
    sent = {"name": "laudo.pdf", "media_type": "application/pdf", "content_base64": PDF}
    assert (await phone.post("/declaration/documents", sent)).status_code == 201
    facts = await told(desk, case)
    assert kinds(facts) == ["wanted", "waiting", "answered"]
    assert {one["task"] for one in facts} == {await open_task(desk, case)}


async def test_the_opinion_ends_one_task_and_opens_another_for_somebody_else(desk: Desk) -> None:
    _, case = await desk.analysed("Q10")
    await desk.done("alba", case, "exam-requests", description="Exame clínico")
    await desk.done("alba", case, "exam-results", result="Sem alterações.")
    await desk.done("ana", case, "opinion", **OPINION)
    facts = await told(desk, case)
    assert kinds(facts) == ["wanted", "waiting", "answered", "settled", "wanted"]
    assert facts[3]["outcome"] == "done"
    audit = facts[-1]
    assert (audit["queue"], audit["barred"]) == ("ds.audit", '["alba", "ana"]')
    assert audit["task"] not in {one["task"] for one in facts[:-1]}
    await desk.done("otto", case, "audit", decision="no_preexisting", notes="De acordo.")
    assert kinds(await told(desk, case))[-1] == "settled"
    assert await open_task(desk, case) is None


async def test_an_audit_that_is_returned_is_an_analysis_again(desk: Desk) -> None:
    _, case = await desk.analysed("Q10")
    await desk.done("ana", case, "opinion", **OPINION)
    await desk.done("otto", case, "audit", decision="return", notes="Falta o laudo.")
    facts = await told(desk, case)
    assert kinds(facts) == ["wanted", "settled", "wanted", "settled", "wanted"]
    assert [one["queue"] for one in facts if one["queue"]] == [
        "ds.analysis",
        "ds.audit",
        "ds.analysis",
    ]
    assert len({one["task"] for one in facts}) == 3


async def test_what_the_proponent_takes_back_was_not_done(desk: Desk) -> None:
    phone, case = await desk.analysed("Q10")
    assert (await phone.post("/declaration/rectification")).is_success
    facts = await told(desk, case)
    assert [(one["type"].split(".")[2], one["outcome"]) for one in facts] == [
        ("wanted", None),
        ("settled", "dropped"),
    ]


async def test_a_case_of_before_there_were_tasks_gets_one_at_its_next_move(desk: Desk) -> None:
    _, case = await desk.analysed("Q10")
    await desk.served.rows("update declaration set task_id = null where declaration_id = $1", case)
    await desk.done("ana", case, "document-requests", items=["Laudo"])
    facts = await told(desk, case)
    assert kinds(facts) == ["wanted", "wanted", "waiting"]
    assert facts[-1]["task"] == await open_task(desk, case)


async def test_a_task_tells_no_name_and_nothing_clinical(desk: Desk) -> None:
    _, case = await desk.analysed("Q10")
    await desk.done("ana", case, "opinion", **OPINION)
    for kind in KINDS:
        for fact in await desk.served.facts(desk.tenant, kind):
            assert not fact.keys() & {"cause", "reason", "name", "answers", "cid", "stage", "text"}
