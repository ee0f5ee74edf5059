"""At the desk: an employee types, the proponent confirms by code or on paper; both are told."""

import base64

import pytest

from contracts.health_declaration import events
from tests.support.api import Served
from tests.support.proponent import Phone, invited

TENANT = 43


@pytest.fixture
async def phone(served: Served) -> Phone:
    return await invited(served, TENANT)


@pytest.fixture
async def filled(phone: Phone) -> Phone:
    await phone.open()
    await phone.acknowledge()
    await phone.answer_all()
    return phone


async def declaration_of(phone: Phone) -> str:
    [row] = await phone.served.rows(
        "select declaration_id from declaration where respondent_id = $1", phone.respondent_id
    )
    declaration_id: str = row["declaration_id"]
    return declaration_id


async def assisted(phone: Phone) -> str:
    """A session opened at the desk by maria; the phone goes on with it."""
    declaration_id = await declaration_of(phone)
    opened = await phone.served.http.post(
        f"/declarations/{declaration_id}/assistance",
        json={"identity_check": "documento com foto conferido"},
        headers=phone.served.as_(TENANT, "desk", sub="maria"),
    )
    assert opened.status_code == 201, opened.text
    phone.take(opened.json()["session"])
    return declaration_id


async def test_who_has_no_phone_is_helped_and_confirms_by_code(phone: Phone) -> None:
    declaration_id = await assisted(phone)
    await phone.acknowledge()
    await phone.answer_all()
    receipt = (await phone.sign()).json()
    assert receipt["channel"] == "assisted_code"
    signed_facts = await phone.served.facts(TENANT, events.DeclarationSigned)
    [channel] = [one["channel"] for one in signed_facts if one["declaration_id"] == declaration_id]
    assert channel == "assisted_code"
    typed = await phone.served.rows(
        "select distinct saved_by from answer where declaration_id = $1", declaration_id
    )
    signed = await phone.served.rows(
        "select assisted_by, challenge_id from signature where declaration_id = $1", declaration_id
    )
    assert [row["saved_by"] for row in typed] == ["maria"]
    assert [(row["assisted_by"], bool(row["challenge_id"])) for row in signed] == [("maria", True)]
    reads = await phone.served.rows(
        "select details from audit where action = 'clinical.read' and subject = $1", declaration_id
    )
    assert reads


async def test_a_signature_on_paper_is_kept_as_a_scan(phone: Phone) -> None:
    declaration_id = await assisted(phone)
    await phone.acknowledge()
    await phone.answer_all()
    scan = base64.b64encode(b"%PDF-1.7 assinado").decode()
    body = {"media_type": "application/pdf", "content_base64": scan}
    body["text_hash"] = (await phone.form())["text_hash"]
    path = f"/declarations/{declaration_id}/paper-signature"
    headers = phone.served.as_(TENANT, "desk", sub="maria")
    fake = await phone.served.http.post(
        path, json=body | {"media_type": "image/png"}, headers=headers
    )
    assert fake.status_code == 422
    signed = await phone.served.http.post(path, json=body, headers=headers)
    assert (signed.status_code, signed.json()["channel"]) == (201, "paper")
    [row] = await phone.served.rows(
        "select s.assisted_by, d.sha256, d.content_sealed, d.received_by from signature s"
        " join document d using (tenant_id, document_id) where s.declaration_id = $1",
        declaration_id,
    )
    assert (row["assisted_by"], row["received_by"]) == ("maria", "maria")
    keyring = phone.served.app.state.resources.keyring
    assert await keyring.open(TENANT, phone.respondent_id, row["content_sealed"]) == scan


async def test_assistance_needs_its_permission_and_its_tenant(phone: Phone) -> None:
    declaration_id = await declaration_of(phone)
    path, body = f"/declarations/{declaration_id}/assistance", {"identity_check": "conferido"}
    http = phone.served.http
    for headers, status in (
        ({}, 401),
        (phone.served.as_(TENANT, "interviewer"), 403),
        (phone.served.as_(TENANT + 1, "desk"), 404),
    ):
        assert (await http.post(path, json=body, headers=headers)).status_code == status


async def test_the_desk_sends_the_link_again(phone: Phone) -> None:
    old = await phone.link()
    declaration_id = await declaration_of(phone)
    headers = phone.served.as_(TENANT, "desk")
    sent = await phone.served.http.post(f"/declarations/{declaration_id}/link", headers=headers)
    assert sent.status_code == 201
    assert set(sent.json()) == {"expires_at"}
    assert (await phone.knock(link=old)).status_code == 410
    await phone.open(await phone.link("ds.link_renewed"))


async def test_the_desk_writes_down_a_withdrawal(filled: Phone) -> None:
    declaration_id = await declaration_of(filled)
    headers = filled.served.as_(TENANT, "desk", sub="maria")
    path = f"/declarations/{declaration_id}/withdrawal"
    body = {"version": 1, "reason": "pediu por telefone"}
    stale = await filled.served.http.post(path, json=body, headers=headers)
    assert (stale.status_code, stale.json()["code"]) == (409, "stale-version")
    current = body | {"version": stale.json()["version"]}
    done = await filled.served.http.post(path, json=current, headers=headers)
    assert (done.status_code, done.json()["stage"]) == (200, "withdrawn")
