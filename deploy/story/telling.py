"""One story from its first line to its last check, and what came of it."""

import json
import os
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from deploy.story import cpu, promises
from deploy.story.checks.all import check
from deploy.story.farewell import farewell
from deploy.story.journal import Journal, read
from deploy.story.kills import Fallen, Killer
from deploy.story.people import DEMO, SMALL_STORY, Size, batch, key
from deploy.story.promises import Kept
from deploy.story.quiet import Quiet
from deploy.story.report import Report
from deploy.story.seen import Seen, seen_by
from deploy.story.stack import Stack
from deploy.story.tale import Tale
from deploy.story.world import ZONE, World, opened

FIRST_TENANT_SECOND = 1_700_000_000
SIZES = {"small": SMALL_STORY, "": DEMO}
Plan = Callable[[Iterable[str]], Sequence[str]]
"""From the names of all processes to those that fall, in their order."""


@dataclass
class Told:
    """What a story leaves to whoever had it told."""

    tenant: int
    seed: int
    seconds: float
    fallen: list[Fallen] = field(default_factory=list)
    kept: Kept = field(default_factory=Kept)
    failed: list[str] = field(default_factory=list)


def size() -> Size:
    """The size that STORY asks for."""
    return SIZES[os.environ.get("STORY", "")]


async def tell(stack: Stack, seed: int = 0, plan: Plan | None = None) -> Told:
    """Tells a new story; its seed is the operator's number where none is given."""
    report, began = Report(), time.monotonic()
    tenant = int(time.time()) - FIRST_TENANT_SECOND
    told = batch(seed or tenant, tenant, datetime.now(ZONE).date(), size())
    report.say(f"SEED={told.seed} · operadora {tenant} · {len(told.people)} pessoas")
    folder = stack.folder(tenant)
    (folder / "key.json").write_text(key(told), encoding="utf-8")
    accepted = folder / "accepted.jsonl"
    async with AsyncExitStack() as closing:
        journal = Journal(accepted)
        closing.callback(journal.close)
        world = await closing.enter_async_context(opened(stack, told, journal))
        tale = await _lived(world, report, plan)
        seen = seen_by(world, tale)
        _keep(stack, folder, world, seen)
        _check_lives(tale, report)
        await check(world, world.mailbox, json.loads(key(told)), seen, report)
        kept = _check_promises(accepted, world, seen, report)
        await farewell(world, report)
    fallen = tale.killer.fallen if tale.killer else []
    return Told(tenant, told.seed, time.monotonic() - began, fallen, kept, report.failed)


async def _lived(world: World, report: Report, plan: Plan | None) -> Tale:
    before = cpu.spent(world.stack)
    async with AsyncExitStack() as closing:
        quiet = Quiet(world)
        await quiet.open()
        closing.push_async_callback(quiet.close)
        tale = Tale(world, quiet, report)
        if plan is not None:
            tale.killer = Killer(world, quiet, report, plan(world.stack.pids))
        await tale.tell()
    report.say(f"contada · {cpu.told(before, cpu.spent(world.stack))}")
    return tale


def _keep(stack: Stack, folder: Path, world: World, seen: Seen) -> None:
    """What `verify` compares again."""
    seen.save(folder)
    (folder / "tokens.json").write_text(json.dumps(world.tokens, indent=1), encoding="utf-8")
    (stack.run / "story" / "last").write_text(str(world.batch.tenant), encoding="utf-8")


def _check_lives(tale: Tale, report: Report) -> None:
    report.check(
        "cada pessoa viveu o seu ramo", (f"{ref} {why}" for ref, why in tale.failed.items())
    )
    if tale.killer is not None:
        report.check("todos os condenados caíram com trabalho em voo", tale.killer.spared())
    report.check("em cada pausa, todo caso aberto tinha o seu processo", tale.unattended)


def _check_promises(accepted: Path, world: World, seen: Seen, report: Report) -> Kept:
    of_person = {ref: one.declaration_id for ref, one in seen.members.items()}
    kept = promises.compare(read(accepted), world.bus.facts.values(), of_person)
    told = f"{kept.accepted} escritas aceitas, {kept.present} com o seu fato"
    report.check("nada do que foi aceito se perdeu", kept.lost, told)
    report.check("nada do que foi aceito se fez duas vezes", kept.doubled)
    report.check("toda escrita diz o que promete", kept.unknown)
    return kept
