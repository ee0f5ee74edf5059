"""The background process: reads partners' and other services' facts, relays its own.

`… erased FILE` erases again whom a restored database remembers: [tenant, person] pairs.
"""

import asyncio
import json
import sys
from pathlib import Path

from kit.db import connect, transactions
from kit.keyring import Eraser
from kit.resources import resources
from kit.worker import WorkerContext, run
from services.registry.consumers import handlers
from services.registry.models import tables
from services.registry.settings import RegistrySettings
from services.registry.usecases import privacy
from services.registry.usecases.forgetting import keep_forgetting


async def erase_again(settings: RegistrySettings, people: list[tuple[int, str]]) -> int:
    """How many of them had anything left; safe to repeat."""
    keys = connect(settings.keyring_eraser_url, 1)
    done = 0
    try:
        async with resources(settings, tables) as held:
            begin = transactions(held)
            for tenant, person_id in people:
                async with begin(tenant) as tx:
                    done += await privacy.erase_again(tx, Eraser(keys), person_id)
    finally:
        await keys.dispose()
    return done


def main() -> None:
    """Runs until it is told to stop."""
    settings = RegistrySettings()
    if sys.argv[1:2] == ["erased"]:
        people = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))["destroyed"]
        done = asyncio.run(erase_again(settings, people))
        sys.stdout.write(f"{done} people were erased again\n")
        return

    async def forget(context: WorkerContext) -> None:
        await keep_forgetting(context.begin, settings.refused_line_days, context.stopping)

    run(settings, plumbing=tables, handlers=handlers(settings), tasks=[forget])


if __name__ == "__main__":
    main()
