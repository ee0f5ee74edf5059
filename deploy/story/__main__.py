"""`python -m deploy.story` tells the story; `verify` checks the last one again, `processes` only
whether a process waits for each of its open cases; `guest` lets one person join.

SEED= repeats a batch, KILLS=1 kills every kind of process once meanwhile, STORY=small tells a
small one.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import date, datetime

from deploy.story import cpu
from deploy.story.attended import unattended
from deploy.story.checks.all import check
from deploy.story.farewell import farewell
from deploy.story.guest import guest
from deploy.story.kills import Killer
from deploy.story.mailbox import Mailbox
from deploy.story.people import DEMO, SMALL_STORY, Size, batch, key
from deploy.story.quiet import Quiet
from deploy.story.report import Report
from deploy.story.seen import load, seen_by
from deploy.story.stack import Stack, open_stack
from deploy.story.tale import Tale
from deploy.story.world import ZONE, World, opened

FIRST_TENANT_SECOND = 1_700_000_000
SIZES = {"small": SMALL_STORY, "": DEMO}


async def tell() -> int:
    """Tells a new story; 0 when every check held."""
    stack, report = open_stack(), Report()
    tenant = int(time.time()) - FIRST_TENANT_SECOND
    seed = int(os.environ.get("SEED", "0")) or tenant
    told = batch(seed, tenant, datetime.now(ZONE).date(), _size())
    report.say(f"SEED={seed} · operadora {tenant} · {len(told.people)} pessoas")
    folder = stack.folder(tenant)
    (folder / "key.json").write_text(key(told), encoding="utf-8")
    async with opened(stack, told) as world:
        before = cpu.spent(stack)
        tale = await _told(world, report)
        report.say(f"contada · {cpu.told(before, cpu.spent(stack))}")
        seen = seen_by(world, tale)
        seen.save(folder)
        (folder / "tokens.json").write_text(json.dumps(world.tokens, indent=1), encoding="utf-8")
        (stack.run / "story" / "last").write_text(str(tenant), encoding="utf-8")
        lived = (f"{ref} {why}" for ref, why in tale.failed.items())
        report.check("cada pessoa viveu o seu ramo", lived)
        if tale.killer is not None:
            report.check("todo tipo de processo caiu com trabalho em voo", tale.killer.spared())
        report.check("em cada pausa, todo caso aberto tinha o seu processo", tale.unattended)
        await check(world, world.mailbox, json.loads(key(told)), seen, report)
        await farewell(world, report)
    return 1 if report.failed else 0


async def _told(world: World, report: Report) -> Tale:
    async with AsyncExitStack() as closing:
        quiet = Quiet(world)
        await quiet.open()
        closing.push_async_callback(quiet.close)
        tale = Tale(world, quiet, report)
        if os.environ.get("KILLS"):
            tale.killer = Killer(world, quiet, report)
        await tale.tell()
    return tale


def _size() -> Size:
    return SIZES[os.environ.get("STORY", "")]


async def verify() -> int:
    """Checks the last story again, from its key and what it saw; 0 when every check held."""
    stack, report = open_stack(), Report()
    async with AsyncExitStack() as closing:
        world, answer_key = await _last(stack, closing)
        report.say(f"SEED={answer_key['seed']} · operadora {answer_key['tenant']}")
        mailbox = Mailbox(world.staff("motorista", "sandbox"))
        await mailbox.look()
        await check(world, mailbox, answer_key, load(stack.last()), report)
        await farewell(world, report)
    return 1 if report.failed else 0


async def processes() -> int:
    """Names the open cases of the last story's operator that no process waits for."""
    stack, report = open_stack(), Report()
    async with AsyncExitStack() as closing:
        world, _ = await _last(stack, closing)
        report.check("todo caso aberto tem o seu processo", await unattended(world))
    return 1 if report.failed else 0


async def _last(stack: Stack, closing: AsyncExitStack) -> tuple[World, dict[str, object]]:
    answer_key = json.loads((stack.last() / "key.json").read_text(encoding="utf-8"))
    size = Size(**answer_key["size"])
    day = date.fromisoformat(answer_key["today"])
    told = batch(answer_key["seed"], answer_key["tenant"], day, size)
    return await closing.enter_async_context(opened(stack, told)), answer_key


COMMANDS: dict[str, Callable[[], Awaitable[int]]] = {
    "tell": tell,
    "verify": verify,
    "processes": processes,
    "guest": guest,
}


async def run(name: str) -> int:
    """One command."""
    return await COMMANDS[name]()


def main() -> int:
    """The command line."""
    name = sys.argv[1] if len(sys.argv) > 1 else "tell"
    if name not in COMMANDS:
        sys.stderr.write(f"uso: python -m deploy.story [{'|'.join(COMMANDS)}]\n")
        return 2
    try:
        return asyncio.run(run(name))
    except KeyboardInterrupt:
        return 0
    except FileNotFoundError as missing:
        sys.stderr.write(f"Falta {missing.filename}: suba a pilha e conte uma história antes.\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
