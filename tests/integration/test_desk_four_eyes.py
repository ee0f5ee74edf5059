"""Whoever had any part in a case may not audit it, whatever became of that part."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.api import Served
from tests.support.clinic import Desk
from tests.support.proponent import Phone

OPINION = {"conclusion": "no_preexisting", "text": "Nada que preexista."}
_tenants = iter(range(4400, 4500))


@pytest.fixture
def desk(served: Served) -> Desk:
    """A tenant of its own: slots are offered to whoever waits in it."""
    return Desk(served, next(_tenants))


async def refused_as_auditor(desk: Desk, case: str) -> None:
    """`both` would audit what they had a part in; the rule is named and another person may."""
    answer = await desk.act("both", case, "audit", decision="no_preexisting", notes="Eu mesmo.")
    assert (answer.status_code, answer.json()["code"]) == (403, "four-eyes")
    assert "quem não analisou, examinou nem entrevistou" in answer.json()["detail"]
    ended = await desk.done("otto", case, "audit", decision="no_preexisting", notes="De acordo.")
    assert ended["stage"] == "integrated"


async def gives(desk: Desk, doctor: str, days: int = 3) -> dict[str, Any]:
    """The scheduler offers a time with this doctor."""
    at = (desk.now() + timedelta(days=days)).isoformat()
    body = {"slots": [{"doctor": doctor, "starts_at": at, "minutes": 30}]}
    slot: dict[str, Any]
    [slot] = (await desk.post("sara", "/slots", body)).json()["items"]
    return slot


async def nobody_comes(desk: Desk, case: str) -> None:
    """The term of what was asked for passes, and the case comes back to an analyst."""
    await gives(desk, "davi", days=60)
    desk.jump(desk.now() + timedelta(days=40))
    assert (await desk.advance(case))["stage"] == "analysis"


async def booked(desk: Desk, doctor: str) -> tuple[Phone, str, str]:
    """An interview with this doctor, to clarify what was declared."""
    phone, case = await desk.analysed("Q10")
    await desk.done("ana", case, "interview-requests", reason="Esclarecer o tratamento.")
    await phone.open(await phone.link("ds.interview_offer"))
    slot = await gives(desk, doctor)
    chosen = await phone.post("/interview", {"slot_id": slot["slot_id"]})
    assert chosen.status_code == 201, chosen.text
    return phone, case, chosen.json()["interview_id"]


async def seen(desk: Desk, interview_id: str) -> dict[str, Any]:
    page = (await desk.get("sara", "/interviews")).json()
    return next(one for one in page["items"] if one["interview_id"] == interview_id)


async def test_whoever_typed_the_result_of_the_examination_may_not_audit(desk: Desk) -> None:
    _, case = await desk.analysed("Q10")
    await desk.done("ana", case, "exam-requests", description="Exame clínico")
    await desk.done("both", case, "exam-results", result="Sem alterações.")
    await desk.done("ana", case, "opinion", **OPINION)
    await refused_as_auditor(desk, case)


@pytest.mark.parametrize(
    ("act", "body"),
    [
        ("exam-requests", {"description": "Exame clínico"}),
        ("document-requests", {"items": ["Laudo"]}),
        ("interview-requests", {"reason": "Esclarecer o tratamento."}),
    ],
)
async def test_whoever_asked_for_more_may_not_audit(
    desk: Desk, act: str, body: dict[str, Any]
) -> None:
    _, case = await desk.analysed("Q10")
    await desk.done("both", case, act, **body)
    await nobody_comes(desk, case)
    await desk.done("ana", case, "opinion", **OPINION)
    await refused_as_auditor(desk, case)


async def test_an_interview_marked_as_missed_still_counts_against_its_doctor(desk: Desk) -> None:
    _, case, interview_id = await booked(desk, "both")
    desk.jump(datetime.fromisoformat((await seen(desk, interview_id))["starts_at"]))
    version = (await seen(desk, interview_id))["version"]
    draft = {"version": version, "text": "Rascunho da conversa.", "signed": False}
    assert (await desk.post("both", f"/interviews/{interview_id}/result", draft)).is_success
    missed = {"version": version + 1}
    assert (await desk.post("both", f"/interviews/{interview_id}/missed", missed)).is_success
    assert (await seen(desk, interview_id))["doctor"] is None
    await nobody_comes(desk, case)
    await desk.done("ana", case, "opinion", **OPINION)
    await refused_as_auditor(desk, case)


async def test_a_time_given_up_still_counts_against_the_doctor_who_could_read(desk: Desk) -> None:
    phone, case, _ = await booked(desk, "both")
    assert (await phone.post("/interview/reschedule")).status_code == 200
    await nobody_comes(desk, case)
    await desk.done("ana", case, "opinion", **OPINION)
    await refused_as_auditor(desk, case)


async def test_what_was_done_is_no_note_of_the_auditor(desk: Desk) -> None:
    _, case = await desk.analysed("Q10")
    await desk.done("ana", case, "exam-requests", description="Exame clínico")
    await desk.done("ana", case, "exam-results", result="Sem alterações.")
    await desk.done("ana", case, "opinion", **OPINION)
    await desk.done("otto", case, "audit", decision="return", notes="Falta o laudo.")
    assert (await desk.case(case))["clinical"]["audit_notes"] == ["Falta o laudo."]
    await desk.done("ana", case, "opinion", **OPINION)
    ended = await desk.done("otto", case, "audit", decision="no_preexisting", notes="De acordo.")
    assert ended["stage"] == "integrated"
