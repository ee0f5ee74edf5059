"""A fact asks for a contact; it leaves once, on the wire, and what became of it comes back."""

import json
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from contracts.health_declaration.events import ContactRequested
from contracts.registry.events import PersonRecorded
from tests.support.bench import bearer, until
from tests.support.postgres import Postgres
from tests.support.ring import LINK, Ring, email, joined, whatsapp


@pytest.fixture(scope="module")
async def ring(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ring]:
    async with joined(postgres, tmp_path_factory.mktemp("ring")) as made:
        yield made


@pytest.fixture
async def hasty(
    postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Ring]:
    """A sender that waits for an answer shorter than the stand-in takes to lose one."""
    folder = tmp_path_factory.mktemp("hasty")
    async with joined(postgres, folder, send_seconds=1.5) as made:
        yield made


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
        email("ana@example.com", preferred=True),
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
        email("bia@example.com"),
    )
    record = await ring.reaches(await ring.ask(person_id), "sent")
    assert [(a["channel"], a["status"]) for a in record["attempts"]] == [
        ("whatsapp", "failed"),
        ("email", "sent"),
    ]


async def test_what_is_reported_undeliverable_later_falls_back_too(ring: Ring) -> None:
    await ring.behave("+5541900000005", "undeliverable")
    person_id = await ring.person(whatsapp("+5541900000005"), email("caio@example.com"))
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


async def test_a_lost_answer_is_settled_by_the_providers_report(hasty: Ring) -> None:
    await hasty.behave("+5541900000008", "lost", times=1)
    contact_id = await hasty.ask(await hasty.person(whatsapp("+5541900000008")))
    await hasty.reaches(contact_id, "delivered")
    raw = [r for r in await hasty.raw("whatsapp") if r["recipient"] == "+5541900000008"]
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
