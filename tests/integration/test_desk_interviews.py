"""Interviews on a real Postgres: slots raced for, missed, held in a room, signed by a doctor."""

import asyncio
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import httpx
import pytest
from sqlalchemy import event

from contracts.health_declaration import events
from services.health_declaration.gateways.video import HttpVideoRooms
from services.health_declaration.models import Declaration, FormSession, Interview
from services.health_declaration.usecases.links import hashed
from tests.support.api import Served
from tests.support.clinic import Desk
from tests.support.interviewing import asked, booked, give, interview, miss, result, starts
from tests.support.proponent import invited

RACERS, SLOTS = 500, 50
RULES = "parameters@1,questionnaire@1,cpt_table@1,families@1"
_tenants = iter(range(4100, 4200))


@pytest.fixture
def desk(served: Served) -> Desk:
    """A tenant of its own: slots are offered to whoever waits in it."""
    return Desk(served, next(_tenants))


async def test_three_free_times_are_offered_and_one_too_soon_is_not(desk: Desk) -> None:
    phone, _ = await asked(desk)
    now = desk.now()
    given = await give(desk, *(now + timedelta(hours=h) for h in (1, 26, 27, 28, 29)))
    offer = (await phone.get("/slots")).json()
    assert [one["slot_id"] for one in offer["slots"]] == [one["slot_id"] for one in given[1:4]]
    assert offer["purpose"] == "clarification"
    soon = await phone.post("/interview", {"slot_id": given[0]["slot_id"]})
    assert (soon.status_code, soon.json()["code"]) == (409, "slot-too-soon")


async def test_a_slot_given_twice_is_left_and_overlapping_ones_are_refused(desk: Desk) -> None:
    at = desk.now() + timedelta(days=1)
    [first] = await give(desk, at)
    [again] = await give(desk, at)
    assert again == first
    close = {"doctor": "davi", "starts_at": (at + timedelta(minutes=10)).isoformat()}
    refused = await desk.post("sara", "/slots", {"slots": [close]})
    assert (refused.status_code, refused.json()["code"]) == (422, "slots-overlap")
    past = {"doctor": "davi", "starts_at": (desk.now() - timedelta(hours=1)).isoformat()}
    refused = await desk.post("sara", "/slots", {"slots": [past]})
    assert (refused.status_code, refused.json()["code"]) == (422, "slot-in-the-past")
    page = (await desk.get("sara", "/slots", doctor="davi", free=True)).json()
    assert [one["slot_id"] for one in page["items"]] == [first["slot_id"]]
    assert (await desk.get("sara", "/slots", free=False)).json()["items"] == []
    later = {"from": (at + timedelta(days=1)).isoformat()}
    assert (await desk.get("sara", "/slots", **later)).json()["items"] == []


async def test_a_booking_is_confirmed_once_and_answers_alike_when_repeated(
    served: Served, desk: Desk
) -> None:
    phone, case, interview_id = await booked(desk)
    shown = await interview(desk, interview_id)
    assert (shown["status"], shown["doctor"]) == ("scheduled", "davi")
    [slot] = (await desk.get("sara", "/slots", free=False)).json()["items"]
    again = await phone.post("/interview", {"slot_id": slot["slot_id"]})
    assert again.json()["starts_at"] == shown["starts_at"]
    assert (await desk.case(case))["stage"] == "interview_scheduled"
    [confirmed] = await phone.contacts("ds.interview_booked")
    await phone.open(confirmed["link"])
    assert len(await served.facts(desk.tenant, events.InterviewScheduled)) == 1


async def test_whoever_comes_second_hears_the_next_free_times(desk: Desk) -> None:
    now = desk.now()
    given = await give(desk, *(now + timedelta(hours=h) for h in (26, 27)))
    first, _ = await asked(desk)
    second, _ = await asked(desk)
    wanted = {"slot_id": given[0]["slot_id"]}
    assert (await first.post("/interview", wanted)).status_code == 201
    refused = await second.post("/interview", wanted)
    assert (refused.status_code, refused.json()["code"]) == (409, "slot-taken")
    assert [one["slot_id"] for one in refused.json()["next"]] == [given[1]["slot_id"]]
    unknown = await second.post("/interview", {"slot_id": str(uuid4())})
    assert unknown.status_code == 404


async def test_rescheduling_frees_the_time_and_offers_others(desk: Desk) -> None:
    phone, case, interview_id = await booked(desk)
    [freed] = (await desk.get("sara", "/slots", free=False)).json()["items"]
    [other] = await give(desk, desk.now() + timedelta(hours=100))
    denied = await phone.post("/interview", {"slot_id": other["slot_id"]})
    assert (denied.status_code, denied.json()["code"]) == (409, "already-scheduled")
    offer = await phone.post("/interview/reschedule")
    assert [one["slot_id"] for one in offer.json()["slots"]] == [
        freed["slot_id"],
        other["slot_id"],
    ]
    assert (await desk.case(case))["stage"] == "interview_to_schedule"
    assert (await phone.post("/interview", {"slot_id": other["slot_id"]})).status_code == 201
    assert (await interview(desk, interview_id))["status"] == "scheduled"


async def test_a_reminder_goes_once_when_its_hour_comes(desk: Desk) -> None:
    phone, case, interview_id = await booked(desk)
    shown = await interview(desk, interview_id)
    reminder_at = starts(shown) - timedelta(hours=48)
    assert datetime.fromisoformat((await desk.advance(case))["due_at"]) == reminder_at
    assert await phone.contacts("ds.interview_reminder") == []
    desk.jump(reminder_at)
    await desk.advance(case)
    step = await desk.advance(case)
    [reminder] = await phone.contacts("ds.interview_reminder")
    assert reminder["link"]
    assert datetime.fromisoformat(step["due_at"]) > starts(shown) + timedelta(hours=24)


async def test_after_the_second_no_show_a_person_looks_at_it(served: Served, desk: Desk) -> None:
    phone, case, interview_id = await booked(desk)
    early = await miss(desk, "davi", interview_id)
    assert (early.status_code, early.json()["code"]) == (409, "too-early")
    desk.jump(starts(await interview(desk, interview_id)))
    assert (await miss(desk, "dora", interview_id)).status_code == 403
    first = await miss(desk, "davi", interview_id)
    assert (first.json()["status"], first.json()["missed"]) == ("open", 1)
    assert (await desk.case(case))["stage"] == "interview_to_schedule"
    [slot] = await give(desk, desk.now() + timedelta(hours=30))
    await phone.open(await phone.link("ds.interview_offer"))
    assert (await phone.post("/interview", {"slot_id": slot["slot_id"]})).status_code == 201
    desk.jump(starts(slot))
    second = await miss(desk, "sara", interview_id)
    assert (second.json()["status"], second.json()["missed"]) == ("to_person", 2)
    shown = await desk.case(case)
    assert (shown["stage"], shown["cause"]) == ("analysis", "no_shows")
    missed = await served.facts(desk.tenant, events.InterviewMissed)
    assert [fact["missed"] for fact in missed] == [1, 2]


async def test_only_the_interviewing_doctor_types_and_signs(desk: Desk) -> None:
    _, case, interview_id = await booked(desk)
    early = await result(desk, "davi", interview_id)
    assert (early.status_code, early.json()["code"]) == (409, "too-early")
    desk.jump(starts(await interview(desk, interview_id)))
    refused = await result(desk, "dora", interview_id)
    assert (refused.status_code, refused.json()["code"]) == (403, "not-your-interview")
    [attempt] = await desk.audit_trail(case, "interview.refused")
    assert attempt["actor"] == "dora"
    assert (await desk.get("dora", "/interviews")).json()["items"] == []
    assert (await desk.case(case, "dora"))["clinical"] is None
    unknown = [{"question_id": "Q10", "cid": "K64"}]
    assert (await result(desk, "davi", interview_id, cids=unknown)).status_code == 422


async def test_an_unsigned_result_advances_nothing_and_a_signed_one_resumes_the_case(
    served: Served, desk: Desk
) -> None:
    _, case, interview_id = await booked(desk)
    desk.jump(starts(await interview(desk, interview_id)))
    draft = await result(desk, "davi", interview_id, signed=False, text="Rascunho.")
    assert draft.json()["status"] == "scheduled"
    seen = await desk.case(case)
    assert seen["stage"] == "interview_scheduled"
    assert seen["clinical"]["interviews"][0]["result"] is None
    assert seen["clinical"]["interviews"][0]["reason"] == "Esclarecer o tratamento."
    cids = [{"question_id": "Q10", "cid": "E11.9"}]
    signed = await result(desk, "davi", interview_id, cids=cids, text="Diabetes tipo 2.")
    assert signed.json()["status"] == "concluded"
    seen = await desk.case(case, "davi")
    assert (seen["stage"], seen["cause"]) == ("analysis", "interview_concluded")
    [held] = seen["clinical"]["interviews"]
    assert held["result"] == "Diabetes tipo 2."
    assert held["cids"] == [{"question_id": "Q10", "cid": "E119"}]
    after = await result(desk, "davi", interview_id)
    assert (after.status_code, after.json()["code"]) == (409, "not-scheduled")
    assert len(await served.facts(desk.tenant, events.InterviewConcluded)) == 1


async def test_the_interviewer_of_a_case_may_not_audit_it(desk: Desk) -> None:
    _, case, interview_id = await booked(desk, doctor="both")
    desk.jump(starts(await interview(desk, interview_id)))
    assert (await result(desk, "both", interview_id)).status_code == 200
    await desk.done("ana", case, "opinion", conclusion="no_preexisting", text="Nada consta.")
    refused = await desk.act("both", case, "audit", decision="no_preexisting", notes="Eu mesmo.")
    assert (refused.status_code, refused.json()["code"]) == (403, "four-eyes")


async def test_guidance_before_signing_is_the_same_mechanism(served: Served, desk: Desk) -> None:
    phone = await invited(served, desk.tenant)
    await phone.open()
    assert (await phone.acknowledge("operator_doctor")).status_code == 200
    assert (await phone.get("/slots")).json()["purpose"] == "guidance"
    [slot] = await give(desk, desk.now() + timedelta(hours=30))
    chosen = (await phone.post("/interview", {"slot_id": slot["slot_id"]})).json()
    case = (await phone.form())["declaration_id"]
    assert (await desk.case(case))["stage"] == "filling"
    desk.jump(starts(slot))
    signed = await result(desk, "davi", chosen["interview_id"])
    assert signed.json()["status"] == "concluded"
    assert (await desk.case(case))["stage"] == "filling"


async def test_messages_of_one_moment_bring_the_same_link_whichever_arrives_last(
    served: Served, desk: Desk
) -> None:
    phone = await invited(served, desk.tenant)
    await phone.open()
    await phone.acknowledge("operator_doctor")
    [slot] = await give(desk, desk.now() + timedelta(hours=72))
    assert (await phone.post("/interview", {"slot_id": slot["slot_id"]})).is_success
    case = (await phone.form())["declaration_id"]
    desk.jump(desk.now() + timedelta(hours=26))
    await desk.advance(case)
    [first] = await phone.contacts("ds.reminder")
    [second] = await phone.contacts("ds.interview_reminder")
    assert first["link"] == second["link"]
    await phone.open(first["link"])


async def test_guidance_that_never_took_place_keeps_nobody_from_signing(
    served: Served, desk: Desk
) -> None:
    phone = await invited(served, desk.tenant)
    await phone.open()
    await phone.acknowledge("operator_doctor")
    await phone.answer_all()
    for _ in range(2):
        waits = await phone.sign()
        assert (waits.status_code, waits.json()["code"]) == (409, "guidance-pending")
        [slot] = await give(desk, desk.now() + timedelta(hours=30))
        chosen = (await phone.post("/interview", {"slot_id": slot["slot_id"]})).json()
        desk.jump(starts(slot))
        missed = await miss(desk, "davi", chosen["interview_id"])
        again = missed.json()["status"] == "open"
        await phone.open(await phone.link("ds.interview_offer" if again else "ds.interview_booked"))
    assert missed.json()["status"] == "to_person"
    assert "conversa com o médico" not in (await phone.form())["next_step"]
    assert (await phone.sign()).status_code == 201


async def test_the_room_opens_at_the_hour_for_both_and_is_made_once(
    served: Served, desk: Desk
) -> None:
    phone, _, interview_id = await booked(desk)
    calls: list[httpx.Request] = []

    def provider(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        urls = {"join_url": "https://video.test/guest", "host_url": "https://video.test/host"}
        return httpx.Response(201, json={"room_id": "r1"} | urls)

    client = httpx.AsyncClient(transport=httpx.MockTransport(provider))
    served.app.state.video = HttpVideoRooms(client, "https://video.test")
    before = (await phone.post("/interview/room")).json()
    assert (before["join_url"], calls) == (None, [])
    opens_at = starts(await interview(desk, interview_id))
    desk.jump(opens_at)
    await phone.open(await phone.link("ds.interview_booked"))
    assert (await phone.get("/interview/room")).json()["join_url"] is None
    assert calls == []
    room = (await phone.post("/interview/room")).json()
    assert room["join_url"] == "https://video.test/guest"
    assert "presencial" in room["fallback"]
    host = (await desk.post("davi", f"/interviews/{interview_id}/room", None)).json()
    assert host["join_url"] == "https://video.test/host"
    again = (await phone.get("/interview/room")).json()
    assert again["join_url"] == room["join_url"]
    [call] = calls
    assert call.headers["Idempotency-Key"] == interview_id
    assert datetime.fromisoformat(json.loads(call.content)["opens_at"]) == opens_at
    assert again["recording_consent"] is None
    agreed = await phone.post("/interview/recording-consent", {"agrees": False})
    assert agreed.json()["recording_consent"] is False


async def test_the_address_of_the_host_is_for_the_interviewing_doctor_alone(
    served: Served, desk: Desk
) -> None:
    phone, case, interview_id = await booked(desk)
    urls = {"join_url": "https://video.test/guest", "host_url": "https://video.test/host"}
    answer = httpx.Response(201, json={"room_id": "r1"} | urls)
    client = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: answer))
    served.app.state.video = HttpVideoRooms(client, "https://video.test")
    desk.jump(starts(await interview(desk, interview_id)))
    await phone.open(await phone.link("ds.interview_booked"))
    path = f"/interviews/{interview_id}/room"
    assert (await desk.post("davi", path, None)).json()["join_url"] == "https://video.test/host"
    for who, code in (
        ("sara", "forbidden"),
        ("dora", "not-your-interview"),
        ("ana", "forbidden"),
    ):
        for refused in (await desk.get(who, path), await desk.post(who, path, None)):
            assert (refused.status_code, refused.json()["code"]) == (403, code)
            assert "video.test" not in refused.text
    attempts = await desk.audit_trail(case, "interview.refused")
    assert [one["actor"] for one in attempts] == ["dora", "dora"]
    assert [one["actor"] for one in await desk.audit_trail(case, "interview.host_read")] == ["davi"]
    assert (await desk.get("davi", "/interviews/none/room")).status_code == 404


async def test_who_gives_times_in_their_own_name_hosts_no_interview(desk: Desk) -> None:
    """A scheduler may write any doctor into a slot, themselves included."""
    _, _, interview_id = await booked(desk, doctor="sara")
    desk.jump(starts(await interview(desk, interview_id)))
    path = f"/interviews/{interview_id}/room"
    for refused in (await desk.get("sara", path), await desk.post("sara", path, None)):
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


async def test_reading_times_and_room_changes_nothing_and_waits_for_nobody(
    served: Served, desk: Desk
) -> None:
    phone, case, interview_id = await booked(desk)
    desk.jump(starts(await interview(desk, interview_id)))
    await phone.open(await phone.link("ds.interview_booked"))
    holding = await asyncpg.connect(served.dsn)
    try:
        async with asyncio.timeout(120), holding.transaction():
            for table in ("declaration", "interview"):
                lock = f"select 1 from {table} where declaration_id = $1 for update"  # noqa: S608
                await holding.execute(lock, case)
            assert (await phone.get("/interview/room")).json()["join_url"] is None
            assert (await phone.get("/slots")).status_code == 200
    finally:
        await holding.close()
    [row] = await served.rows(
        "select room_url from interview where interview_id = $1", interview_id
    )
    assert row["room_url"] is None


async def test_a_provider_that_is_down_leaves_the_meeting_in_person(
    served: Served, desk: Desk
) -> None:
    phone, _, interview_id = await booked(desk)
    down = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(503)))
    served.app.state.video = HttpVideoRooms(down, "https://video.test")
    desk.jump(starts(await interview(desk, interview_id)))
    await phone.open(await phone.link("ds.interview_booked"))
    room = await phone.post("/interview/room")
    assert (room.status_code, room.json()["join_url"]) == (200, None)


async def test_a_page_of_interviews_asks_as_often_for_many_as_for_one(desk: Desk) -> None:
    async def asked_for(number: int) -> int:
        seen: list[str] = []

        def note(_c: object, _cursor: object, statement: str, *_more: object) -> None:
            seen.append(statement)

        engine = desk.served.app.state.resources.engine.sync_engine
        event.listen(engine, "before_cursor_execute", note)
        page = (await desk.get("sara", "/interviews", status="open")).json()
        event.remove(engine, "before_cursor_execute", note)
        assert len(page["items"]) == number
        assert all(one["choose_by"] for one in page["items"])
        return len(seen)

    await asked(desk)
    await asked_for(1)
    alone = await asked_for(1)
    for _ in range(3):
        await asked(desk)
    assert await asked_for(4) == alone


async def racer(served: Served, desk: Desk, number: int) -> str:
    """A session of somebody who was offered an interview, written straight into the tables."""
    secret = f"{desk.tenant}.{'x' * 40}{number:04d}"
    now = datetime.now(UTC)
    person, case = str(uuid4()), str(uuid4())
    rows = (
        Declaration(
            tenant_id=desk.tenant,
            declaration_id=case,
            person_id=person,
            respondent_id=person,
            enrolment_id=str(uuid4()),
            enrolment_ref=str(number),
            contract_kind="individual",
            joining_on=now.date(),
            requested_at=now,
            rules_version=RULES,
            stage="interview_to_schedule",
            stage_since=now,
            coarse_since=now,
        ),
        Interview(
            tenant_id=desk.tenant,
            interview_id=str(uuid4()),
            declaration_id=case,
            purpose="clarification",
            requested_at=now,
        ),
        FormSession(
            tenant_id=desk.tenant,
            session_hash=hashed(secret),
            declaration_id=case,
            respondent_id=person,
            opened_at=now,
            expires_at=now + timedelta(hours=1),
        ),
    )
    async with served.app.state.begin(desk.tenant) as tx:
        tx.session.add_all(rows)
    return secret


async def test_five_hundred_race_for_fifty_slots_and_nobody_is_booked_twice(
    served: Served, desk: Desk
) -> None:
    given = await give(desk, *(desk.now() + timedelta(hours=24 + h) for h in range(SLOTS)))
    sessions = [await racer(served, desk, number) for number in range(RACERS)]

    async def choose(number: int, session: str) -> httpx.Response:
        body = {"slot_id": given[number % SLOTS]["slot_id"]}
        headers = {"Vinculo-Session": session}
        for _ in range(5):
            answer = await served.http.post("/public/interview", json=body, headers=headers)
            # On a busy machine the pool turns some away, politely: they ask again.
            if answer.status_code != 503:
                break
        return answer

    answers = await asyncio.gather(*(choose(n, session) for n, session in enumerate(sessions)))
    assert Counter(answer.status_code for answer in answers) == {201: SLOTS, 409: RACERS - SLOTS}
    winners = {answer.json()["interview_id"] for answer in answers if answer.status_code == 201}
    taken = await served.rows(
        "select interview_id from slot where tenant_id = $1 and interview_id is not null",
        desk.tenant,
    )
    assert {row["interview_id"] for row in taken} == winners
    assert len(winners) == SLOTS
    refused = [answer.json() for answer in answers if answer.status_code == 409]
    assert {problem["code"] for problem in refused} == {"slot-taken"}
    assert len(await served.facts(desk.tenant, events.InterviewScheduled)) == SLOTS
