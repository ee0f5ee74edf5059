"""Before anybody joins: rules that two people publish, the ERP's key, doctors' times."""

from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any

from deploy.story.world import DOCTORS, World

PRICE_CENTS = 4_500
WINDOWS = (3, 5)
"""Days on which doctors hold interviews: those of the reminders, so that one jump serves both."""


async def prepare(world: World) -> None:
    """All that the operator sets up."""
    await _publish(world)
    await _exchange_keys(world)
    await _give_times(world)


async def _publish(world: World) -> None:
    """Agravo is enabled for one question: one owner writes it, another publishes it."""
    author, second = world.staff("regras.1"), world.staff("regras.2")
    now = await author.get("/rule-sets/parameters/versions/1")
    draft = {"content": _with_agravo(now["content"]), "cases": []}
    saved = await author.put("/rule-sets/parameters/draft", draft)
    verdict = await author.post("/rule-sets/parameters/draft/check")
    if not verdict["publishable"]:
        raise AssertionError(f"regra não publicável: {verdict['errors']}")
    read = await second.get(f"/rule-sets/parameters/versions/{saved['version']}")
    body = {"content_hash": read["content_hash"]}
    published = await second.post("/rule-sets/parameters/draft/publication", body)
    world.notes["parameters"] = published["version"]


def _with_agravo(content: dict[str, Any]) -> dict[str, Any]:
    changed = deepcopy(content)
    rule = next(one for one in changed["rules"] if one["id"] == "DS-003")
    rule["params"]["agravo.habilitado"] = True
    rule["params"]["agravo.centavos_por_mes"] = {"Q16": PRICE_CENTS}
    return changed


async def _exchange_keys(world: World) -> None:
    jwk = (await world.staff("motorista", "sandbox").get("/erp/key"))["jwk"]
    await world.staff("integracao").put("/partners/notus", {"jwk": jwk})


async def _give_times(world: World) -> None:
    slots = [
        {"doctor": doctor, "starts_at": starts_at.isoformat(), "minutes": 30}
        for starts_at in interview_times(world.began)
        for doctor in DOCTORS
    ]
    await world.staff("agenda").post("/slots", {"slots": slots})


def interview_times(began: datetime) -> list[datetime]:
    """Two times in each window, both just around whole days after the beginning."""
    first = began.replace(second=0, microsecond=0) - timedelta(minutes=20)
    return [first + timedelta(days=day, minutes=30 * half) for day in WINDOWS for half in range(2)]
