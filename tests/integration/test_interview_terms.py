"""Who is late around an interview: the operator without a time or a result, or the person."""

from datetime import timedelta

import httpx
import pytest

from contracts.health_declaration import events
from services.health_declaration.gateways.video import HttpVideoRooms
from tests.support.api import Served
from tests.support.clinic import Desk
from tests.support.interviewing import (
    asked,
    booked,
    due,
    give,
    interview,
    missed,
    result,
    starts,
)
from tests.support.proponent import invited

_tenants = iter(range(4200, 4300))


@pytest.fixture
def desk(served: Served) -> Desk:
    """A tenant of its own: slots are offered to whoever waits in it."""
    return Desk(served, next(_tenants))


async def test_a_result_that_does_not_come_is_told_until_it_comes(desk: Desk) -> None:
    _, case, interview_id = await booked(desk)
    desk.jump(starts(await interview(desk, interview_id)))
    for level in (1, 2, 3):
        desk.jump(await due(desk, case))
        await desk.advance(case)
        await desk.advance(case)
        assert await missed(desk) == [("interview_scheduled", n + 1) for n in range(level)]
    assert (await desk.case(case))["stage"] == "interview_scheduled"


async def test_without_a_time_to_offer_the_operator_is_late_and_not_the_person(
    desk: Desk,
) -> None:
    phone, case = await asked(desk)
    asked_at = desk.now()
    first = await due(desk, case)
    assert first > asked_at + timedelta(days=5)
    desk.jump(first)
    await desk.advance(case)
    await desk.advance(case)
    assert await missed(desk) == [("interview_to_schedule", 1)]
    assert (await desk.case(case))["stage"] == "interview_to_schedule"
    offers = len(await phone.contacts("ds.interview_offer"))
    await give(desk, desk.now() + timedelta(days=20))
    assert len(await phone.contacts("ds.interview_offer")) == offers + 1
    requested = await desk.served.facts(desk.tenant, events.InterviewRequested)
    assert [one["actor"] for one in requested] == ["ana", "sara"]
    given_at = desk.now()
    while (await desk.case(case))["stage"] == "interview_to_schedule":
        desk.jump(await due(desk, case))
        await desk.advance(case)
    assert desk.now() > given_at + timedelta(days=5)
    assert await missed(desk) == [("interview_to_schedule", 1)]
    assert (await desk.case(case))["cause"] == "interview_to_schedule_late"


async def test_times_that_all_went_to_others_make_nobody_late(desk: Desk) -> None:
    await give(desk, desk.now() + timedelta(days=30))
    _, slow = await asked(desk)
    quick, _ = await asked(desk)
    [slot] = (await quick.get("/slots")).json()["slots"]
    assert (await quick.post("/interview", {"slot_id": slot["slot_id"]})).status_code == 201
    desk.jump(desk.now() + timedelta(days=6))
    await desk.advance(slow)
    assert (await desk.case(slow))["stage"] == "interview_to_schedule"
    assert await missed(desk) == [("interview_to_schedule", 1)]


async def test_who_waits_to_be_guided_loses_no_day_and_hears_when_there_is_a_time(
    desk: Desk,
) -> None:
    phone = await invited(desk.served, desk.tenant)
    await phone.open()
    await phone.acknowledge("operator_doctor")
    case = (await phone.form())["declaration_id"]
    desk.jump(desk.now() + timedelta(days=33))
    assert (await desk.advance(case))["stage"] == "filling"
    assert {stage for stage, _ in await missed(desk)} == {"interview_to_schedule"}
    [slot] = await give(desk, desk.now() + timedelta(hours=30))
    assert len(await phone.contacts("ds.interview_offer")) == 2
    await phone.open(await phone.link("ds.interview_offer"))
    chosen = (await phone.post("/interview", {"slot_id": slot["slot_id"]})).json()
    desk.jump(starts(slot))
    assert (await result(desk, "davi", chosen["interview_id"])).status_code == 200
    desk.jump(desk.now() + timedelta(days=25))
    assert (await desk.advance(case))["stage"] == "filling"
    desk.jump(desk.now() + timedelta(days=8))
    assert (await desk.advance(case))["stage"] == "expired"


async def test_a_sale_that_takes_too_long_is_told_once(desk: Desk) -> None:
    _, case = await asked(desk)
    desk.jump(desk.now() + timedelta(days=60))
    await desk.advance(case)
    await desk.advance(case)
    assert [stage for stage, _ in await missed(desk)].count("sale") == 1


async def test_a_meeting_in_person_is_written_down_and_needs_no_room(desk: Desk) -> None:
    phone, case = await asked(desk)
    [slot] = await give(desk, desk.now() + timedelta(hours=72))
    wanted = {"slot_id": slot["slot_id"], "in_person": True}
    chosen = (await phone.post("/interview", wanted)).json()
    assert chosen["in_person"] is True
    interview_id = chosen["interview_id"]
    desk.jump(starts(slot))
    calls: list[httpx.Request] = []

    def provider(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        return httpx.Response(503)

    client = httpx.AsyncClient(transport=httpx.MockTransport(provider))
    desk.served.app.state.video = HttpVideoRooms(client, "https://video.test")
    assert (await desk.get("davi", f"/interviews/{interview_id}/room")).json()["join_url"] is None
    assert calls == []
    assert (await interview(desk, interview_id))["in_person"] is True
    assert (await result(desk, "davi", interview_id)).json()["in_person"] is True
    [held] = (await desk.case(case))["clinical"]["interviews"]
    assert held["in_person"] is True


async def test_video_that_failed_is_told_with_the_result(desk: Desk) -> None:
    _, case, interview_id = await booked(desk)
    assert (await interview(desk, interview_id))["in_person"] is False
    desk.jump(starts(await interview(desk, interview_id)))
    assert (await result(desk, "davi", interview_id, in_person=True)).json()["in_person"] is True
    [held] = (await desk.case(case))["clinical"]["interviews"]
    assert held["in_person"] is True
