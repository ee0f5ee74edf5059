"""R4: three times what the house can do is offered; it goes on doing what it can.

People are registered over HTTP on the stack that runs, facts, relay and consumers included. Rates
rise until the knee of the curve; then the saturated rate and three times it take turns.
SECONDS= how long a step lasts.
"""

import asyncio
import json
import os
import time
from contextlib import AsyncExitStack
from typing import Any

import asyncpg
import uvloop

from deploy.story.gate import patiently
from deploy.story.http import Wire
from deploy.story.report import Report
from deploy.story.stack import Stack, open_stack
from deploy.story.world import known
from tests.chaos import knee
from tests.chaos.memory import Memory
from tests.chaos.offered import Offer
from tests.chaos.people import Registrations

FIRST_RATE, MOST_STEPS, ROUNDS = 20.0, 12, 2
FIRST_TENANT = 1_700_000_000
SERVICE = "registry"
DRAIN_SECONDS = 180.0
WAITING = "select count(*) from outbox where tenant_id = $1 and published_at is null"
TOLD = "select distinct key from outbox where tenant_id = $1"


def main() -> int:
    """0 when the house bore it."""
    report = Report()
    seconds = float(os.environ.get("SECONDS", "10"))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(open_stack(), seconds, report))
    return int(bool(report.failed))


async def _run(stack: Stack, seconds: float, report: Report) -> None:
    tenant = int(time.time()) - FIRST_TENANT
    async with AsyncExitStack() as closing:
        wire = Wire()
        closing.push_async_callback(wire.close)
        token = (await known(stack, wire, tenant, {"cadastro": ("registrar",)}))["cadastro"]
        offer = Offer(stack.url(SERVICE))
        closing.callback(offer.close)
        database = await asyncpg.connect(stack.database(SERVICE))
        closing.push_async_callback(database.close)
        people = Registrations(stack.url(SERVICE), token, tenant)
        attack = Attack(offer, people, Memory(stack), seconds, report)
        await attack.run()
        left = await _drained(database, tenant)
        told = {row["key"] for row in await database.fetch(TOLD, tenant)}
        report.check("os fatos saíram todos", left)
        accepted = f"{len(attack.accepted)} pessoas aceitas"
        report.check("nada do que foi aceito se perdeu", attack.accepted - told, accepted)


async def _drained(database: Any, tenant: int) -> list[str]:
    """What is still to be published when the time for it is over."""

    async def left() -> str:
        waiting = await database.fetchval(WAITING, tenant)
        return f"{waiting} fatos por publicar" if waiting else ""

    try:
        await patiently(left, DRAIN_SECONDS, "fatos")
    except TimeoutError as late:
        return [str(late)]
    return []


class Attack:
    """One run: the curve, then turns of the saturated rate and of three times it."""

    def __init__(
        self,
        offer: Offer,
        people: Registrations,
        memory: Memory,
        seconds: float,
        report: Report,
    ) -> None:
        self._offer = offer
        self._people = people
        self._memory = memory
        self._seconds = seconds
        self._report = report
        self.accepted: set[str] = set()

    async def run(self) -> None:
        """Prints every step, then what is missed."""
        self._report.title(
            f"A curva, degraus de {self._seconds:.0f} s, o gerador nos mesmos núcleos"
        )
        await self._step(FIRST_RATE, "aquecimento")
        most = knee.saturation(await self._curve())
        self._report.title(f"Saturação: {most.useful:.0f} por segundo")
        usual, past = [], []
        for _ in range(ROUNDS):
            usual.append(await self._step(most.offered, "saturação"))
            past.append(await self._step(most.useful * knee.PAST, f"{knee.PAST}×"))
        told = self._memory.peaks("saturação", f"{knee.PAST}×")
        for name, before, after in told:
            self._report.line(f"memória de {name}: {before:.0f} MB saturado, {after:.0f} MB além")
        share = f"{knee.share(usual, past):.2f}× do trabalho útil, meta {knee.USEFUL}×"
        self._report.check(
            "o excesso é recusado e não custa o resto", knee.faults(usual, past, told), share
        )

    async def _curve(self) -> list[knee.Step]:
        steps: list[knee.Step] = []
        while not knee.over(steps) and len(steps) < MOST_STEPS:
            steps.append(await self._step(FIRST_RATE * knee.GROWTH ** len(steps), "curva"))
        return steps

    async def _step(self, rate: float, word: str) -> knee.Step:
        requests = self._people.some(round(rate * self._seconds))
        async with self._memory.watched(word):
            answers = await self._offer.at(rate, requests)
        for answer in answers:
            if answer.status in knee.CLEAN:
                self.accepted.add(json.loads(answer.body)["person_id"])
        step = knee.step_of(rate, self._seconds, answers)
        self._report.say(f"{word:<12} {knee.told(step)}")
        return step
