"""`python -m deploy.local.rotate`: a new key of keys, while everything runs."""

import sys

from deploy.local.environment import rewrap
from deploy.local.paths import run_folder
from deploy.local.running import carry_out, command, world_of
from deploy.local.stack import Tell


def rotate(tell: Tell) -> None:
    """The job runs before, too: nothing may still need the oldest key as it leaves the file."""
    world = world_of(run_folder())
    carry_out(world, rewrap(world))
    tell(f"nova chave das chaves: {world.vault.renew_kek()}")
    carry_out(world, rewrap(world))
    tell("todas as chaves de pessoas estão sob ela")


if __name__ == "__main__":
    sys.exit(command(rotate))
