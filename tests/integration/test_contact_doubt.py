"""A send of unknown fate is settled by its provider or by a person, never repeated blindly."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, update
from sqlmodel import col

from contracts.registry.events import MergeUndone, PeopleMerged, PersonErased
from kit.db import Transaction
from kit.keyring import KeyMissing
from kit.pages import encode_cursor
from services.contact.gateways.base import Accepted, NotSent, Outcome, Outgoing, Unknown
from services.contact.gateways.smtp import Smtp
from services.contact.models import Attempt
from services.contact.usecases import claims
from tests.support.bench import bearer, free_port
from tests.support.postgres import Postgres
from tests.support.ring import LINK, Ring, email, joined, whatsapp

OPERATOR = bearer(7, "operator")


@pytest.fixture(scope="module")
async def ring(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ring]:
    async with joined(postgres, tmp_path_factory.mktemp("ring")) as made:
        yield made


async def orphan(ring: Ring, address: str) -> str:
    """A contact whose sender died between the claim and the call."""
    person_id = await ring.person(email(address))
    contact_id = str(uuid4())
    async with ring.begin(ring.tenant_id) as tx:
        await ring.ask_in(tx, person_id, contact_id)
        await tx.flush()
        taken = await claims.take(tx, 100)
        # It died an hour ago: the lease need not be so short that a slow send outlasts it.
        mine = col(Attempt.contact_id) == contact_id
        long_ago = update(Attempt).where(mine).values(claimed_at=func.now() - timedelta(hours=1))
        await tx.session.execute(long_ago)
    assert [claim.contact_id for claim in taken] == [contact_id]
    return contact_id


async def test_a_sender_that_died_leaves_a_doubt_for_a_person(ring: Ring) -> None:
    contact_id = await orphan(ring, "eva@example.com")
    await ring.reaches(contact_id, "unknown")
    page = await ring.contact.get("/contacts", params={"status": "unknown"}, headers=OPERATOR)
    assert contact_id in [item["contact_id"] for item in page.json()["items"]]
    assert not [r for r in await ring.raw("smtp") if r["recipient"] == "eva@example.com"]

    refused = await ring.contact.post(
        f"/contacts/{contact_id}/resolve",
        json={"outcome": "resend", "reason": "não consta no provedor"},
        headers=bearer(7, "desk"),
    )
    assert refused.status_code == 403
    answer = await ring.contact.post(
        f"/contacts/{contact_id}/resolve",
        json={"outcome": "resend", "reason": "não consta no provedor"},
        headers=OPERATOR,
    )
    assert answer.status_code == 200, answer.text
    await ring.reaches(contact_id, "sent")
    mails = [r for r in await ring.raw("smtp") if r["recipient"] == "eva@example.com"]
    assert len(mails) == 1


async def test_a_person_says_it_was_sent_and_nothing_leaves_again(ring: Ring) -> None:
    contact_id = await orphan(ring, "fabio@example.com")
    await ring.reaches(contact_id, "unknown")
    body = {"outcome": "sent", "reason": "consta na caixa de saída"}
    answer = await ring.contact.post(f"/contacts/{contact_id}/resolve", json=body, headers=OPERATOR)
    assert answer.json()["status"] == "sent"
    again = await ring.contact.post(f"/contacts/{contact_id}/resolve", json=body, headers=OPERATOR)
    assert (again.status_code, again.json()["code"]) == (409, "contact-not-unknown")
    query = "select reason from audit where subject = $1"
    [entry] = await ring.bench.rows(query, contact_id)
    assert entry["reason"].startswith("sealed:")
    facts = await ring.bench.facts("contact.contact.made.v1", 7)
    assert len([f for f in facts if contact_id in f["payload"]]) == 1
    assert not [r for r in await ring.raw("smtp") if r["recipient"] == "fabio@example.com"]


async def test_a_provider_that_breaks_leaves_a_doubt_about_one_message_and_sends_the_others(
    ring: Ring, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = Smtp.send

    async def breaking(self: Smtp, message: Outgoing) -> Outcome:
        if message.to == "gil@example.com":
            raise RuntimeError(message.to)
        return await send(self, message)

    monkeypatch.setattr(Smtp, "send", breaking)
    broken = await ring.ask(await ring.person(email("gil@example.com")))
    whole = await ring.ask(await ring.person(email("hugo@example.com")))
    await ring.reaches(broken, "unknown")
    await ring.reaches(whole, "sent")


async def test_an_address_that_smtp_cannot_carry_took_nothing(ring: Ring) -> None:
    await ring.reaches(await ring.ask(await ring.person(email("josé@example.com"))), "failed")


async def test_reports_without_the_right_signature_change_nothing(ring: Ring) -> None:
    body = json.dumps({"entry": []}).encode()
    for signature in ("", "sha256=00", "sha256=" + hmac.digest(b"x", body, "sha256").hex()):
        answer = await ring.contact.post(
            "/webhooks/whatsapp", content=body, headers={"X-Hub-Signature-256": signature}
        )
        assert answer.status_code == 403
    good = "sha256=" + hmac.new(b"secret", body, hashlib.sha256).hexdigest()
    answer = await ring.contact.post(
        "/webhooks/whatsapp", content=body, headers={"X-Hub-Signature-256": good}
    )
    assert answer.status_code == 200


async def test_the_webhook_is_verified_as_meta_asks(ring: Ring) -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": "verify", "hub.challenge": "42"}
    answer = await ring.contact.get("/webhooks/whatsapp", params=query)
    assert (answer.status_code, answer.text) == (200, "42")
    wrong = await ring.contact.get(
        "/webhooks/whatsapp", params=query | {"hub.verify_token": "other"}
    )
    assert wrong.status_code == 403


async def test_an_erased_person_is_not_contacted(ring: Ring) -> None:
    person_id = await ring.person(whatsapp("+5541900000021"))
    await ring.hand(PersonErased(tenant_id=7, person_id=person_id))
    await ring.reaches(await ring.ask(person_id), "failed")
    assert not [r for r in await ring.raw("whatsapp") if r["recipient"] == "+5541900000021"]


async def test_what_is_asked_for_an_absorbed_record_goes_to_the_survivor(ring: Ring) -> None:
    survivor = await ring.person(whatsapp("+5541900000022"))
    absorbed = await ring.person(whatsapp("+5541900000023"))
    merge = {"tenant_id": 7, "person_id": survivor, "absorbed_id": absorbed, "merge_id": "m1"}
    await ring.hand(PeopleMerged(**merge, reason="mesma pessoa"))
    await ring.reaches(await ring.ask(absorbed), "delivered")
    await ring.hand(MergeUndone(**merge, reason="engano"))
    await ring.reaches(await ring.ask(absorbed), "delivered")
    raw = [str(r["recipient"]) for r in await ring.raw("whatsapp")]
    assert raw.count("+5541900000022") == 1
    assert raw.count("+5541900000023") == 1


async def test_a_merge_taken_back_late_does_not_undo_the_one_that_holds(ring: Ring) -> None:
    absorbed, first, second = [
        await ring.person(whatsapp(f"+554190000003{number}")) for number in range(3)
    ]
    now = datetime.now(UTC)

    async def told(kind: type[PeopleMerged | MergeUndone], survivor: str, minute: int) -> None:
        fact = {"tenant_id": 7, "person_id": survivor, "absorbed_id": absorbed, "merge_id": "m"}
        at = now + timedelta(minutes=minute)
        await ring.hand(kind.model_validate(fact | {"reason": "x", "occurred_at": at}))

    await told(PeopleMerged, second, 3)
    await told(PeopleMerged, first, 1)
    await told(MergeUndone, first, 2)
    await ring.reaches(await ring.ask(absorbed), "delivered")
    raw = [str(r["recipient"]) for r in await ring.raw("whatsapp")]
    assert [raw.count(f"+554190000003{number}") for number in range(3)] == [0, 0, 1]


async def test_a_forged_cursor_is_refused(ring: Ring) -> None:
    query = {"cursor": encode_cursor("x", "y")}
    answer = await ring.contact.get("/contacts", params=query, headers=OPERATOR)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad-cursor")


async def test_contacts_are_paged_newest_first(ring: Ring) -> None:
    person_id = await ring.person(whatsapp("+5541900000024"))
    asked = [await ring.ask(person_id) for _ in range(5)]
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(3):
        query = {"person_id": person_id, "limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await ring.contact.get("/contacts", params=query, headers=OPERATOR)).json()
        seen += [item["contact_id"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert seen == asked[::-1]
    assert cursor is None


Script = list[bytes | None]


async def smtp_answer(script: dict[bytes, bytes | None]) -> Outcome:
    """What the adapter makes of a server that answers by this script; None hangs up."""
    port = free_port()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        while line := await reader.readline():
            verb = line.split()[0].upper().rstrip(b":") if line.strip() else b""
            answer = script.get(verb, b"250 ok\r\n")
            if verb == b"DATA" and answer == b"250 ok\r\n":
                writer.write(b"354 go on\r\n")
                await reader.readuntil(b"\r\n.\r\n")
                answer = script.get(b"END", b"250 ok\r\n")
            if answer is None:
                break
            writer.write(answer)
        writer.close()

    message = Outgoing("a1", "7.a1", "x@example.com", "ds.link", 1, "Assunto", LINK, "Texto\n")
    async with await asyncio.start_server(talk, "127.0.0.1", port):
        return await Smtp("127.0.0.1", port, "op <a@b.example>", 2).send(message)


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ({}, Accepted),
        ({b"RCPT": b"550 no such user\r\n"}, NotSent),
        ({b"RCPT": b"451 later\r\n"}, NotSent),
        ({b"MAIL": None}, NotSent),
        ({b"END": b"554 refused\r\n"}, NotSent),
        ({b"END": None}, Unknown),
    ],
)
async def test_a_mail_is_in_doubt_only_once_its_data_went(
    script: dict[bytes, bytes | None], expected: type[Outcome]
) -> None:
    assert isinstance(await smtp_answer(script), expected)


async def test_a_mail_server_that_is_not_there_took_nothing() -> None:
    message = Outgoing("a1", "7.a1", "x@example.com", "ds.link", 1, "Assunto", LINK, "Texto\n")
    outcome = await Smtp("127.0.0.1", free_port(), "op <a@b.example>", 2).send(message)
    assert outcome == NotSent("provedor fora do ar", again=True)


async def test_a_key_that_the_keyring_lost_holds_back_that_persons_messages_alone(
    ring: Ring, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, lost = Transaction.open, set[str]()

    async def lacking(tx: Transaction, person_id: str, sealed: str) -> Any:
        if person_id in lost:
            raise KeyMissing(person_id)
        return await opened(tx, person_id, sealed)

    monkeypatch.setattr(Transaction, "open", lacking)
    person_id = await ring.person(email("ines@example.com"))
    async with ring.begin(ring.tenant_id) as tx:
        await ring.ask_in(tx, person_id, str(uuid4()))
        lost.add(person_id)
        taken = [one for one in await claims.take(tx, 100) if one.message is claims.LOST]
        assert len(taken) == 1
        await tx.session.rollback()
    waiting = await ring.ask(person_id)
    await ring.reaches(await ring.ask(await ring.person(email("joao@example.com"))), "sent")
    assert (await ring.record(waiting))["status"] == "queued"
    lost.clear()
    await ring.tell(person_id, 2, email("ines@example.com"))
    await ring.reaches(waiting, "sent")
