"""`python -m deploy.local.rotate`: a new key of keys, while everything runs."""

import sys

from deploy.local.environment import rewrap
from deploy.local.launch import JobFailed
from deploy.local.paths import run_folder
from deploy.local.running import carry_out, world_of
from deploy.local.stack import NotUp, Tell


def rotate(tell: Tell) -> None:
    """The job runs before, too: nothing may still need the oldest key as it leaves the file."""
    world = world_of(run_folder())
    carry_out(world, rewrap(world))
    tell(f"nova chave das chaves: {world.vault.renew_kek()}")
    carry_out(world, rewrap(world))
    tell("todas as chaves de pessoas estão sob ela")


def main() -> int:
    try:
        rotate(lambda line: print(line, flush=True))
    except (NotUp, JobFailed) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
