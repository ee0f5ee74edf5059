"""`python -m deploy.story` tells the story; `verify` checks the last one again, `processes` only
whether a process waits for each of its open cases; `guest` lets one person join.

SEED= repeats a batch, STORY=small tells a small one.
"""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import date

from deploy.story import telling
from deploy.story.attended import unattended
from deploy.story.checks.all import check
from deploy.story.farewell import farewell
from deploy.story.guest import guest
from deploy.story.mailbox import Mailbox
from deploy.story.people import Size, batch
from deploy.story.report import Report
from deploy.story.seen import load
from deploy.story.stack import Stack, open_stack
from deploy.story.world import World, opened


async def tell() -> int:
    """Tells a new story; 0 when every check held."""
    told = await telling.tell(open_stack(), int(os.environ.get("SEED", "0")))
    return 1 if told.failed else 0


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
