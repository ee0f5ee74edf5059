"""`python -m deploy.local.invariants`: what must hold, looked at now; 1 if it does not.

The processes look by themselves every minute, and an alert waits for what they find; this asks the
same at once: of a stack that comes out of an attack, a restore or an upgrade.
"""

import subprocess
import sys
from collections.abc import Iterator

from deploy.local.environment import looks
from deploy.local.launch import Job
from deploy.local.paths import ROOT, run_folder
from deploy.local.running import Refused, command, world_of
from deploy.local.stack import Tell
from deploy.local.world import World


class Broken(Refused):
    """Something that must hold does not."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(f"Não vale o que tem de valer: {', '.join(names)}.")


def look(world: World, tell: Tell) -> list[str]:
    """Runs each look; the names of those that found something, or could not look."""
    return [job.name for job in looks(world) if not _holds(world, job, tell)]


def _holds(world: World, job: Job, tell: Tell) -> bool:
    with world.log(job.name).open("ab") as log:
        done = subprocess.run(
            job.command,
            cwd=ROOT,
            env=dict(job.env),
            stdout=subprocess.PIPE,
            stderr=log,
            check=False,
        )
    for line in _findings(done.stdout.decode()):
        tell(f"{job.name:28} {line}")
    if done.returncode:
        tell(f"{job.name:28} FALHA, veja {world.log(job.name)}")
    return done.returncode == 0


def _findings(said: str) -> Iterator[str]:
    """Lines of findings among those of the log."""
    return (line for line in said.splitlines() if line and not line.startswith("{"))


def invariants(tell: Tell) -> None:
    """All looks at the stack that runs."""
    if broken := look(world_of(run_folder()), tell):
        raise Broken(broken)
    tell("vale tudo o que tem de valer")


if __name__ == "__main__":
    sys.exit(command(invariants))
