"""Five hundred people and fifty times: the first choice wins, the others hear what is left."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta

import httpx
import pytest

from deploy.story.life import HD, Life
from tests.support.live import House, whole_hour

SCHEDULED = f"{HD}.interview.scheduled.v1"
PEOPLE, SLOTS = 500, 50


async def wants_guidance(house: House) -> Life:
    """At the desk, asks to be guided by the operator's doctor before signing."""
    life = await house.enrols(house.person())
    await house.assisted(life)
    await life.phone.acknowledge("operator_doctor")
    return life


async def chooses(http: httpx.AsyncClient, life: Life, slot_id: str) -> httpx.Response:
    """One tap on a time; whatever comes back is the answer."""
    headers = life.phone.api.headers | {"Idempotency-Key": life.declaration_id}
    return await http.post("/public/interview", json={"slot_id": slot_id}, headers=headers)


@pytest.mark.shows("M130")
async def test_five_hundred_choices_for_fifty_times_win_fifty_and_refuse_the_rest_politely(
    house: House,
) -> None:
    first = whole_hour(await house.now(), 24)
    starts = [first + timedelta(minutes=30 * n) for n in range(SLOTS)]
    slots = await house.gives_times(*starts)
    people = await house.together(wants_guidance(house) for _ in range(PEOPLE))
    base = house.world.stack.url(HD)
    limits = httpx.Limits(max_connections=PEOPLE)
    async with httpx.AsyncClient(base_url=base, limits=limits, timeout=120) as http:
        answers = await asyncio.gather(
            *(chooses(http, life, slots[at % SLOTS]) for at, life in enumerate(people))
        )
    assert Counter(one.status_code for one in answers) == {201: SLOTS, 409: PEOPLE - SLOTS}
    won = [one.json() for one in answers if one.status_code == 201]
    assert {datetime.fromisoformat(one["starts_at"]) for one in won} == set(starts)
    for one in (answer.json() for answer in answers if answer.status_code == 409):
        assert (one["code"], one["title"]) == ("slot-taken", "Este horário já foi escolhido")
        assert len(one["next"]) <= 3
        assert {slot["slot_id"] for slot in one["next"]} <= set(slots)
    page = await house.staff("agenda").get("/slots?doctor=medico.1&limit=200")
    assert {one["slot_id"]: one["taken"] for one in page["items"]} == dict.fromkeys(slots, True)
    told = await house.together(
        life.soon(life.declaration_id, SCHEDULED)
        for life, answer in zip(people, answers, strict=True)
        if answer.status_code == 201
    )
    ids = {fact.body["interview_id"] for fact in told}
    assert ids == {one["interview_id"] for one in won}
    booked = {f.body["interview_id"] for f in house.world.bus.facts.values() if f.type == SCHEDULED}
    assert booked == ids
