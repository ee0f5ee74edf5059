"""What is done to a stack that runs, by commands beside its supervisor."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

from deploy.local.launch import Job, JobFailed
from deploy.local.paths import read_json
from deploy.local.runner import run_job
from deploy.local.stack import NotUp, Tell, describe
from deploy.local.vault import Vault
from deploy.local.world import World, chosen_groups


class Refused(Exception):
    """A command that may not be carried out now; its text tells people why."""


def world_of(folder: Path) -> World:
    """The world of the stack that runs; NotUp when none does."""
    found = describe(folder)
    ports = {name: int(port) for name, port in read_json(folder / "ports.json").items()}
    return World(
        folder,
        ports,
        Vault(folder),
        found["kafka"]["broker"],
        chosen_groups(),
        found["stack"] == "full",
    )


def carry_out(world: World, job: Job) -> None:
    """Runs a job to its end; JobFailed names its log. Asking again is safe."""
    asyncio.run(run_job(job, world.log(job.name)))


def command(act: Callable[[Tell], None]) -> int:
    """Does it, telling each step; 1 with the reason where it was refused or failed."""
    try:
        act(lambda line: print(line, flush=True))
    except (NotUp, JobFailed, Refused) as error:
        print(error, file=sys.stderr)
        return 1
    return 0
