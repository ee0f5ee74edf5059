"""A fact asks for a contact; it leaves once, on the wire, and what became of it comes back."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import uuid4

import httpx
import pytest

from contracts.health_declaration.events import ContactRequested
from contracts.registry.events import Contact, PersonRecorded
from kit.db import Begin
from services.contact import app as contact_app
from services.contact import worker
from services.contact.consumers import handlers
from services.contact.models import plumbing
from services.contact.settings import ContactSettings
from services.contact.usecases.sender import Hot, Sender
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
    """Contact and sandbox, joined by real sockets."""

    begin: Begin
    contact: httpx.AsyncClient
    sandbox: httpx.AsyncClient
    bench: Bench
    sender: Sender
    hot: Hot
    tenant_id: int

    async def person(self, *contacts: Contact) -> str:
        person_id = str(uuid4())
        event = PersonRecorded(
            tenant_id=self.tenant_id,
            person_id=person_id,
            revision=1,
            full_name="Ana Prado",
            birth_on="1990-01-01",
            cpf="52998224725",
            contacts=contacts,
        )
        await self.hand(event)
        return person_id

    async def ask(self, person_id: str, template: str = "ds.link", **more: object) -> str:
        contact_id = str(uuid4())
        more.setdefault("params", LINK)
        event = ContactRequested(
            tenant_id=self.tenant_id,
            person_id=person_id,
            contact_id=contact_id,
            template=template,
            **more,
        )
        await self.hand(event)
        return contact_id

    async def hand(self, *events: object) -> None:
        known = handlers(self.hot.notice)
        async with self.begin(self.tenant_id) as tx:
            for event in events:
                await known[type(event)](tx, event)

    async def record(self, contact_id: str) -> dict[str, object]:
        answer = await self.contact.get(
            f"/contacts/{contact_id}", headers=bearer(self.tenant_id, "operator")
        )
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def reaches(self, contact_id: str, status: str, seconds: float = 20) -> dict[str, object]:
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


@pytest.fixture(scope="module")
async def ring(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ring]:
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
        "VINCULO_SEND_TIMEOUT_SECONDS": "1.5",
        "VINCULO_SWEEP_SECONDS": "0.3",
        "VINCULO_CLAIM_LEASE_SECONDS": "4",
        "VINCULO_LOST_SECONDS": "4",
        **sandbox_files(tmp_path_factory.mktemp("sandbox")),
    }
    of_contact, of_sandbox = await bench(postgres, "contact"), await bench(postgres, "sandbox")
    with pytest.MonkeyPatch.context() as patch:
        environment(patch, shared, of_sandbox.environment)
        sandbox, sandbox_settings = sandbox_app.create(), SandboxSettings()
        environment(patch, of_contact.environment)
        contact, settings = contact_app.create(), ContactSettings()
    stopping, hot = asyncio.Event(), Hot()
    async with (
        served(sandbox, ports[1]) as sandbox_client,
        served(contact, ports[0]) as contact_client,
        transactions_of(settings, plumbing) as begin,
        transactions_of(sandbox_settings, sandbox_plumbing) as sandbox_begin,
        worker.client(settings) as http,
        asyncio.TaskGroup() as group,
    ):
        sender = Sender(settings, worker.providers(settings, http), hot)
        group.create_task(sender.run(begin, stopping))
        group.create_task(mail.serve(sandbox_begin, "127.0.0.1", ports[2], stopping))
        yield Ring(begin, contact_client, sandbox_client, of_contact, sender, hot, 7)
        stopping.set()


def whatsapp(number: str, **more: bool) -> Contact:
    return Contact(channel="whatsapp", value=number, **more)


async def test_a_request_leaves_once_and_its_delivery_comes_back(ring: Ring) -> None:
    person_id = await ring.person(whatsapp("+5541900000001"))
    contact_id = await ring.ask(person_id)

    record = await ring.reaches(contact_id, "delivered")

    sent = [r for r in await ring.raw("whatsapp") if r["recipient"] == "+5541900000001"]
    assert len(sent) == 1
    body = json.loads(str(sent[0]["body"]))
    assert body["template"]["name"] == "ds_link_v1"
    assert LINK["link_url"] in str(sent[0]["body"])
    assert body["biz_opaque_callback_data"] == f"7.{record['attempts'][0]['attempt_id']}"
    kinds = [
        [f["key"] for f in await ring.bench.facts(kind, 7) if contact_id in f["payload"]]
        for kind in ("contact.contact.made.v1", "contact.contact.delivered.v1")
    ]
    assert kinds == [[person_id], [person_id]]


async def test_the_preferred_channel_is_used(ring: Ring) -> None:
    person_id = await ring.person(
        whatsapp("+5541900000002"),
        Contact(channel="email", value="ana@example.com", preferred=True),
    )
    record = await ring.reaches(await ring.ask(person_id), "sent")

    mails = [r for r in await ring.raw("smtp") if r["recipient"] == "ana@example.com"]
    attempt = record["attempts"][0]
    assert [attempt["channel"] for attempt in record["attempts"]] == ["email"]
    assert len(mails) == 1
    assert f"<{attempt['attempt_id']}@" in str(mails[0]["body"])


async def test_a_channel_asked_for_is_the_only_one(ring: Ring) -> None:
    person_id = await ring.person(whatsapp("+5541900000003"))
    contact_id = await ring.ask(
        person_id, "ds.code", params={"code": "1", "minutes": "5"}, channel="email"
    )
    await ring.reaches(contact_id, "failed")
    assert not [r for r in await ring.raw("whatsapp") if r["recipient"] == "+5541900000003"]


async def test_a_refusal_falls_back_to_the_next_channel(ring: Ring) -> None:
    await ring.behave("+5541900000004", "invalid")
    person_id = await ring.person(
        whatsapp("+5541900000004", preferred=True),
        Contact(channel="email", value="bia@example.com"),
    )
    record = await ring.reaches(await ring.ask(person_id), "sent")
    assert [(a["channel"], a["status"]) for a in record["attempts"]] == [
        ("whatsapp", "failed"),
        ("email", "sent"),
    ]


async def test_what_is_reported_undeliverable_later_falls_back_too(ring: Ring) -> None:
    await ring.behave("+5541900000005", "undeliverable")
    person_id = await ring.person(
        whatsapp("+5541900000005"), Contact(channel="email", value="caio@example.com")
    )
    record = await ring.reaches(await ring.ask(person_id), "sent")
    await until(lambda: _mails(ring, "caio@example.com"))
    record = await ring.record(str(record["contact_id"]))
    assert [a["channel"] for a in record["attempts"]] == ["whatsapp", "email"]
    assert "131026" in record["attempts"][0]["reason"]


async def _mails(ring: Ring, recipient: str) -> list[dict[str, object]]:
    return [r for r in await ring.raw("smtp") if r["recipient"] == recipient]


async def test_with_no_channel_left_it_fails_and_says_so(ring: Ring) -> None:
    await ring.behave("+5541900000006", "invalid")
    contact_id = await ring.ask(await ring.person(whatsapp("+5541900000006")))
    record = await ring.reaches(contact_id, "failed")
    facts = await ring.bench.facts("contact.contact.failed.v1", 7)
    told = [json.loads(f["payload"])["reason"] for f in facts if contact_id in f["payload"]]
    assert told == [record["reason"]]
    assert "131026" in told[0]


async def test_an_outage_is_waited_out_without_a_second_message(ring: Ring) -> None:
    await ring.behave("+5541900000007", "down", times=2)
    contact_id = await ring.ask(await ring.person(whatsapp("+5541900000007")))
    await ring.reaches(contact_id, "delivered")
    raw = [r for r in await ring.raw("whatsapp") if r["recipient"] == "+5541900000007"]
    assert [r["accepted"] for r in raw] == [False, False, True]


async def test_a_lost_answer_is_settled_by_the_providers_report(ring: Ring) -> None:
    await ring.behave("+5541900000008", "lost", times=1)
    contact_id = await ring.ask(await ring.person(whatsapp("+5541900000008")))
    await ring.reaches(contact_id, "delivered")
    raw = [r for r in await ring.raw("whatsapp") if r["recipient"] == "+5541900000008"]
    assert len(raw) == 1


async def test_missing_parameters_fail_the_contact_and_park_nothing(ring: Ring) -> None:
    person_id = await ring.person(whatsapp("+5541900000009"))
    record = await ring.reaches(
        await ring.ask(person_id, params={"link_url": "https://x.example"}), "failed"
    )
    assert "expires_on" in str(record["reason"])
    record = await ring.reaches(await ring.ask(person_id, "ds.unheard_of"), "failed")
    assert record["attempts"] == []


async def test_a_request_waits_for_a_person_not_known_yet(ring: Ring) -> None:
    person_id = str(uuid4())
    contact_id = await ring.ask(person_id)
    assert (await ring.record(contact_id))["status"] == "queued"
    await ring.hand(
        PersonRecorded(
            tenant_id=7,
            person_id=person_id,
            revision=1,
            full_name="Davi Rocha",
            birth_on="1980-01-01",
            cpf="52998224725",
            contacts=(whatsapp("+5541900000010"),),
        )
    )
    await ring.reaches(contact_id, "delivered")


async def test_the_same_request_twice_is_one_contact(ring: Ring) -> None:
    person_id = await ring.person(whatsapp("+5541900000011"))
    event = ContactRequested(
        tenant_id=7, person_id=person_id, contact_id=str(uuid4()), template="ds.link", params=LINK
    )
    await ring.hand(event, event)
    await ring.hand(event)
    await ring.reaches(event.contact_id, "delivered")
    raw = [r for r in await ring.raw("whatsapp") if r["recipient"] == "+5541900000011"]
    assert len(raw) == 1


async def test_another_tenant_finds_nothing(ring: Ring) -> None:
    contact_id = await ring.ask(await ring.person(whatsapp("+5541900000012")))
    answer = await ring.contact.get(f"/contacts/{contact_id}", headers=bearer(8, "operator"))
    assert answer.status_code == 404
    page = await ring.contact.get("/contacts", headers=bearer(8, "operator"))
    assert page.json()["items"] == []
