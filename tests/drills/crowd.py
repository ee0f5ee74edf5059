"""A crowd in every waiting state before a disaster, and the same crowd going on after it."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from temporalio.client import Client

from deploy.story import cpu, feed
from deploy.story.bus import Bus
from deploy.story.http import pages
from deploy.story.life import Life
from deploy.story.people import Size, batch
from deploy.story.prepare import interview_times, prepare
from deploy.story.quiet import Quiet
from deploy.story.report import Report
from deploy.story.stack import Stack, open_stack
from deploy.story.tale import FAILURES, Tale
from deploy.story.telling import FIRST_TENANT_SECOND
from deploy.story.world import DOCTORS, ZONE, World, opened
from tests.drills.commands import module
from tests.drills.waiting import OF_BRANCH, STATES, first_line, integrated, walkers

READER = "analista.1"
ENDED = "COMPLETED"
AWAY_FROM_TERMS = timedelta(hours=26)
"""Terms fall whole days after people's acts: none may pass by itself while a disaster lasts."""


class Crowd(Tale):
    """Lives in two halves. `Tale` knows how days pass and when all is quiet."""

    @classmethod
    def of(cls, world: World, report: Report) -> "Crowd":
        """Everybody of the world's batch."""
        return cls(world, Quiet(world), report)

    async def gather(self) -> None:
        """Everybody comes to where they wait; time passes, so that no clock is at its start."""
        await self._quiet.open()
        await prepare(self._world)
        await self._more_times()
        await self._set_erp("down")
        await self._send_first()
        await asyncio.gather(*map(self._come, self.lives))
        await self._all_quiet()
        await self._move(self._world.gate.now + AWAY_FROM_TERMS)
        await self._still()

    async def _still(self) -> None:
        """Quiet twice: what ended while the first look went on has told its facts by the second."""
        await self._all_quiet()
        await self._all_quiet()

    async def _more_times(self) -> None:
        slots = [
            {"doctor": doctor, "starts_at": (at + timedelta(hours=more)).isoformat(), "minutes": 30}
            for at in interview_times(self._world.began)
            for more in range(1, 3 + len(self.lives) // 100)
            for doctor in DOCTORS
        ]
        for start in range(0, len(slots), 200):
            await self._world.staff("agenda").post("/slots", {"slots": slots[start : start + 200]})

    async def _send_first(self) -> None:
        envelope = feed.Envelope(self._world.stack.told["erp"]["public_jwk"])
        sent = [envelope(first_line(self._world.batch, one.person)) for one in self.lives]
        await asyncio.gather(
            *(self._world.bus.say(feed.TOPIC, feed.TYPE, one.ref, one.body) for one in sent)
        )

    async def _come(self, life: Life) -> None:
        with self._world.gate.work(life.ref):
            try:
                await life.begin()
                await OF_BRANCH[life.person.branch].to(life)
            except FAILURES as failure:
                self._failed(life.person, failure)

    async def _live(self, life: Life, place: int) -> None:
        with self._world.gate.work(f"{life.ref} {life.person.branch}"):
            self._enter()
            try:
                await OF_BRANCH[life.person.branch].on(life)
                await integrated(life)
            except FAILURES as failure:
                self._failed(life.person, failure)
        self._done += 1

    async def suspend(self) -> None:
        """Lets go of all that a disaster would break."""
        await self._quiet.close()
        await self._world.bus.close()

    async def recover(self) -> None:
        """Listens and asks anew."""
        self._world.bus = Bus(self._world.stack.kafka, self._world.batch.tenant)
        await self._world.bus.open()
        self._quiet = Quiet(self._world)
        await self._quiet.open()
        await self._still()

    async def finish(self) -> None:
        """Everybody goes on to their end, as many days as it takes."""
        await self._set_erp("up")
        async with asyncio.TaskGroup() as group:
            for place, life in enumerate(self.lives):
                group.create_task(self._live(life, place))
            await self._all_in.wait()
            await self._move_days()

    async def stages(self) -> dict[str, str]:
        """Where each case stands, by its id."""
        cases = await pages(self._world.staff(READER), "/declarations")
        return {one["declaration_id"]: one["stage"] for one in cases}

    @property
    def tenant(self) -> int:
        """Whose people they are."""
        return self._world.batch.tenant


@dataclass
class Drill:
    """One drill: what was there before, and what every drill checks after."""

    stack: Stack
    crowd: Crowd
    report: Report
    before: dict[str, str] = field(default_factory=dict)

    async def waiting(self, each: int) -> None:
        """Brings the crowd to where it waits, and checks that all states are full."""
        spent = cpu.spent(self.stack)
        await self.crowd.gather()
        self.report.say(f"até aqui {cpu.told(spent, cpu.spent(self.stack))}")
        self.before = await self.crowd.stages()
        found = Counter(self.before.values())
        short = [f"{one.stage}: {found[one.stage]}" for one in STATES if found[one.stage] < each]
        told = ", ".join(f"{one.stage} {found[one.stage]}" for one in STATES)
        self.report.check(f"≥ {each} processos em cada estado de espera", short, told)
        self.report.check("todos chegaram onde esperam", self._failures())

    async def ended(self) -> None:
        """Everybody goes on; every process must end by itself, and what must hold holds."""
        spent = cpu.spent(self.stack)
        await self.crowd.finish()
        self.report.say(f"desde o desastre {cpu.told(spent, cpu.spent(self.stack))}")
        self.report.title("Depois")
        self.report.check("cada pessoa foi até o fim", self._failures())
        after = await self.crowd.stages()
        self.report.check("nenhum caso sumiu nem surgiu", self.before.keys() ^ after.keys())
        left = [f"{case} {stage}" for case, stage in after.items() if stage != "integrated"]
        self.report.check("todo caso chegou a integrated", left, f"{len(after)} casos")
        self.report.check("todo processo terminou", await self._running(), f"{len(after)}")
        self.report.check("em cada pausa, todo caso aberto tinha o seu processo", self.unattended)
        self.report.check("make invariants", await self._invariants())

    @property
    def unattended(self) -> set[str]:
        """Open cases that had no process while days were moved."""
        return self.crowd.unattended

    def _failures(self) -> list[str]:
        return [f"{ref} {why}" for ref, why in self.crowd.failed.items()]

    async def _running(self) -> list[str]:
        told = self.stack.told["temporal"]
        client = await Client.connect(told["address"], namespace=told["namespace"])
        wrong = []
        for case in self.before:
            tenant = self.crowd.tenant
            found = await client.get_workflow_handle(
                f"health_declaration/{tenant}/{case}"
            ).describe()
            if found.status is None or found.status.name != ENDED:
                wrong.append(f"{case} {found.status}")
        return wrong

    async def _invariants(self) -> list[str]:
        done = await module("deploy.local.invariants")
        for line in done.out.splitlines():
            self.report.line(line)
        return [done.err] if done.code else []


@asynccontextmanager
async def drill(each: int, seed: int = 0) -> AsyncIterator[Drill]:
    """A drill on the stack that runs, with so many people for each state."""
    stack, report = open_stack(), Report()
    tenant = int(time.time()) - FIRST_TENANT_SECOND
    size = Size(people=0, each=each, waived=0, bad_lines=0, duplicates=0, reordered=0)
    told = walkers(batch(seed or tenant, tenant, datetime.now(ZONE).date(), size), each)
    report.say(f"SEED={told.seed} · operadora {tenant} · {len(told.people)} pessoas")
    async with opened(stack, told) as world:
        crowd = Crowd.of(world, report)
        try:
            yield Drill(stack, crowd, report)
        finally:
            await crowd.suspend()
