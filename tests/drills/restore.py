"""The machine is lost: an empty stack is made again from the last copy."""

from tests.drills import state
from tests.drills.commands import carried_out
from tests.drills.crowd import Drill


async def run(drill: Drill, each: int) -> None:
    """All that was copied is back, and everybody goes on from where they waited."""
    await drill.waiting(each)
    before = await state.state(drill.stack)
    drill.report.say(f"estado {state.digest(before)} (sem {state.LEFT_OUT})")
    await carried_out(drill.report, "deploy.local.safety.backup")
    copies = sorted(one for one in (drill.stack.run / "backups").iterdir() if one.name[0] == "2")
    await drill.crowd.suspend()
    await carried_out(drill.report, "deploy.local", "reset")
    await carried_out(drill.report, "deploy.local.safety.restore", FROM=str(copies[-1]))
    await drill.crowd.recover()
    after = await state.state(drill.stack)
    drill.report.say(f"estado {state.digest(after)}")
    drill.report.check(
        "o estado é o de antes", state.differing(before, after), f"{len(after)} tabelas"
    )
    await drill.ended()
