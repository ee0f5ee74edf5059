"""A house of its own on the running stack: an operator, its people, and whoever joins them.

Everything goes through HTTP, Kafka, Temporal and Postgres as `stack.json` tells them.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import asyncpg

from deploy.story import documents, feed
from deploy.story.branches import Expected
from deploy.story.gate import patiently
from deploy.story.http import Client, Refused
from deploy.story.life import PDF, RELEASED, Life
from deploy.story.people import KINDS, SMALL_STORY, Batch, Person, batch
from deploy.story.proponent import PUBLIC, Phone
from deploy.story.quiet import Quiet
from deploy.story.stack import open_stack
from deploy.story.world import ZONE, World, known, opened

FIRST_TENANT, TENANTS = 5_000, 40_000_000
AT_ONCE = 10
SECONDS = 400.0
INDIVIDUAL = "individual"
HD = "health_declaration"


@dataclass
class House:
    """One operator on the running stack."""

    world: World
    source: Random
    quiet: Quiet
    _count: int = 0
    _few: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    @property
    def tenant(self) -> int:
        """The operator's number."""
        return self.world.batch.tenant

    @property
    def today(self) -> date:
        """The day on which the house opened."""
        return self.world.batch.today

    def staff(self, sub: str, service: str = HD) -> Client:
        """Somebody of the operator, at one service's API."""
        return self.world.staff(sub, service)

    async def hire(self, sub: str, *roles: str) -> None:
        """A further person of the operator."""
        self.world.tokens |= await known(
            self.world.stack, self.world.wire, self.tenant, {sub: roles}
        )

    def person(
        self, age: int = 35, contract: str = INDIVIDUAL, joins: date | None = None, **body: Any
    ) -> Person:
        """Somebody who joins, so many years old, reached by WhatsApp."""
        self._count += 1
        phone = documents.phone(self.source)
        known = {
            "full_name": documents.name(self.source),
            "birth_on": self.today.replace(year=self.today.year - age, day=1).isoformat(),
            "cpf": documents.cpf(self.source),
            "mother_name": documents.name(self.source),
            "contacts": [{"channel": "whatsapp", "value": phone}],
        }
        return Person(
            ref=f"{self.tenant}-{self._count:05d}",
            branch="mostra",
            contract=contract,
            body=known | body,
            joining_on=joins or self.today,
            requested_on=self.today,
            linked_on=None,
            disease=None,
            expected=Expected("mostra"),
        )

    async def enrols(self, person: Person) -> Life:
        """The operator enrols them by its API; a declaration is due and its link on the way."""
        body = feed.enrolment(self.world.batch, person)
        await self.staff("integracao", "registry").post("/enrolments", body)
        life = Life(self.world, person, Phone(self.world, person))
        await life.begin()
        return life

    async def declares(self, *yes: str, **person: Any) -> Life:
        """Somebody joins, fills and signs by phone; what follows is for triage to say."""
        life = await self.enrols(self.person(**person))
        await life.phone.declare(yes)
        return life

    async def assisted(self, life: Life) -> None:
        """A session opened at the desk: an employee types, no code is needed to come in."""
        path = f"/declarations/{life.declaration_id}/assistance"
        body = {"identity_check": "Documento com foto conferido"}
        opened = await self.staff("balcao").post(path, body)
        life.phone.take(opened["session"], assisted=True)

    async def signs_at_desk(self, life: Life, *yes: str) -> Life:
        """The whole form at the desk, signed on paper."""
        await self.assisted(life)
        await life.phone.answer(await life.phone.acknowledge(), yes)
        text_hash = (await life.phone.api.get(PUBLIC))["text_hash"]
        scan = {"text_hash": text_hash, "media_type": "application/pdf", "content_base64": PDF}
        path = f"/declarations/{life.declaration_id}/paper-signature"
        await self.staff("balcao").post(path, scan)
        return life

    async def at_desk(self, *yes: str, **person: Any) -> Life:
        """Somebody joins and declares at the desk."""
        return await self.signs_at_desk(await self.enrols(self.person(**person)), *yes)

    async def opines(self, life: Life, question: str, *cids: str) -> None:
        """The analyst confirms CIDs for one question."""
        confirmed = [{"question_id": question, "cid": cid} for cid in cids]
        body = {"conclusion": "preexisting", "text": "Laudo lido.", "confirmed": confirmed}
        await life.office.decide(life.office.analyst, "opinion", body)

    async def offered(self, question: str, *cids: str, **person: Any) -> Life:
        """Declares one disease, which analyst and auditor confirm."""
        life = await self.at_desk(question, **person)
        await life.to_analysis()
        await self.opines(life, question, *cids)
        await life.office.audit("offer")
        return life

    async def restricted(self, question: str, *cids: str, **person: Any) -> Life:
        """The same, and the person signs the CPT term."""
        life = await self.offered(question, *cids, **person)
        await life.phone.answer_offer("cpt")
        await life.phone.sign_term()
        await life.soon(life.declaration_id, RELEASED)
        return life

    async def exchange_keys(self) -> None:
        """The ERP's public key is registered, so that CPTs can be reported to it."""
        jwk = (await self.staff("motorista", "sandbox").get("/erp/key"))["jwk"]
        await self.staff("integracao").put("/partners/notus", {"jwk": jwk})

    async def together[T](self, acts: Iterable[Awaitable[T]]) -> list[T]:
        """All of them, a few at a time, in their order."""

        async def one(act: Awaitable[T]) -> T:
            async with self._few:
                return await act

        return await asyncio.gather(*(one(act) for act in acts))

    async def publishes(
        self, name: str, change: Callable[[dict[str, Any]], None], **draft: Any
    ) -> dict[str, Any]:
        """One owner changes a rule set as it stands, a second one publishes it."""
        author, second = self.staff("regras.1"), self.staff("regras.2")
        content = deepcopy((await self.rules(name))["content"])
        change(content)
        await author.put(f"/rule-sets/{name}/draft", {"content": content, "cases": []} | draft)
        body = await self.read_draft(name)
        published: dict[str, Any] = await second.post(f"/rule-sets/{name}/draft/publication", body)
        return published

    async def read_draft(self, name: str) -> dict[str, str]:
        """What the second owner read and would publish."""
        page = await self.staff("regras.2").get(f"/rule-sets/{name}/versions")
        return {"content_hash": page["items"][0]["content_hash"]}

    async def rules(self, name: str) -> dict[str, Any]:
        """The version of a rule set in force."""
        page = await self.staff("regras.1").get(f"/rule-sets/{name}/versions")
        found: dict[str, Any] = next(one for one in page["items"] if one["status"] == "published")
        return found

    async def gives_times(self, *starts: datetime, doctor: str = "medico.1") -> list[str]:
        """Slots of one doctor; their ids in order."""
        slots = [{"doctor": doctor, "starts_at": at.isoformat(), "minutes": 30} for at in starts]
        page = await self.staff("agenda").post("/slots", {"slots": slots})
        by_time = {datetime.fromisoformat(one["starts_at"]): one for one in page["items"]}
        return [by_time[at]["slot_id"] for at in starts]

    async def now(self) -> datetime:
        """The operator's time."""
        state = await self.staff("motorista", "sandbox").get("/clock")
        return datetime.fromisoformat(state["now"])

    async def signed_on(self, life: Life) -> date:
        """The operator's day on which a form was signed, however far the clock went since."""
        query = "select signed_at from declaration where tenant_id = $1 and declaration_id = $2"
        [form] = await rows(self.admin(HD), query, self.tenant, life.declaration_id)
        at: datetime = form["signed_at"]
        return at.astimezone(ZONE).date()

    async def days_pass(self, to: datetime) -> None:
        """Moves the clock, and waits until every service follows it."""
        await self.quiet.jump(to)
        await patiently(lambda: self.quiet.clocks(self.quiet.version), SECONDS, "relógios")

    async def settled(self) -> None:
        """Waits until every fact was published, heard, and led to no other: seen twice, at rest."""
        seen: list[str] = []

        async def at_rest() -> bool:
            seen.append(await self.quiet.travelling())
            return seen[-2:] == ["", ""]

        await self.until(at_rest, "fatos a caminho")

    async def all_due_done(self) -> None:
        """Waits until nothing that fell due is still to be done."""

        async def done() -> bool:
            due = await self.quiet.next_due()
            return due is None or due > await self.now()

        await self.until(done, "prazos vencidos")

    async def until(
        self, holds: Callable[[], Awaitable[bool]], what: str, seconds: float = SECONDS
    ) -> None:
        """Waits for what work alone brings."""

        async def left() -> str:
            return "" if await holds() else "ainda não"

        await patiently(left, seconds, what)

    async def trail(self, subject: str, service: str = HD) -> list[dict[str, Any]]:
        """The audit trail of a subject, oldest first."""
        page = await self.staff("encarregado", service).get(f"/ops/audit?subject={subject}")
        entries: list[dict[str, Any]] = page["items"]
        return entries[::-1]

    async def sealed(self, subject: str, service: str = HD) -> list[dict[str, Any]]:
        """The same, once every entry is in the chain."""
        entries: list[dict[str, Any]] = []

        async def every() -> bool:
            entries[:] = await self.trail(subject, service)
            return bool(entries) and all(one["hash"] for one in entries)

        await self.until(every, "trilha por selar")
        return entries

    async def chain(self, service: str = HD) -> dict[str, Any]:
        """What the service says of its chain."""
        path = "/ops/audit/chain"
        report: dict[str, Any] = await self.staff("encarregado", service).get(path)
        return report

    def admin(self, database: str) -> str:
        """The login of whoever runs the database server."""
        dsn = str(self.world.stack.told["postgres"]["admin"]["admin"])
        return dsn.rpartition("/")[0] + f"/{database}"


def enrolment(house: House, person: Person) -> dict[str, Any]:
    """What the registry's API takes for a person of this house."""
    return feed.enrolment(house.world.batch, person)


async def refused(asked: Awaitable[Any]) -> Refused:
    """The refusal that a request comes to; AssertionError when it is answered."""
    try:
        answer = await asked
    except Refused as refusal:
        return refusal
    raise AssertionError(f"aceito: {answer}")


async def rows(dsn: str, query: str, *values: Any) -> list[asyncpg.Record]:
    """What a query of the database server's own administrator finds."""
    connection = await asyncpg.connect(dsn)
    try:
        found: list[asyncpg.Record] = await connection.fetch(query, *values)
        return found
    finally:
        await connection.close()


def whole_hour(moment: datetime, hours: float) -> datetime:
    """So many hours later, on the full minute."""
    return (moment + timedelta(hours=hours)).replace(second=0, microsecond=0)


@asynccontextmanager
async def house() -> AsyncIterator[House]:
    """An operator nobody used before, on the stack of VINCULO_RUN."""
    stack = open_stack()
    tenant = FIRST_TENANT + secrets.randbelow(TENANTS)
    source = Random(tenant)  # noqa: S311 - made-up people, not secrets
    async with opened(stack, _nobody(tenant)) as world:
        quiet = Quiet(world)
        await quiet.open()
        try:
            yield House(world, source, quiet)
        finally:
            await quiet.close()


def _nobody(tenant: int) -> Batch:
    """The contracts of a batch without its people."""
    made = batch(tenant, tenant, datetime.now(ZONE).date(), SMALL_STORY)
    assert set(made.contracts) == set(KINDS)
    return Batch(made.seed, tenant, made.today, made.size, made.contracts, ())
