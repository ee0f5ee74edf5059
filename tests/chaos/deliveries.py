"""R2: every consumer fed all facts twice, out of order across keys, some of them poison.

SEED= repeats a disorder, GROUP= tries one of them, PLANT=inbox switches the inbox off, which must
be noticed. The facts of the last story are fed again to each live consumer group, in a place of its
own: once as they came, once disturbed. What its database holds afterwards must be the same.
"""

import asyncio
import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from contracts.topics import TOPICS
from deploy.local.paths import run_folder
from deploy.local.processes import PROCESSES
from deploy.local.running import world_of
from deploy.story.http import Wire
from deploy.story.report import Report
from deploy.story.stack import Stack, open_stack
from deploy.story.telling import tell
from deploy.story.world import ZONE, known
from tests.chaos import bus
from tests.chaos.arena import Arena, arena
from tests.chaos.fed import LEFT_OUT, NOT_OF_FACTS, Fed, Feeding, feed
from tests.chaos.feed import DISORDER, POISON, Message, disturbed, poison
from tests.chaos.state_hash import hash_of, told_by

CLOCK = "sandbox.clock"
NIGHT = 3
"""The hour at which all is fed: no run lasts until midnight, and moments compare by their day."""
LEAST_PACE = 0.9


def main() -> int:
    """0 when every service holds the same and other keys kept their pace."""
    report = Report()
    seed = int(os.environ.get("SEED", "0")) or int(time.time())
    asyncio.run(_run(open_stack(), seed, report))
    return int(bool(report.failed))


@dataclass(frozen=True)
class Trial:
    """What every group is fed from."""

    stack: Stack
    arena: Arena
    tenant: int
    token: str
    seed: int
    report: Report


async def _run(stack: Stack, seed: int, report: Report) -> None:
    tenant = await _told(stack, seed)
    groups = await bus.live_groups(stack.kafka)
    report.say(f"SEED={seed} · operadora {tenant} · grupos vivos: {', '.join(groups)}")
    report.line(f"fora do resumo: {', '.join(LEFT_OUT)}; da trilha: {', '.join(NOT_OF_FACTS)}")
    report.check("todo grupo prometido está vivo", _ours() - groups.keys())
    wire = Wire()
    token = (await known(stack, wire, tenant, {"operador": ("operator",)}))["operador"]
    await wire.close()
    served = {group for group in groups if f"{group}.worker" in _names()}
    report.check("todo grupo nosso tem a sua prova", _ours() & groups.keys() - served)
    async with arena(world_of(run_folder())) as place:
        trial = Trial(stack, place, tenant, token, seed, report)
        for group in sorted(served):
            if os.environ.get("GROUP", group) == group:
                await _service(trial, group, groups[group])


async def _told(stack: Stack, seed: int) -> int:
    """The operator of the last story; one is told where none was."""
    try:
        return int(stack.last().name)
    except FileNotFoundError:
        return (await tell(stack, seed)).tenant


def _names() -> set[str]:
    return {process.name for process in PROCESSES}


def _ours() -> set[str]:
    """Groups that the contracts promise and that run here; a partner tries its own."""
    promised = {group for topic in TOPICS for group in topic.consumers}
    return {group for group in promised if {f"{group}.worker", f"workflows.{group}"} & _names()}


async def _service(trial: Trial, group: str, topics: Sequence[str]) -> None:
    live = await bus.everything(trial.stack.kafka, {*topics, CLOCK}, trial.tenant)
    facts = [message for message in live if message.topic != CLOCK]
    told = told_by(text for m in facts for text in _texts(m))
    clean = Feeding(group, tuple(topics), _at_night(facts, live, trial), trial.tenant, told)
    usual = await feed(trial.arena, clean, trial.token)
    bad = replace(
        clean,
        messages=_at_night(disturbed(facts, trial.seed), live, trial),
        poisoned=poison([m for m in facts if m.id in usual.done], trial.seed),
        inbox_off=os.environ.get("PLANT") == "inbox",
    )
    _judge(trial.report, bad, usual, await feed(trial.arena, bad, trial.token))


def _texts(message: Message) -> tuple[str, ...]:
    return (message.value.decode(), message.key.decode(), message.id)


def _at_night(facts: Sequence[Message], live: Sequence[Message], trial: Trial) -> list[Message]:
    """The facts, behind a clock that stands where the story's ended, at night."""
    moves = [json.loads(message.value) for message in live if message.topic == CLOCK]
    offset = max((move["version"], move["offset_seconds"]) for move in moves)[1] if moves else 0
    now = datetime.now(UTC)
    ended = (now + timedelta(seconds=offset)).astimezone(ZONE)
    night = (ended + timedelta(days=1)).replace(hour=NIGHT, minute=0, second=0)
    body = {
        "id": str(uuid4()),
        "tenant_id": trial.tenant,
        "occurred_at": now.isoformat(),
        "version": max((move["version"] for move in moves), default=0) + 1,
        "offset_seconds": round((night - now).total_seconds()),
    }
    headers = {
        "ce_id": body["id"],
        "ce_type": "sandbox.clock.moved.v1",
        "ce_tenantid": str(trial.tenant),
    }
    clock = Message(
        CLOCK,
        str(trial.tenant).encode(),
        json.dumps(body).encode(),
        tuple((name, str(value).encode()) for name, value in headers.items()),
    )
    return [clock, *facts]


def _judge(report: Report, bad: Feeding, usual: Fed, found: Fed) -> None:
    other = sorted(t for t, one in usual.hashes.items() if found.hashes.get(t) != one)
    differing = [f"{table}: {line}" for table in other for line in _differing(usual, found, table)]
    whole = hash_of(f"{table} {one}" for table, one in usual.hashes.items())[:16]
    report.title(f"{bad.service}: {len(bad.messages) - 1} entregas, desordem de {DISORDER:.0%}")
    rows = sum(map(len, usual.rows.values()))
    report.check("mesmo estado", differing, f"{whole}, {rows} linhas, {len(usual.hashes)} tabelas")
    told = f"{len(bad.poisoned)} venenos ({POISON:.0%}), {found.parked} mensagens estacionadas"
    # What nobody could do in the calm run either (facts of what only requests make) is no poison.
    report.check("tudo que estacionou foi refeito", {*found.stuck} - {*usual.stuck}, told)
    before, after = usual.taken / usual.seconds, found.taken / found.seconds
    share = after / before
    told = f"{before:.0f} → {after:.0f} entregas/s, {share:.2f}× (meta ≥ {LEAST_PACE}×)"
    report.check("outras chaves no seu passo", [told] if share < LEAST_PACE else [], told)


def _differing(usual: Fed, found: Fed, table: str) -> list[str]:
    ours, theirs = usual.rows[table], found.rows.get(table, [])
    missing = [f"- {line[:400]}" for line in sorted({*ours} - {*theirs})]
    more = [f"+ {line[:400]}" for line in sorted({*theirs} - {*ours})]
    return [*missing[:3], *more[:3]] or [f"{len(ours)} linhas, depois {len(theirs)}"]
