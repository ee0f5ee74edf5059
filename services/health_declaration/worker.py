"""The background process: consumes facts of others, relays its own, counts what must hold."""

import asyncio
import sys

from kit.db import transactions
from kit.invariants import keep_looking, verdict
from kit.resources import resources
from kit.worker import WorkerContext, run
from services.health_declaration.consumers import HANDLERS
from services.health_declaration.models import tables
from services.health_declaration.queries import holding, rulebook
from services.health_declaration.settings import HealthDeclarationSettings


async def watch(context: WorkerContext) -> None:
    await keep_looking(lambda: holding.look(context.begin), context.stopping)


async def _now(settings: HealthDeclarationSettings) -> int:
    async with resources(settings, tables) as held:
        return verdict(await holding.look(transactions(held)))


def main() -> None:
    """Runs until told to stop; told `look`, it counts once what must hold."""
    if sys.argv[1:] == ["look"]:
        sys.exit(asyncio.run(_now(HealthDeclarationSettings())))
    rulebook.warm()
    run(HealthDeclarationSettings(), plumbing=tables, handlers=HANDLERS, tasks=[watch])


if __name__ == "__main__":
    main()
