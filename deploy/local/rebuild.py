"""`python -m deploy.local.rebuild`: the broker loses everything, the outboxes publish it again.

What partners wrote is in no outbox: while some of it is unread this is refused, unless FORCE=1.
"""

import asyncio
import os
import shutil
import sys

from deploy.local import kafka
from deploy.local.environment import clocks, rebuilds, topics
from deploy.local.paths import run_folder
from deploy.local.running import Refused, carry_out, command, world_of
from deploy.local.stack import Tell, hold, release_all
from deploy.local.unread import unread
from deploy.local.world import World


class Unread(Refused):
    """Partners' messages would be lost."""

    def __init__(self, left: dict[str, int]) -> None:
        told = ", ".join(f"{count} em {name}" for name, count in sorted(left.items()))
        super().__init__(
            f"Há mensagens de parceiros ainda não lidas ({told}). Elas só existem no broker e "
            "seriam perdidas: espere que sejam lidas, ou apague-as de propósito com FORCE=1."
        )


def refuse_loss(world: World) -> None:
    """Raises Unread while a partner's message was read by nobody. A light broker keeps none."""
    if world.broker != "kafka" or os.environ.get("FORCE") == "1":
        return
    if left := asyncio.run(unread(world.bootstrap)):
        raise Unread(left)


def rebuild_bus(tell: Tell) -> None:
    """Wipes the broker's data, makes the topics, publishes every outbox again."""
    world = world_of(run_folder())
    refuse_loss(world)
    tell("parando o broker e apagando seus dados")
    for name in world.brokers:
        hold(name)
    if world.broker == "kafka":
        for name in world.brokers:
            shutil.rmtree(world.data(name))
        kafka.prepare(world)
    release_all(world.brokers)
    for job in [topics(world), *clocks(world), *rebuilds(world)]:
        tell(job.name)
        carry_out(world, job)


if __name__ == "__main__":
    sys.exit(command(rebuild_bus))
