"""Two thousand contacts leave, each once, with bounded calls in flight."""

import asyncio
from collections import Counter
from uuid import uuid4

import pytest

from contracts.health_declaration.events import ContactRequested
from contracts.registry.events import PersonRecorded
from kit.db import Begin
from services.contact.consumers import HANDLERS
from services.contact.gateways.base import Accepted, Outcome, Outgoing
from services.contact.models import plumbing
from services.contact.settings import ContactSettings
from services.contact.usecases.sender import Sender
from tests.support.bench import bench, transactions_of, until
from tests.support.postgres import Postgres
from tests.support.ring import LINK, whatsapp

CONTACTS = 2_000
BATCH = 500


class Provider:
    """Answers as far away as a real one, and counts what is in flight."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()
        self.flying = self.most = 0

    async def send(self, message: Outgoing) -> Outcome:
        self.flying += 1
        self.most = max(self.most, self.flying)
        await asyncio.sleep(0.05)
        self.flying -= 1
        self.taken[message.to] += 1
        return Accepted(f"wamid.{message.attempt_id}")


def number(index: int) -> str:
    return f"+55418{index:08d}"


def person(index: int) -> PersonRecorded:
    return PersonRecorded(
        tenant_id=7,
        person_id=f"p-{index}",
        revision=1,
        full_name="Ana Prado",
        birth_on="1990-01-01",
        cpf="52998224725",
        contacts=(whatsapp(number(index)),),
    )


def request(index: int) -> ContactRequested:
    return ContactRequested(
        tenant_id=7,
        person_id=f"p-{index}",
        contact_id=str(uuid4()),
        template="ds.link",
        params=LINK,
    )


async def hand(begin: Begin, events: list[PersonRecorded | ContactRequested]) -> None:
    """As the inbox does: a batch is a transaction."""
    for start in range(0, len(events), BATCH):
        async with begin(7) as tx:
            for event in events[start : start + BATCH]:
                await HANDLERS[type(event)](tx, event)


async def test_two_thousand_contacts_leave_each_once_with_bounded_calls(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    contact = await bench(postgres, "contact")
    for name, value in contact.environment.items():
        monkeypatch.setenv(name, value)
    settings, provider, stopping = ContactSettings(), Provider(), asyncio.Event()
    sender = Sender(settings, {"whatsapp": provider})

    async def all_made() -> bool:
        made = await contact.rows("select count(*) from attempt where status = 'sent'")
        return bool(made[0][0] == CONTACTS)

    async with transactions_of(settings, plumbing) as begin, asyncio.TaskGroup() as group:
        await hand(begin, [person(index) for index in range(CONTACTS)])
        group.create_task(sender.run(begin, stopping))
        await hand(begin, [request(index) for index in range(CONTACTS)])
        await until(all_made, seconds=600, every=0.2)
        stopping.set()
    facts = await contact.facts("contact.contact.made.v1", 7)
    assert len(facts) == CONTACTS
    assert provider.taken == Counter(number(index) for index in range(CONTACTS))
    assert provider.most <= settings.send_concurrency
