"""Thirty-six times no: the signature itself releases the person, and one message says so."""

import asyncio

import pytest

from contracts.health_declaration import events
from tests.support.api import Served
from tests.support.proponent import Phone, enrol, invited

TENANT = 54


@pytest.fixture
async def phone(served: Served) -> Phone:
    return await invited(served, TENANT)


async def told(phone: Phone, kind: type[events.DeclarationEvent]) -> list[dict[str, object]]:
    facts = await phone.served.facts(TENANT, kind)
    return [fact for fact in facts if fact["person_id"] == phone.respondent_id]


async def test_what_follows_from_it_is_recorded_with_the_signature(phone: Phone) -> None:
    receipt = await phone.declare()
    for kind in (
        events.DeclarationSigned,
        events.DeclarationReleased,
        events.DeclarationIntegrated,
    ):
        [fact] = await told(phone, kind)
        assert fact["actor"] == f"person:{phone.respondent_id}"
    assert await told(phone, events.DeclarationReferred) == []
    [case] = await phone.served.rows(
        "select stage, straight_through, due_at from declaration where declaration_id = $1",
        receipt["declaration_id"],
    )
    assert tuple(case.values()) == ("integrated", True, None)


async def test_one_message_says_that_it_was_received_and_that_all_is_done(phone: Phone) -> None:
    receipt = await phone.declare()
    assert await phone.contacts("ds.receipt") == []
    assert await phone.contacts("ds.released") == [{"protocol": receipt["protocol"]}]


async def test_one_yes_gets_a_receipt_and_waits_for_a_person(phone: Phone) -> None:
    receipt = await phone.declare("Q07")
    assert await phone.contacts("ds.receipt") == [{"protocol": receipt["protocol"]}]
    assert await phone.contacts("ds.released") == []
    assert len(await told(phone, events.DeclarationReferred)) == 1
    assert await told(phone, events.DeclarationReleased) == []


async def ready(phone: Phone, *yes: str) -> dict[str, str]:
    """A form that waits for nothing but this signature."""
    await phone.open()
    await phone.acknowledge()
    await phone.answer_all(yes)
    assert (await phone.post("/declaration/signature-code")).status_code == 202
    return {"code": await phone.code(), "text_hash": (await phone.form())["text_hash"]}


@pytest.mark.parametrize("_round", range(3))
async def test_of_two_signed_at_the_same_moment_one_sees_the_other(
    phone: Phone, _round: int
) -> None:
    clean = await ready(phone)
    await enrol(phone.served, TENANT, phone.respondent_id)
    other = Phone(phone.served, TENANT, phone.respondent_id)
    told_yes = await ready(other, "Q07")
    signed = await asyncio.gather(
        other.post("/declaration/signature", told_yes),
        phone.post("/declaration/signature", clean),
    )
    assert [answer.status_code for answer in signed] == [201, 201]
    keyring = phone.served.app.state.resources.keyring
    rows = await phone.served.rows(
        "select triage_sealed from declaration where person_id = $1", phone.respondent_id
    )
    seen = [
        await keyring.open(TENANT, phone.respondent_id, row["triage_sealed"])
        for row in rows
        if row["triage_sealed"]
    ]
    assert sum(len(triage["divergences"]) for triage in seen) == 1
