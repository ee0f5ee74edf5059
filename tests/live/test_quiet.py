"""Who waits for the stack to be still believes what it is told: it must see whoever is behind."""

import asyncio

from deploy.local import stack
from deploy.story.quiet import Quiet
from tests.support.live import House

BEHIND = "worklist atrasado"
OPINION = {"conclusion": "no_preexisting", "text": "Nada a restringir."}


async def test_a_look_just_begun_sees_who_has_not_heard_yet(house: House) -> None:
    run = house.world.stack.run
    life = await house.at_desk("Q10")
    await life.to_analysis()
    await house.settled()
    await asyncio.to_thread(stack.hold, "worklist.worker", run)
    try:
        await life.office.decide("analista.1", "opinion", OPINION)

        async def behind() -> bool:
            return (await house.quiet.travelling()).startswith(BEHIND)

        await house.until(behind, "fato por ouvir")
        fresh = Quiet(house.world)
        await fresh.open()
        try:
            assert (await fresh.travelling()).startswith(BEHIND)
        finally:
            await fresh.close()
    finally:
        await asyncio.to_thread(stack.release, "worklist.worker", run)
    await house.settled()
