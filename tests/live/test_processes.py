"""Cases and their processes: none without the other, and decisions outlast Temporal's absence."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from temporalio.client import Client

from deploy.local import stack
from deploy.story.attended import unattended
from deploy.story.life import HD, INTEGRATED, Life
from tests.support.live import House

OPINION = {"conclusion": "no_preexisting", "text": "Nada a restringir."}
GIVEN = f"{HD}.opinion.given.v1"


@asynccontextmanager
async def temporal_away(house: House) -> AsyncIterator[None]:
    """It is stopped for the block, and serves again after it, whatever happens within."""
    run = house.world.stack.run
    await asyncio.to_thread(stack.hold, "temporal", run)
    try:
        yield
    finally:
        await asyncio.to_thread(stack.release, "temporal", run)


async def process(house: House, life: Life) -> dict[str, Any]:
    """What the desk tells of a case's process."""
    path = f"/processes/declarations/{life.declaration_id}"
    found: dict[str, Any] = await house.staff("operador", "desk").get(path)
    return found


async def reviewed(house: House, life: Life) -> bool:
    """Whether the process knows that the case was sent to a person."""
    state = (await process(house, life))["state"]
    return bool(state["stage"] == "in_review")


async def test_a_decision_taken_while_temporal_is_away_is_kept_and_its_process_goes_on_later(
    house: House,
) -> None:
    life = await house.at_desk("Q16")
    await life.to_analysis()

    async def moved_on() -> bool:
        return (await process(house, life))["state"]["since"] > before["since"]

    async def ended() -> bool:
        return (await process(house, life))["status"] == "completed"

    await house.until(lambda: reviewed(house, life), "processo em análise")
    before = (await process(house, life))["state"]
    async with temporal_away(house):
        await life.office.decide(life.office.analyst, "opinion", OPINION)
        await life.soon(life.declaration_id, GIVEN)
        kept = await life.office.case()
        assert (kept["stage"], kept["analyst"]) == ("audit", life.office.analyst)
    await house.until(moved_on, "processo em auditoria")
    state = (await process(house, life))["state"]
    assert (state["stage"], state["due_at"]) == ("in_review", None)
    await life.office.audit("no_preexisting")
    await life.soon(life.declaration_id, INTEGRATED)
    await house.until(ended, "processo por terminar")


async def test_an_open_case_whose_process_is_gone_is_named(house: House) -> None:
    life = await house.enrols(house.person())
    name = f"{HD}/{house.tenant}/{life.declaration_id}"

    async def attended() -> bool:
        return name not in await unattended(house.world)

    async def missed() -> bool:
        return name in await unattended(house.world)

    await house.until(attended, "processo por começar")
    # A fact still on its way would begin it anew.
    await life.phone.next("ds_link")
    await house.settled()
    told = house.world.stack.told["temporal"]
    temporal = await Client.connect(told["address"], namespace=told["namespace"])
    await temporal.get_workflow_handle(name).terminate("taken away by a test")
    await house.until(missed, "caso sem processo")
