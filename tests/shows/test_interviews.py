"""Interviews: reminders, absences, the video room, the doctor's result."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from deploy.story.http import Client
from deploy.story.life import HD, REFERRED, Life
from tests.support.live import House, refused, rows, whole_hour

MISSED = f"{HD}.interview.missed.v1"
CONCLUDED = f"{HD}.interview.concluded.v1"
A_MINUTE = timedelta(minutes=1)


async def books(life: Life, slot_id: str) -> dict[str, Any]:
    booked: dict[str, Any] = await life.phone.api.post("/public/interview", {"slot_id": slot_id})
    return booked


@pytest.mark.shows("M130")
async def test_the_reminder_goes_once_48_hours_before(house: House) -> None:
    life = await house.enrols(house.person())
    await house.assisted(life)
    await life.phone.acknowledge("operator_doctor")
    starts_at = whole_hour(await house.now(), 100)
    [slot] = await house.gives_times(starts_at, doctor="medico.2")
    await books(life, slot)
    before = starts_at - timedelta(hours=48)
    await house.days_pass(before - 5 * A_MINUTE)
    await house.all_due_done()
    await house.settled()
    assert await reminders(house, life) == 0
    await house.days_pass(before + A_MINUTE)
    await life.phone.next("ds_interview_reminder")
    await house.days_pass(starts_at - timedelta(hours=1))
    await house.all_due_done()
    await house.settled()
    assert await reminders(house, life) == 1


async def reminders(house: House, life: Life) -> int:
    # No role without clinical purpose is told what a message was for.
    query = "select 1 from contact where person_id = $1 and template = 'ds.interview_reminder'"
    return len(await rows(house.admin("contact"), query, life.person_id))


@pytest.mark.shows("M130")
async def test_a_time_is_changed_an_absence_offers_others_and_the_second_calls_a_person(
    house: House,
) -> None:
    life = await house.at_desk("Q03")
    now = await house.now()
    starts = [whole_hour(now, hours) for hours in (50, 51, 74)]
    first, second, third = await house.gives_times(*starts, doctor="medico.3")
    await stands(house, life, "interview_to_schedule")
    await life.phone.next("ds_interview_offer")
    interview = (await books(life, first))["interview_id"]
    assert (await refused(books(life, second))).code == "already-scheduled"
    again = await life.phone.api.post("/public/interview/reschedule")
    assert first in {one["slot_id"] for one in again["slots"]}
    assert (await books(life, second))["interview_id"] == interview
    page = await house.staff("agenda").get("/slots?doctor=medico.3&free=true")
    assert [one["slot_id"] for one in page["items"]] == [first, third]

    await house.days_pass(starts[1] + A_MINUTE)
    await life.office.missed(interview)
    await life.soon(life.declaration_id, MISSED, missed=1)
    await stands(house, life, "interview_to_schedule")
    await life.phone.open("ds_interview_offer")
    await books(life, third)
    await house.days_pass(starts[2] + A_MINUTE)
    await life.office.missed(interview)
    await life.soon(life.declaration_id, REFERRED, cause="no_shows")
    case = await life.office.case()
    assert (case["stage"], case["cause"]) == ("analysis", "no_shows")


async def stands(house: House, life: Life, stage: str) -> None:
    async def there() -> bool:
        return bool((await life.office.case())["stage"] == stage)

    await house.until(there, stage)


async def visit(house: House, url: str, action: str) -> dict[str, Any]:
    """Somebody's browser at the provider of video rooms."""
    browser = Client(house.world.wire, "")
    seen: dict[str, Any] = await browser.post(url.replace("/page?", f"/{action}?"))
    return seen


async def booked_with(house: House, doctor: str, question: str = "Q03") -> tuple[Life, str]:
    """Declared something that asks for an interview, and chose the time three hours from now."""
    life = await house.at_desk(question)
    await stands(house, life, "interview_to_schedule")
    [slot] = await house.gives_times(whole_hour(await house.now(), 3), doctor=doctor)
    return life, (await books(life, slot))["interview_id"]


async def comes_to_the_hour(house: House, interview: str, life: Life) -> None:
    starts_at = datetime.fromisoformat((await life.office.interview(interview))["starts_at"])
    await house.days_pass(starts_at + A_MINUTE)


def room(interview: str) -> str:
    return f"/interviews/{interview}/room"


@pytest.mark.shows("M131")
async def test_the_room_opens_at_the_hour_for_both_and_lets_them_back_in(house: House) -> None:
    life, interview = await booked_with(house, "medico.4")
    doctor = house.staff("medico.4")
    for caller, path in ((life.phone.api, "/public/interview/room"), (doctor, room(interview))):
        early = await caller.post(path)
        assert early["join_url"] is None
        assert datetime.fromisoformat(early["opens_at"]) > await house.now()
    await comes_to_the_hour(house, interview, life)
    await life.phone.open("ds_interview_offer")
    assert (await life.phone.api.get("/public/interview/room"))["join_url"] is None
    guest = (await life.phone.api.post("/public/interview/room"))["join_url"]
    host = (await doctor.post(room(interview)))["join_url"]
    assert (await doctor.get(room(interview)))["join_url"] == host
    assert guest != host
    for url, action in ((guest, "join"), (host, "join"), (guest, "leave"), (guest, "join")):
        seen = await visit(house, url, action)
    came = [(one["who"], one["action"]) for one in seen["visits"]]
    assert came == [("guest", "join"), ("host", "join"), ("guest", "leave"), ("guest", "join")]
    for other, code in (("medico.5", "not-your-interview"), ("agenda", "forbidden")):
        for asked in (house.staff(other).get, house.staff(other).post):
            assert (await refused(asked(room(interview)))).code == code


@pytest.mark.shows("M131")
async def test_recording_is_asked_and_either_answer_lets_them_meet(house: House) -> None:
    life, interview = await booked_with(house, "medico.5")
    await comes_to_the_hour(house, interview, life)
    await life.phone.open("ds_interview_offer")
    asked = await life.phone.api.post("/public/interview/room")
    assert asked["recording_consent"] is None
    assert "presencial, sem custo" in asked["fallback"]
    for agrees in (True, False):
        told = await life.phone.api.post("/public/interview/recording-consent", {"agrees": agrees})
        assert (told["recording_consent"], told["join_url"]) == (agrees, asked["join_url"])
        host = await house.staff("medico.5").get(room(interview))
        assert host["recording_consent"] is agrees
    trail = [one["action"] for one in await house.trail(life.declaration_id)]
    assert trail.count("interview.recording_consent") == 2


@pytest.mark.shows("M131")
async def test_who_cannot_use_the_video_meets_the_doctor_in_person(house: House) -> None:
    life, interview = await booked_with(house, "medico.12")
    told = await life.phone.api.get("/public/interview/room")
    assert "presencial, sem custo" in told["fallback"]
    meeting = whole_hour(await house.now(), 26)
    [in_person] = await house.gives_times(meeting, doctor="medico.12")
    await life.phone.api.post("/public/interview/reschedule")
    booked = await books(life, in_person)
    assert datetime.fromisoformat(booked["starts_at"]) == meeting
    await house.days_pass(meeting + A_MINUTE)
    result = await typed(life, interview) | {"signed": True}
    await house.staff("medico.12").post(f"/interviews/{interview}/result", result)
    await life.soon(life.declaration_id, CONCLUDED, interview_id=interview)
    assert (await life.office.case())["stage"] == "analysis"


@pytest.mark.shows("M132")
async def test_a_doctor_sees_only_their_own_interviews(house: House) -> None:
    life, own = await booked_with(house, "medico.6")
    other, _ = await booked_with(house, "medico.7", "Q05")
    six = house.staff("medico.6")
    listed = await six.get("/interviews?limit=200")
    assert [one["interview_id"] for one in listed["items"]] == [own]
    seen = await six.get(f"/declarations/{life.declaration_id}")
    assert [one["question_id"] for one in seen["clinical"]["declared"]] == ["Q03"]
    assert (await six.get(f"/declarations/{other.declaration_id}"))["clinical"] is None
    acts = [(one["action"], one["actor"]) for one in await house.trail(other.declaration_id)]
    assert ("clinical.denied", "medico.6") in acts


@pytest.mark.shows("M132")
async def test_only_the_interviewing_doctor_types_the_result_and_only_from_the_hour_on(
    house: House,
) -> None:
    life, own = await booked_with(house, "medico.8")
    result = await typed(life, own)
    early = await refused(house.staff("medico.8").post(f"/interviews/{own}/result", result))
    assert (early.status, early.code) == (409, "too-early")
    await comes_to_the_hour(house, own, life)
    foreign = await refused(house.staff("medico.9").post(f"/interviews/{own}/result", result))
    assert (foreign.status, foreign.code) == (403, "not-your-interview")
    assert "Só o médico que entrevista" in foreign.body["detail"]
    analyst = house.staff("analista.1")
    assert (await refused(analyst.post(f"/interviews/{own}/result", result))).status == 403
    unknown = result | {"cids": [{"question_id": "Q03", "cid": "I99.9"}]}
    doctor = house.staff("medico.8")
    assert (await refused(doctor.post(f"/interviews/{own}/result", unknown))).status == 422


async def typed(life: Life, interview: str) -> dict[str, Any]:
    return {
        "version": (await life.office.interview(interview))["version"],
        "text": "Infarto em 2019, acompanhado.",
        "cids": [{"question_id": "Q03", "cid": "I25.2"}],
        "signed": False,
    }


@pytest.mark.shows("M132")
async def test_an_unsigned_result_moves_nothing_and_a_signed_one_resumes_the_case(
    house: House,
) -> None:
    life, own = await booked_with(house, "medico.10")
    await comes_to_the_hour(house, own, life)
    doctor, result = house.staff("medico.10"), await typed(life, own)
    drafted = await doctor.post(f"/interviews/{own}/result", result)
    assert drafted["status"] == "scheduled"
    assert (await life.office.case())["stage"] == "interview_scheduled"
    assert house.world.bus.about(life.declaration_id, CONCLUDED) == []
    body = {"conclusion": "no_preexisting", "text": "Nada."}
    early = await refused(life.office.decide(life.office.analyst, "opinion", body))
    assert early.status == 409

    signed = result | {"version": drafted["version"], "signed": True}
    await doctor.post(f"/interviews/{own}/result", signed)
    await life.soon(life.declaration_id, CONCLUDED, interview_id=own)
    case = await life.office.case()
    [kept] = case["clinical"]["interviews"]
    assert case["stage"] == "analysis"
    assert (kept["result"], kept["doctor"]) == (result["text"], "medico.10")
    assert kept["cids"] == [{"question_id": "Q03", "cid": "I252"}]
    assert (await refused(doctor.post(f"/interviews/{own}/result", signed))).status == 409
