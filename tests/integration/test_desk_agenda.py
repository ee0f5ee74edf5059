"""The scheduler's agenda and the doctor's tables: booked for somebody, by telephone, CIDs found."""

from datetime import timedelta

import pytest

from tests.support.api import Served
from tests.support.clinic import Desk
from tests.support.interviewing import asked, booked, give, interview, miss, starts

_tenants = iter(range(4700, 4800))


@pytest.fixture
def desk(served: Served) -> Desk:
    """A tenant of its own: slots are offered to whoever waits in it."""
    return Desk(served, next(_tenants))


async def waiting(desk: Desk) -> dict[str, object]:
    page = (await desk.get("sara", "/interviews", status="open")).json()
    [line] = page["items"]
    return dict(line)


async def test_whoever_waits_is_told_by_when_and_whether_there_is_a_time(desk: Desk) -> None:
    phone, _ = await asked(desk)
    before = await waiting(desk)
    assert (before["offered"], before["next_free_at"]) == (False, None)
    assert before["person_id"] == phone.respondent_id
    [slot] = await give(desk, desk.now() + timedelta(days=3))
    after = await waiting(desk)
    assert (after["offered"], after["next_free_at"]) == (True, slot["starts_at"])
    assert after["choose_by"] != before["choose_by"]


async def test_the_scheduler_books_for_somebody_who_called(desk: Desk) -> None:
    phone, case = await asked(desk)
    [slot] = await give(desk, desk.now() + timedelta(days=3))
    line = await waiting(desk)
    body = {"version": line["version"], "slot_id": slot["slot_id"], "in_person": True}
    path = f"/interviews/{line['interview_id']}"
    assert (await desk.post("ana", f"{path}/booking", body)).status_code == 403
    done = await desk.post("sara", f"{path}/booking", body)
    assert done.status_code == 200, done.text
    told = done.json()
    assert (told["status"], told["doctor"], told["in_person"]) == ("scheduled", "davi", True)
    assert len(await phone.contacts("ds.interview_booked")) == 1
    shown = (await desk.get("sara", path)).json()
    assert (shown["starts_at"], shown["minutes"], shown["choose_by"]) == (
        slot["starts_at"],
        30,
        None,
    )
    assert len(await desk.audit_trail(case, "interview.booked_for")) == 1
    late = await desk.post("sara", f"{path}/booking", body)
    assert (late.status_code, late.json()["code"]) == (409, "stale-version")


async def test_a_time_that_somebody_else_took_is_refused_with_the_next_free(desk: Desk) -> None:
    await booked(desk)
    await asked(desk)
    taken = (await desk.get("sara", "/slots", free=False)).json()["items"][0]
    [free] = await give(desk, desk.now() + timedelta(days=4))
    line = await waiting(desk)
    body = {"version": line["version"], "slot_id": taken["slot_id"]}
    refused = await desk.post("sara", f"/interviews/{line['interview_id']}/booking", body)
    assert (refused.status_code, refused.json()["code"]) == (409, "slot-taken")
    assert [one["slot_id"] for one in refused.json()["next"]] == [free["slot_id"]]


async def test_a_time_is_given_back_for_a_reason_and_others_are_offered(desk: Desk) -> None:
    phone, case, one = await booked(desk)
    seen = await interview(desk, one)
    body = {"version": seen["version"], "reason": "O médico adoeceu."}
    done = await desk.post("sara", f"/interviews/{one}/rescheduling", body)
    assert (done.status_code, done.json()["status"]) == (200, "open")
    [noted] = await desk.audit_trail(case, "interview.given_up_for")
    assert noted["actor"] == "sara"
    assert "sealed_for" in noted["details"]
    assert "adoeceu" not in noted["reason"]
    assert len((await phone.get("/slots")).json()["slots"]) == 1
    again = {"version": done.json()["version"], "reason": "O médico adoeceu."}
    late = await desk.post("sara", f"/interviews/{one}/rescheduling", again)
    assert (late.status_code, late.json()["code"]) == (409, "not-scheduled")


async def test_an_interview_that_ended_takes_no_time_any_more(desk: Desk) -> None:
    _, case, one = await booked(desk)
    await desk.done("rita", case, "withdrawal", reason="Desistiu por telefone.")
    seen = await interview(desk, one)
    body = {"version": seen["version"], "reason": "O médico adoeceu."}
    late = await desk.post("sara", f"/interviews/{one}/rescheduling", body)
    assert (late.status_code, late.json()["code"]) == (409, "not-waited-for")
    assert (await desk.post("sara", "/interviews/none/rescheduling", body)).status_code == 404


async def test_a_doctor_reads_their_own_interview_and_the_attempt_of_another_is_kept(
    desk: Desk,
) -> None:
    _, case, one = await booked(desk)
    assert (await desk.get("davi", f"/interviews/{one}")).status_code == 200
    refused = await desk.get("dora", f"/interviews/{one}")
    assert (refused.status_code, refused.json()["code"]) == (403, "not-your-interview")
    assert [n["actor"] for n in await desk.audit_trail(case, "interview.refused")] == ["dora"]
    assert (await desk.get("davi", "/interviews/none")).status_code == 404


async def test_the_doctor_goes_on_by_telephone_and_it_is_kept(desk: Desk) -> None:
    _, case, one = await booked(desk)
    seen = await interview(desk, one)
    path, body = f"/interviews/{one}/phone", {"version": seen["version"]}
    early = await desk.post("davi", path, body)
    assert (early.status_code, early.json()["code"]) == (409, "too-early")
    desk.jump(starts(seen))
    assert (await desk.post("dora", path, body)).status_code == 403
    done = await desk.post("davi", path, body)
    assert done.status_code == 200, done.text
    since = done.json()["by_phone_since"]
    again = await desk.post("davi", path, {"version": done.json()["version"]})
    assert again.json()["by_phone_since"] == since
    assert len(await desk.audit_trail(case, "interview.by_phone")) == 1
    [held] = (await desk.case(case))["clinical"]["interviews"]
    assert held["by_phone_since"] == since
    missed = await miss(desk, "davi", one)
    assert missed.json()["by_phone_since"] is None


@pytest.mark.parametrize(
    ("text", "cid"),
    [("e11.9", "E119"), ("E11", "E11"), ("diabetes insulino", "E10"), ("HIPERTENSAO essen", "I10")],
)
async def test_a_disease_is_found_by_code_and_by_words_without_accents(
    desk: Desk, text: str, cid: str
) -> None:
    found = (await desk.get("davi", "/cids", text=text)).json()
    assert cid in [one["cid"] for one in found["items"]]


async def test_too_many_diseases_are_told_to_be_more_and_none_is_an_empty_list(desk: Desk) -> None:
    many = (await desk.get("davi", "/cids", text="fratura")).json()
    assert (len(many["items"]), many["more"]) == (20, True)
    none = (await desk.get("davi", "/cids", text="nenhuma assim")).json()
    assert none == {"items": [], "more": False}
    assert (await desk.get("davi", "/cids", text="e")).status_code == 422
    assert (await desk.get("sara", "/cids", text="diabetes")).status_code == 403


async def test_a_cpt_is_told_in_the_words_of_its_term_and_by_its_state(desk: Desk) -> None:
    _, case = await desk.restricted(("Q10", "E11"))
    [listed] = (await desk.get("otto", "/cpts", status="in_force")).json()["items"]
    assert (await desk.get("otto", "/cpts", status="ended")).json()["items"] == []
    one = (await desk.get("otto", f"/cpts/{listed['cpt_id']}")).json()
    assert listed["term"] is None
    assert (one["term"]["sha256"], one["term"]["channel"]) == (one["term_sha256"], "code")
    assert one["items"][0]["question"].startswith("Diabetes")
    assert "leitos de alta tecnologia (UTI, CTI, unidade coronariana)" in one["items"][0]["words"]
    assert one["high_technology_bed"]
    assert one["procedures"] > 0
    assert (await desk.case(case))["clinical"]["cpts"] == [one["cpt_id"]]
