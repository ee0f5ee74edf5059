"""`python -m tests.bench enrolments [COUNT]`: what a line of the ERP costs of which no case comes.

Employees of a company with 250 lives: waived, so this is the cost of an import alone. CPU is summed
over every process of the stack until all is quiet; then what each fact weighs in the databases.
"""

import asyncio
import json
import sys
import time
from dataclasses import replace
from datetime import datetime

import asyncpg

from deploy.story import cpu, feed
from deploy.story.gate import patiently
from deploy.story.life import WAIVED
from deploy.story.people import Size, batch
from deploy.story.quiet import Quiet
from deploy.story.stack import open_stack
from deploy.story.telling import FIRST_TENANT_SECOND
from deploy.story.world import ZONE, World, opened

COUNT = 1000
QUIET_SECONDS = 300.0
FACTS = "select count(*) from outbox where tenant_id = $1"


async def run(count: int) -> dict[str, object]:
    """The figures of one import."""
    stack = open_stack()
    tenant = int(time.time()) - FIRST_TENANT_SECOND
    size = Size(people=0, each=0, waived=count, bad_lines=0, duplicates=0, reordered=0)
    told = batch(tenant, tenant, datetime.now(ZONE).date(), size)
    told = replace(told, people=tuple(one for one in told.people if one.contract == "empresarial"))
    async with opened(stack, told) as world:
        quiet = Quiet(world)
        await quiet.open()
        envelope = feed.Envelope(stack.told["erp"]["public_jwk"])
        sent = [envelope(feed.created(told, one)) for one in told.people]
        before, began = cpu.spent(stack), time.monotonic()
        await asyncio.gather(
            *(world.bus.say(feed.TOPIC, feed.TYPE, one.ref, one.body) for one in sent)
        )
        await patiently(lambda: _left(world, len(sent)), QUIET_SECONDS, "importação")
        await patiently(quiet.travelling, QUIET_SECONDS, "importação")
        took, after = time.monotonic() - began, cpu.spent(stack)
        await quiet.close()
    cost = {name: after[name] - before.get(name, 0.0) for name in after if name != "história"}
    facts = {name: await _facts(str(one["relay"]), tenant) for name, one in _services(stack.told)}
    return {
        "lines": len(sent),
        "seconds": round(took, 1),
        "cpu_ms_per_line": round(1000 * sum(cost.values()) / len(sent), 1),
        "by_process": {
            name: round(1000 * one / len(sent), 1)
            for name, one in sorted(cost.items(), key=lambda two: -two[1])[:8]
        },
        "facts": facts,
    }


async def _left(world: World, count: int) -> str:
    """Whoever was not waived yet."""
    done = sum(fact.type == WAIVED for fact in world.bus.facts.values())
    return f"{count - done} por dispensar" if done < count else ""


def _services(told: dict[str, dict[str, dict[str, str]]]) -> list[tuple[str, dict[str, str]]]:
    return [(name, one) for name, one in told["postgres"].items() if "relay" in one]


async def _facts(url: str, tenant: int) -> int:
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval(FACTS, tenant))
    finally:
        await connection.close()


def main() -> int:
    """The command line."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    sys.stdout.write(json.dumps(asyncio.run(run(count)), indent=1) + "\n")
    return 0
