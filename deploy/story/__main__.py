"""`python -m deploy.story` tells the story; `verify` checks the last one again."""

import asyncio
import os
import sys
import time
from datetime import datetime

from deploy.story.people import DEMO, SMALL_STORY, batch, key
from deploy.story.quiet import Quiet
from deploy.story.report import Report
from deploy.story.stack import open_stack
from deploy.story.tale import Tale
from deploy.story.world import ZONE, opened

FIRST_TENANT_SECOND = 1_700_000_000


async def tell() -> int:
    """Tells a new story; 0 when every check held."""
    stack, report = open_stack(), Report()
    tenant = int(time.time()) - FIRST_TENANT_SECOND
    seed = int(os.environ.get("SEED", "0")) or tenant
    size = SMALL_STORY if os.environ.get("STORY") == "small" else DEMO
    told = batch(seed, tenant, datetime.now(ZONE).date(), size)
    report.say(f"SEED={seed} · operadora {tenant} · {len(told.people)} pessoas")
    (stack.folder(tenant) / "key.json").write_text(key(told), encoding="utf-8")
    (stack.run / "story" / "last").write_text(str(tenant), encoding="utf-8")
    async with opened(stack, told) as world:
        quiet = Quiet(world)
        await quiet.open()
        tale = Tale(world, quiet, report)
        try:
            await tale.tell()
        finally:
            await quiet.close()
        report.check("cada pessoa viveu o seu ramo", (f"{k} {v}" for k, v in tale.failed.items()))
    return 1 if report.failed else 0


def main() -> int:
    """The command."""
    return asyncio.run(tell())


if __name__ == "__main__":
    sys.exit(main())
