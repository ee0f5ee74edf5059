"""The telling: everybody lives their branch at once, days are jumped while all is quiet."""

import asyncio
from datetime import datetime, timedelta
from random import Random

from temporalio.service import RPCError

from deploy.story import feed
from deploy.story.attended import unattended
from deploy.story.gate import patiently
from deploy.story.http import Refused
from deploy.story.kills import Killer
from deploy.story.life import Life
from deploy.story.operator import Operator
from deploy.story.people import Person
from deploy.story.prepare import prepare
from deploy.story.proponent import Phone
from deploy.story.quiet import Quiet
from deploy.story.report import Report
from deploy.story.scripts import SCRIPTS
from deploy.story.world import World

QUIET_SECONDS = 600.0
ERP_RETURNS = timedelta(days=1)
SETTLED = timedelta(days=2)
"""By then the last report to the ERP would have been repeated: its clock finds it was answered."""
FAILURES = (Refused, TimeoutError, AssertionError, LookupError)


class Tale:
    """One story as it is told."""

    def __init__(self, world: World, quiet: Quiet, report: Report) -> None:
        self._world = world
        self._quiet = quiet
        self._report = report
        self.lives = [Life(world, person, Phone(world, person)) for person in world.batch.people]
        self.failed: dict[str, str] = {}
        self.bad: list[feed.Bad] = []
        self.killer: Killer | None = None
        self.unattended: set[str] = set()
        self._over = asyncio.Event()
        self._all_in = asyncio.Event()
        self._entered = 0
        self._done = 0

    async def tell(self) -> None:
        """From the first enrolment to the end of the last CPT."""
        await prepare(self._world)
        self._report.say("regras publicadas por duas pessoas; chaves trocadas; agenda aberta")
        await self._set_erp("down")
        await self._send()
        async with asyncio.TaskGroup() as group:
            for place, life in enumerate(self.lives):
                group.create_task(self._live(life, place))
            group.create_task(self._erp_returns())
            if self.killer is not None:
                group.create_task(self.killer.run(self._over))
            group.create_task(Operator(self._world, self._report).watch(self._over))
            # The mover begins once everybody is at work.
            await self._all_in.wait()
            await self._move_days()
            self._over.set()

    async def _send(self) -> None:
        source = Random(self._world.batch.seed + 1)  # noqa: S311 - a story, not a secret
        lines, self.bad = feed.lines(self._world.batch, source)
        envelope = feed.Envelope(self._world.stack.told["erp"]["public_jwk"])
        sent = [envelope(line) for line in lines]
        await asyncio.gather(
            *(self._world.bus.say(feed.TOPIC, feed.TYPE, one.ref, one.body) for one in sent)
        )
        self._report.say(f"{len(sent)} linhas em {feed.TOPIC}, metade em claro e metade em JWE")

    async def _live(self, life: Life, place: int) -> None:
        person = life.person
        if self.killer is not None:
            await self.killer.turn(place, len(self.lives))
        with self._world.gate.work(f"{person.ref} {person.branch}"):
            self._enter()
            try:
                if person.expected.outcome != "none":
                    await life.begin()
                    await SCRIPTS[person.branch](life)
            except FAILURES as failure:
                self._failed(person, failure)
        self._done += 1

    def _enter(self) -> None:
        self._entered += 1
        if self._entered == len(self.lives):
            self._all_in.set()

    def _failed(self, person: Person, failure: Exception) -> None:
        told = f"{type(failure).__name__}: {failure}"
        self.failed[person.ref] = f"{person.branch}: {told}"
        self._report.say(f"! {person.ref} ({person.branch}) {told}")

    async def _set_erp(self, mode: str) -> None:
        driver = self._world.staff("motorista", "sandbox")
        await driver.post("/erp/mode", {"mode": mode})
        self._world.erp_down = mode == "down"
        self._report.say("ERP fora do ar" if mode == "down" else "ERP de volta")

    async def _erp_returns(self) -> None:
        with self._world.gate.work("ERP"):
            await self._world.gate.until(self._world.began + ERP_RETURNS)
            backlog = await self._world.staff("integracao").get("/erp-backlog?limit=200")
            self._world.notes["backlog"] = [one["cpt_id"] for one in backlog["items"]]
            await self._set_erp("up")

    async def _move_days(self) -> None:
        gate = self._world.gate
        while True:
            await self._all_quiet()
            await self._attended()
            target = gate.target(await self._quiet.next_due())
            await self._move(target or gate.now + SETTLED)
            if target is None:
                return await self._all_quiet()

    async def _move(self, to: datetime) -> None:
        now = await self._quiet.jump(to)
        await patiently(lambda: self._quiet.clocks(self._quiet.version), QUIET_SECONDS, "relógios")
        self._world.gate.arrived(now)
        self._report.say(
            f"relógio em {now.date().isoformat()} · {self._done} de {len(self.lives)} prontos"
        )
        await asyncio.sleep(0)

    async def _attended(self) -> None:
        try:
            self.unattended.update(await unattended(self._world))
        except RPCError as away:
            self._report.say(f"processos não conferidos agora: {away.status.name}")

    async def _all_quiet(self) -> None:
        """Nobody of the story is at work, nothing of the stack either, and so it stays."""

        async def busy() -> str:
            if not self._world.gate.resting:
                return self._world.gate.working
            left = await self._quiet.left()
            await asyncio.sleep(0)
            return left or ("" if self._world.gate.resting else "alguém acordou")

        await patiently(busy, QUIET_SECONDS, "a pilha não sossega", self._report.say)
