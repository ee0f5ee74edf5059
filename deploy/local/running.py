"""What is done to a stack that runs, by commands beside its supervisor."""

import asyncio
from pathlib import Path

from deploy.local.launch import Job
from deploy.local.paths import read_json
from deploy.local.runner import run_job
from deploy.local.stack import describe
from deploy.local.vault import Vault
from deploy.local.world import World, chosen_groups


def world_of(folder: Path) -> World:
    """The world of the stack that runs; NotUp when none does."""
    found = describe(folder)
    ports = {name: int(port) for name, port in read_json(folder / "ports.json").items()}
    return World(folder, ports, Vault(folder), found["kafka"]["broker"], chosen_groups())


def carry_out(world: World, job: Job) -> None:
    """Runs a job to its end; JobFailed names its log. Asking again is safe."""
    asyncio.run(run_job(job, world.log(job.name)))
