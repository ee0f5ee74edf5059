"""`python -m deploy.local.rebuild`: the broker loses everything, the outboxes publish it again."""

import asyncio
import shutil
import sys
from pathlib import Path

from deploy.local import kafka
from deploy.local.environment import rebuilds, topics
from deploy.local.launch import Job, JobFailed
from deploy.local.paths import read_json, run_folder
from deploy.local.runner import run_job
from deploy.local.stack import NotUp, Tell, describe, hold, release
from deploy.local.vault import Vault
from deploy.local.world import World, chosen_groups


class NotRebuilt(Exception):
    """The topics were not filled again; asking again is safe."""


def rebuild_bus(tell: Tell) -> None:
    """Wipes the broker's data, makes the topics, publishes every outbox again."""
    folder = run_folder()
    world = world_of(folder)
    tell("parando o broker e apagando seus dados")
    hold("kafka")
    if world.broker == "kafka":
        shutil.rmtree(world.data("kafka"))
        kafka.prepare(world)
    release("kafka")
    for job in [topics(world), *rebuilds(world)]:
        tell(job.name)
        carry_out(job, world.log(job.name))


def carry_out(job: Job, log: Path) -> None:
    try:
        asyncio.run(run_job(job, log))
    except JobFailed as error:
        raise NotRebuilt(str(error)) from error


def world_of(folder: Path) -> World:
    """The world of the stack that runs."""
    found = describe(folder)
    ports = {name: int(port) for name, port in read_json(folder / "ports.json").items()}
    return World(folder, ports, Vault(folder), found["kafka"]["broker"], chosen_groups())


def main() -> int:
    try:
        rebuild_bus(lambda line: print(line, flush=True))
    except (NotUp, NotRebuilt) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
