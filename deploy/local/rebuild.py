"""`python -m deploy.local.rebuild`: the broker loses everything, the outboxes publish it again."""

import shutil
import sys

from deploy.local import kafka
from deploy.local.environment import rebuilds, topics
from deploy.local.paths import run_folder
from deploy.local.running import carry_out, command, world_of
from deploy.local.stack import Tell, hold, release


def rebuild_bus(tell: Tell) -> None:
    """Wipes the broker's data, makes the topics, publishes every outbox again."""
    world = world_of(run_folder())
    tell("parando o broker e apagando seus dados")
    hold("kafka")
    if world.broker == "kafka":
        shutil.rmtree(world.data("kafka"))
        kafka.prepare(world)
    release("kafka")
    for job in [topics(world), *rebuilds(world)]:
        tell(job.name)
        carry_out(world, job)


if __name__ == "__main__":
    sys.exit(command(rebuild_bus))
