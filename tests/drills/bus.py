"""The bus is lost: all that Kafka held is destroyed, and made again from the outboxes."""

from tests.drills import state
from tests.drills.commands import carried_out
from tests.drills.crowd import Drill


async def run(drill: Drill, each: int) -> None:
    """Nothing of what the services hold may change by it, and everybody goes on."""
    await drill.waiting(each)
    before = await state.state(drill.stack)
    drill.report.say(f"estado {state.digest(before)} (sem {state.LEFT_OUT})")
    await drill.crowd.suspend()
    await carried_out(drill.report, "deploy.local.rebuild")
    await drill.crowd.recover()
    after = await state.state(drill.stack)
    drill.report.say(f"estado {state.digest(after)}")
    drill.report.check(
        "o estado é o de antes", state.differing(before, after), f"{len(after)} tabelas"
    )
    await drill.ended()
