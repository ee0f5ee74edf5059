"""Interviews as the operator's people and proponents go through them at one desk."""

from datetime import datetime, timedelta
from typing import Any

import httpx

from contracts.health_declaration import events
from tests.support.clinic import Desk
from tests.support.proponent import Phone


async def give(desk: Desk, *starts: datetime, doctor: str = "davi") -> list[dict[str, Any]]:
    slots = [{"doctor": doctor, "starts_at": at.isoformat(), "minutes": 30} for at in starts]
    answer = await desk.post("sara", "/slots", {"slots": slots})
    assert answer.status_code == 201, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def asked(desk: Desk) -> tuple[Phone, str]:
    """A case in which the analyst asked for an interview, the phone in its session."""
    phone, case = await desk.analysed("Q10")
    await desk.done("ana", case, "interview-requests", reason="Esclarecer o tratamento.")
    await phone.open(await phone.link("ds.interview_offer"))
    return phone, case


async def booked(desk: Desk, hours: int = 72, doctor: str = "davi") -> tuple[Phone, str, str]:
    phone, case = await asked(desk)
    [slot] = await give(desk, desk.now() + timedelta(hours=hours), doctor=doctor)
    answer = await phone.post("/interview", {"slot_id": slot["slot_id"]})
    assert answer.status_code == 201, answer.text
    return phone, case, answer.json()["interview_id"]


async def interview(desk: Desk, interview_id: str) -> dict[str, Any]:
    page = (await desk.get("sara", "/interviews")).json()
    return next(one for one in page["items"] if one["interview_id"] == interview_id)


async def result(desk: Desk, who: str, interview_id: str, **body: Any) -> httpx.Response:
    seen = (await interview(desk, interview_id))["version"]
    typed = {"version": seen, "text": "Conversamos por vídeo.", "signed": True} | body
    return await desk.post(who, f"/interviews/{interview_id}/result", typed)


async def miss(desk: Desk, who: str, interview_id: str) -> httpx.Response:
    seen = (await interview(desk, interview_id))["version"]
    return await desk.post(who, f"/interviews/{interview_id}/missed", {"version": seen})


def starts(shown: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(shown["starts_at"])


async def missed(desk: Desk) -> list[tuple[str, int]]:
    facts = await desk.served.facts(desk.tenant, events.DeadlineMissed)
    return [(one["stage"], one["level"]) for one in facts]


async def due(desk: Desk, case: str) -> datetime:
    return datetime.fromisoformat((await desk.advance(case))["due_at"])
