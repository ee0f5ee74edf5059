"""Contact and sandbox joined by real sockets, for tests of what leaves and what comes back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from contracts.base import Event
from contracts.health_declaration.events import ContactRequested
from contracts.registry.events import Contact, PersonRecorded
from kit.db import Begin, Transaction
from services.contact import app as contact_app
from services.contact import worker
from services.contact.consumers import HANDLERS
from services.contact.models import plumbing
from services.contact.settings import ContactSettings
from services.contact.usecases.sender import Sender
from services.sandbox import app as sandbox_app
from services.sandbox.models import plumbing as sandbox_plumbing
from services.sandbox.settings import SandboxSettings
from services.sandbox.usecases import mail
from tests.support.bench import (
    Bench,
    bearer,
    bench,
    free_port,
    sandbox_files,
    served,
    transactions_of,
    until,
)
from tests.support.postgres import Postgres

LINK = {"link_url": "https://plano.example/ds/abc", "expires_on": "2026-12-01"}


@dataclass
class Ring:
    """What a test asks of them."""

    begin: Begin
    contact: httpx.AsyncClient
    sandbox: httpx.AsyncClient
    bench: Bench
    sender: Sender
    tenant_id: int

    async def person(self, *contacts: Contact) -> str:
        person_id = str(uuid4())
        await self.tell(person_id, 1, *contacts)
        return person_id

    async def tell(self, person_id: str, revision: int, *contacts: Contact) -> None:
        """What the registry says of the person."""
        event = PersonRecorded(
            tenant_id=self.tenant_id,
            person_id=person_id,
            revision=revision,
            full_name="Ana Prado",
            birth_on="1990-01-01",
            cpf="52998224725",
            contacts=contacts,
        )
        await self.hand(event)

    async def ask(
        self,
        person_id: str,
        template: str = "ds.link",
        params: dict[str, str] = LINK,
        channel: str | None = None,
        addresses: tuple[Contact, ...] | None = None,
    ) -> str:
        contact_id = str(uuid4())
        event = ContactRequested(
            tenant_id=self.tenant_id,
            person_id=person_id,
            contact_id=contact_id,
            template=template,
            params=params,
            channel=channel,
            addresses=addresses,
        )
        await self.hand(event)
        return contact_id

    async def ask_in(self, tx: Transaction, person_id: str, contact_id: str) -> None:
        """Inside a transaction of the test, so that no sender sees it before the test does."""
        event = ContactRequested(
            tenant_id=self.tenant_id,
            person_id=person_id,
            contact_id=contact_id,
            template="ds.link",
            params=LINK,
        )
        await HANDLERS[ContactRequested](tx, event)
        await tx.flush()

    async def hand(self, *events: Event) -> None:
        async with self.begin(self.tenant_id) as tx:
            for event in events:
                await HANDLERS[type(event)](tx, event)

    async def record(self, contact_id: str) -> dict[str, object]:
        answer = await self.contact.get(
            f"/contacts/{contact_id}", headers=bearer(self.tenant_id, "operator")
        )
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def reaches(self, contact_id: str, status: str, seconds: float = 90) -> dict[str, object]:
        async def there() -> dict[str, object] | None:
            found = await self.record(contact_id)
            return found if found["status"] == status else None

        found: dict[str, object] = await until(there, seconds)
        return found

    async def raw(self, provider: str, since_id: int = 0) -> list[dict[str, object]]:
        answer = await self.sandbox.get(
            f"/raw/{provider}",
            params={"since_id": since_id},
            headers=bearer(self.tenant_id, "sandbox_driver"),
        )
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])

    async def behave(self, recipient: str, mode: str, times: int = 0) -> None:
        answer = await self.sandbox.post(
            "/whatsapp-mode",
            json={"recipient": recipient, "mode": mode, "times": times},
            headers=bearer(self.tenant_id, "sandbox_driver"),
        )
        assert answer.status_code == 200, answer.text


def environment(monkeypatch: pytest.MonkeyPatch, *parts: dict[str, str]) -> None:
    for part in parts:
        for name, value in part.items():
            monkeypatch.setenv(name, value)


@asynccontextmanager
async def joined(
    postgres: Postgres, folder: Path, send_seconds: float = 10.0
) -> AsyncIterator[Ring]:
    """Both services, a sender and the mail sink at work on new databases.

    A stand-in that loses an answer takes 4 seconds over it: longer than `send_seconds` only where
    a test is about that.
    """
    ports = [free_port() for _ in range(3)]
    shared = {
        "VINCULO_CONTACT_URL": f"http://127.0.0.1:{ports[0]}",
        "VINCULO_SANDBOX_URL": f"http://127.0.0.1:{ports[1]}",
        "VINCULO_WHATSAPP_URL": f"http://127.0.0.1:{ports[1]}/whatsapp",
        "VINCULO_WHATSAPP_PHONE_NUMBER_ID": "111",
        "VINCULO_WHATSAPP_TOKEN": "token",
        "VINCULO_WHATSAPP_APP_SECRET": "secret",
        "VINCULO_WHATSAPP_VERIFY_TOKEN": "verify",
        "VINCULO_SMTP_PORT": str(ports[2]),
        "VINCULO_SEND_TIMEOUT_SECONDS": str(send_seconds),
        "VINCULO_SWEEP_SECONDS": "0.3",
        "VINCULO_FULL_SWEEP_SECONDS": "0.3",
        "VINCULO_CLAIM_LEASE_SECONDS": "60",
        "VINCULO_LOST_SECONDS": "4",
        **sandbox_files(folder),
    }
    of_contact, of_sandbox = await bench(postgres, "contact"), await bench(postgres, "sandbox")
    with pytest.MonkeyPatch.context() as patch:
        environment(patch, shared, of_sandbox.environment)
        sandbox, sandbox_settings = sandbox_app.create(), SandboxSettings()
        environment(patch, of_contact.environment)
        contact, settings = contact_app.create(), ContactSettings()
    stopping = asyncio.Event()
    async with (
        served(sandbox, ports[1]) as sandbox_client,
        served(contact, ports[0]) as contact_client,
        transactions_of(settings, plumbing) as begin,
        transactions_of(sandbox_settings, sandbox_plumbing) as sandbox_begin,
        worker.client(settings) as http,
        asyncio.TaskGroup() as group,
    ):
        sender = Sender(settings, worker.providers(settings, http))
        group.create_task(sender.run(begin, stopping))
        group.create_task(mail.serve(sandbox_begin, "127.0.0.1", ports[2], stopping))
        yield Ring(begin, contact_client, sandbox_client, of_contact, sender, 7)
        stopping.set()


def whatsapp(number: str, *, preferred: bool = False) -> Contact:
    return Contact(channel="whatsapp", value=number, preferred=preferred)


def email(address: str, *, preferred: bool = False) -> Contact:
    return Contact(channel="email", value=address, preferred=preferred)
