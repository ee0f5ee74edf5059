"""One tenant's backlog silences nobody: free calls are shared in turn, codes leave first."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import postgresql

from contracts.health_declaration.events import ContactRequested
from contracts.registry.events import PersonRecorded
from kit.db import Begin
from services.contact.consumers import HANDLERS
from services.contact.gateways.base import Accepted, Outcome, Outgoing
from services.contact.models import plumbing
from services.contact.settings import ContactSettings
from services.contact.usecases.claims import due_tries, take
from services.contact.usecases.sender import Sender
from tests.support.bench import Bench, bench, transactions_of, until
from tests.support.postgres import Postgres
from tests.support.ring import LINK, whatsapp

CODE = {"code": "123456", "minutes": "10"}
LARGE, SMALL, OTHER = 3, 9, 5
"""Tenants: the one with the backlog has the lowest number."""


@dataclass
class Provider:
    """Takes everything within a moment and keeps the order."""

    taken: list[tuple[int, str]] = field(default_factory=list)
    flying: Counter[str] = field(default_factory=Counter)
    together: list[int] = field(default_factory=list)
    """How many were on their way when each was sent: to anybody, and to the same person."""
    most_to_one: int = 0

    async def send(self, message: Outgoing) -> Outcome:
        self.taken.append((int(message.reference.partition(".")[0]), message.template))
        self.flying[message.to] += 1
        self.together.append(self.flying.total())
        self.most_to_one = max(self.most_to_one, self.flying[message.to])
        await asyncio.sleep(0)
        self.flying[message.to] -= 1
        return Accepted(f"wamid.{message.attempt_id}")


@dataclass(frozen=True)
class Line:
    of_contact: Bench
    settings: ContactSettings
    begin: Begin

    async def ask(self, tenant_id: int, *templates: str, phone: str = "+5541900000001") -> None:
        """One person who is asked for all of this, in this order."""
        person = PersonRecorded(
            tenant_id=tenant_id,
            person_id=str(uuid4()),
            revision=1,
            full_name="Ana Prado",
            birth_on="1990-01-01",
            cpf="52998224725",
            contacts=(whatsapp(phone),),
        )
        asked = [
            ContactRequested(
                tenant_id=tenant_id,
                person_id=person.person_id,
                contact_id=str(uuid4()),
                template=template,
                params=CODE if template == "ds.code" else LINK,
            )
            for template in templates
        ]
        for event in (person, *asked):
            async with self.begin(tenant_id) as tx:
                await HANDLERS[type(event)](tx, event)

    async def left(self, calls: int) -> list[tuple[int, str]]:
        """All that leaves with so many calls in flight, in its order."""
        provider = Provider()
        await self.leave(provider, calls)
        return provider.taken

    async def leave(self, provider: Provider, calls: int) -> None:
        """All of it leaves by this provider."""
        settings = self.settings.model_copy(update={"send_concurrency": calls})
        stopping = asyncio.Event()
        sender = Sender(settings, {"whatsapp": provider})

        async def none_waits() -> bool:
            query = "select count(*) from attempt where status <> 'sent'"
            return not (await self.of_contact.rows(query))[0][0]

        async with asyncio.TaskGroup() as group:
            group.create_task(sender.run(self.begin, stopping))
            await until(none_waits, seconds=240, every=0.1)
            stopping.set()


@asynccontextmanager
async def lined(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Line]:
    of_contact = await bench(postgres, "contact")
    for name, value in of_contact.environment.items():
        monkeypatch.setenv(name, value)
    settings = ContactSettings()
    async with transactions_of(settings, plumbing) as begin:
        yield Line(of_contact, settings, begin)


async def test_a_tenant_with_a_backlog_takes_no_more_than_its_share_while_others_wait(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with lined(postgres, monkeypatch) as line:
        for _ in range(24):
            await line.ask(LARGE, "ds.link")
        for template in ("ds.link", "ds.code"):
            await line.ask(SMALL, template)
        left = await line.left(calls=4)
    first = [tenant for tenant, _ in left[:4]]
    assert sorted(first) == [LARGE, LARGE, SMALL, SMALL]


async def test_with_a_single_call_in_flight_tenants_take_turns(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with lined(postgres, monkeypatch) as line:
        for tenant_id in (LARGE, OTHER, SMALL):
            await line.ask(tenant_id, *["ds.link"] * 3)
        left = [tenant for tenant, _ in await line.left(calls=1)]
    assert [sorted(left[start : start + 3]) for start in (0, 3, 6)] == [[LARGE, OTHER, SMALL]] * 3


async def test_a_code_leaves_before_reminders_that_were_asked_for_earlier(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with lined(postgres, monkeypatch) as line:
        await line.ask(LARGE, *["ds.link"] * 6, "ds.code")
        left = [template for _, template in await line.left(calls=1)]
    assert left == ["ds.code", *["ds.link"] * 6]


async def test_one_person_is_sent_one_message_at_a_time_and_others_do_not_wait(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = Provider()
    async with lined(postgres, monkeypatch) as line:
        for phone in ("+5541900000001", "+5541900000002"):
            await line.ask(LARGE, *["ds.link"] * 4, phone=phone)
        await line.leave(provider, calls=4)
    assert len(provider.taken) == 8
    assert (provider.most_to_one, max(provider.together)) == (1, 2)


async def test_who_waits_for_an_answer_is_passed_over_but_for_a_code(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with lined(postgres, monkeypatch) as line:
        await line.ask(LARGE, "ds.link", "ds.code", "ds.link")
        async with line.begin(LARGE) as tx:
            [code] = await take(tx, limit=9)
        async with line.begin(LARGE) as tx:
            assert await take(tx, limit=9, busy={code.person_id}) == []
            [first] = await take(tx, limit=9)
        await line.ask(LARGE, "ds.link")
        async with line.begin(LARGE) as tx:
            [other] = await take(tx, limit=1, busy={code.person_id})
    assert isinstance(code.message, Outgoing)
    assert isinstance(first.message, Outgoing)
    assert (code.message.template, first.message.template) == ("ds.code", "ds.link")
    assert other.person_id != code.person_id


@pytest.mark.parametrize("busy", [(), ("somebody",)])
async def test_the_line_is_read_from_its_index_however_long_it_is(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch, busy: tuple[str, ...]
) -> None:
    query = due_tries(LARGE, 32, busy).compile(
        dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}
    )
    async with lined(postgres, monkeypatch) as line, line.begin(LARGE) as tx:
        for kind in ("seqscan", "sort"):
            await tx.session.execute(text(f"set local enable_{kind} = off"))
        rows = await tx.session.execute(text(f"explain {query}"))
        plan = "\n".join(row[0] for row in rows)
    assert "attempt_in_line" in plan
    assert "Sort" not in plan
