"""At the desk: an employee types, the proponent confirms by code or on paper; both are told."""

import base64
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from contracts.health_declaration import events
from tests.support.api import Served
from tests.support.clinic import Desk
from tests.support.proponent import Phone, invited

TENANT = 43
DIABETES = ("Q10", "E11")
SCAN = base64.b64encode(b"%PDF-1.7 assinado").decode()
PAPER = {"media_type": "application/pdf", "content_base64": SCAN}
LARGE = base64.b64encode(b"%PDF-1.7 " + b"x" * 2**20).decode()
"""What a scanner makes: far more than the body of any other request."""


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
    opened = await typed(phone, declaration_id)
    assert opened.status_code == 201, opened.text
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
    body = PAPER | {"text_hash": (await phone.form())["text_hash"]}
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
    assert await keyring.open(TENANT, phone.respondent_id, row["content_sealed"]) == SCAN


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


async def at_desk(phone: Phone, declaration_id: str, what: str, **body: Any) -> httpx.Response:
    """What maria does for the person."""
    return await phone.served.http.post(
        f"/declarations/{declaration_id}/{what}",
        json=body,
        headers=phone.served.as_(TENANT, "desk", sub="maria"),
    )


async def helped(phone: Phone, declaration_id: str, **code: str) -> httpx.Response:
    """The phone goes on at the desk, where maria types."""
    seen = {"identity_check": "documento com foto conferido"}
    opened = await at_desk(phone, declaration_id, "assistance", **seen, **code)
    if opened.status_code == 201:
        phone.take(opened.json()["session"])
    return opened


async def told_code(phone: Phone, declaration_id: str) -> str:
    """The code that maria has sent to the person, who tells it to her."""
    sent = await at_desk(phone, declaration_id, "assistance-code")
    assert sent.status_code == 202, sent.text
    return (await phone.contacts("ds.assistance_code"))[-1]["code"]


async def typed(phone: Phone, declaration_id: str) -> httpx.Response:
    """The same; who did something alone before tells the code sent to them."""
    opened = await helped(phone, declaration_id)
    if opened.status_code == 422:
        opened = await helped(phone, declaration_id, code=await told_code(phone, declaration_id))
    return opened


async def on_paper(phone: Phone, declaration_id: str, sha256: str) -> httpx.Response:
    return await phone.served.http.post(
        f"/declarations/{declaration_id}/term/paper-signature",
        json=PAPER | {"sha256": sha256, "content_base64": LARGE},
        headers=phone.served.as_(TENANT, "desk", sub="maria"),
    )


async def test_what_a_person_said_alone_is_shown_at_the_desk_with_their_code_only(
    filled: Phone,
) -> None:
    case = await declaration_of(filled)
    desk, own = Desk(filled.served, TENANT), filled.session
    refused = await helped(filled, case)
    assert (refused.status_code, refused.json()["code"]) == (422, "proof-needed")
    assert "envie um código" in refused.json()["errors"][0]["reason"]
    right = await told_code(filled, case)
    wrong = await helped(filled, case, code=f"{(int(right) + 1) % 10**6:06d}")
    assert (wrong.status_code, wrong.json()["code"]) == (403, "code-refused")
    assert (filled.session, await desk.audit_trail(case, "assistance.started")) == (own, [])
    assert (await helped(filled, case, code=right)).status_code == 201
    assert (await filled.form())["answers"]
    [row] = await filled.served.rows(
        "select challenge_id from form_session where assisted_by = 'maria' and declaration_id = $1",
        case,
    )
    [entry] = await desk.audit_trail(case, "assistance.started")
    proof = {"proof": "code", "challenge": row["challenge_id"]}
    assert (entry["actor"], json.loads(entry["details"])) == ("maria", proof)
    assert (await helped(filled, case, code=right)).status_code == 403


async def test_who_did_all_at_the_desk_needs_no_code_and_the_trail_says_so(phone: Phone) -> None:
    case = await assisted(phone)
    await phone.acknowledge()
    await phone.answer_all()
    assert (await phone.sign()).status_code == 201
    trail = await Desk(phone.served, TENANT).audit_trail(case, "assistance.started")
    assert [json.loads(one["details"]) for one in trail] == [{"proof": "identity"}]


@pytest.mark.parametrize("alone", ["answers", "signs", "sends a file"])
async def test_whatever_was_done_alone_needs_the_code(served: Served, alone: str) -> None:
    desk = Desk(served, TENANT)
    phone = await invited(served, TENANT)
    case = await assisted(phone)
    await phone.acknowledge()
    if alone != "answers":
        await phone.answer_all(("Q10",))
    if alone == "sends a file":
        assert (await phone.sign()).status_code == 201
        await desk.advance(case)
        await desk.done("ana", case, "document-requests", items=["Laudo"])
    assert (await helped(phone, case)).status_code == 201
    await phone.open(await phone.link("ds.documents_request" if "file" in alone else "ds.link"))
    if alone == "answers":
        assert (await phone.put("/declaration/answers/Q10", {"answer": "no"})).status_code == 200
    elif alone == "signs":
        assert (await phone.sign()).status_code == 201
    else:
        sent = await phone.post("/declaration/documents", PAPER | {"name": "laudo.pdf"})
        assert sent.status_code == 201
    assert (await helped(phone, case)).json()["code"] == "proof-needed"


async def test_a_session_of_the_desk_ends_once_the_person_goes_on_alone(phone: Phone) -> None:
    case = await assisted(phone)
    await phone.acknowledge()
    at_the_desk = phone.headers
    await phone.open()
    own = phone.headers
    phone.headers = at_the_desk
    assert (await phone.get("/declaration")).status_code == 200
    phone.headers = own
    await phone.answer_all()
    phone.headers = at_the_desk
    over = await phone.get("/declaration")
    assert (over.status_code, over.json()["code"]) == (401, "session-expired")
    assert (await typed(phone, case)).status_code == 201
    assert (await phone.get("/declaration")).status_code == 200


async def test_codes_asked_for_at_the_desk_keep_nobody_from_signing(filled: Phone) -> None:
    case = await declaration_of(filled)
    for at in range(30):
        channel = "email" if at % 2 else "whatsapp"
        sent = await at_desk(filled, case, "assistance-code", channel=channel)
        if sent.status_code != 202:
            break
    assert (sent.status_code, sent.json()["code"]) == (429, "codes-exhausted")
    assert (await filled.sign()).status_code == 201


async def acts(desk: Desk, declaration_id: str) -> list[tuple[str, str]]:
    trail = await desk.audit_trail(declaration_id, "assistance.acted")
    told = [json.loads(one["details"]) for one in trail]
    return [(one["assisted_by"], one["act"]) for one in told]


async def test_help_goes_on_after_the_signature_and_each_act_tells_who_typed(
    served: Served,
) -> None:
    desk = Desk(served, TENANT)
    phone, case = await desk.analysed("Q10")
    await desk.done("ana", case, "document-requests", items=["Laudo"])
    assert (await typed(phone, case)).status_code == 201
    sent = await phone.post("/declaration/documents", PAPER | {"name": "laudo.pdf"})
    assert sent.status_code == 201
    [file] = (await desk.case(case))["clinical"]["files"]
    assert file["received_by"] == "maria"
    await desk.done("ana", case, "interview-requests", reason="Esclarecer o tratamento.")
    slot = {"doctor": "davi", "starts_at": (desk.now() + timedelta(hours=70)).isoformat()}
    await desk.post("sara", "/slots", {"slots": [slot]})
    [offered] = (await phone.get("/slots")).json()["slots"]
    booked = await phone.post("/interview", {"slot_id": offered["slot_id"]})
    assert booked.status_code == 201
    refused = await phone.post("/offer", {"offer_id": "nenhuma", "choice": "cpt"})
    assert refused.status_code == 404
    assert (await phone.post("/declaration/rectification")).status_code == 201
    assert (await phone.post("/declaration/withdrawal")).status_code == 200
    assert await acts(desk, case) == [
        ("maria", f"POST /public/{what}")
        for what in (
            "declaration/documents",
            "interview",
            "declaration/rectification",
            "declaration/withdrawal",
        )
    ]
    over = await typed(phone, case)
    assert (over.status_code, over.json()["code"]) == (409, "declaration-ended")


async def test_ones_own_acts_name_no_employee(filled: Phone) -> None:
    assert (await filled.sign()).status_code == 201
    desk = Desk(filled.served, TENANT)
    assert await acts(desk, await declaration_of(filled)) == []


async def test_the_term_is_signed_on_paper_at_the_desk(served: Served) -> None:
    desk = Desk(served, TENANT)
    phone, case = await desk.offered(DIABETES)
    assert (await phone.choose("cpt")).status_code == 200
    assert (await typed(phone, case)).status_code == 201
    sha256 = (await phone.get("/term")).json()["sha256"]
    other = await on_paper(phone, case, "0" * 64)
    assert (other.status_code, other.json()["code"]) == (409, "paper-not-awaited")
    signed = await on_paper(phone, case, sha256)
    assert signed.status_code == 201, signed.text
    assert signed.json()["signed_at"]
    [row] = await served.rows(
        "select t.channel, t.challenge_id, t.assisted_by, d.content_sealed, d.received_by"
        " from term t join document d using (tenant_id, document_id)"
        " where t.declaration_id = $1",
        case,
    )
    assert (row["channel"], row["challenge_id"]) == ("paper", None)
    assert (row["assisted_by"], row["received_by"]) == ("maria", "maria")
    keyring = served.app.state.resources.keyring
    assert await keyring.open(TENANT, phone.respondent_id, row["content_sealed"]) == LARGE
    [entry] = await desk.audit_trail(case, "term.signed")
    assert (entry["actor"], json.loads(entry["details"])["channel"]) == ("maria", "paper")
    assert len(await served.rows("select 1 from cpt where declaration_id = $1", case)) == 1
    again = await on_paper(phone, case, sha256)
    assert (again.status_code, again.json()["code"]) == (409, "paper-not-awaited")
    over = await typed(phone, case)
    assert (over.status_code, over.json()["code"]) == (409, "declaration-released")


async def answers(desk: Desk, case: str) -> tuple[dict[str, Any], list[tuple[str, Any]]]:
    """The offer as it is kept, and who is told to have answered it, with what."""
    query = "select * from offer where declaration_id = $1"
    [offer] = await desk.served.rows(query, case)
    trail = await desk.audit_trail(case, "offer.answered")
    return offer, [(one["actor"], json.loads(one["details"])) for one in trail]


async def test_an_offer_answered_at_the_desk_needs_the_persons_own_code(served: Served) -> None:
    desk = Desk(served, TENANT)
    phone, case = await desk.offered(DIABETES)
    assert (await typed(phone, case)).status_code == 201
    alone = await phone.choose("full_coverage")
    assert (alone.status_code, alone.json()["code"]) == (422, "proof-needed")
    assert "digitalize" in alone.json()["errors"][0]["reason"]
    assert (await phone.post("/offer/code")).status_code == 202
    offer_id = (await phone.get("/offer")).json()["offer_id"]
    body = {"offer_id": offer_id, "choice": "full_coverage"}
    right = await phone.code()
    wrong = f"{(int(right) + 1) % 10**6:06d}"
    assert (await phone.post("/offer", body | {"code": wrong})).status_code == 403
    offer, told = await answers(desk, case)
    assert (offer["chosen"], told) == (None, [])
    assert (await phone.post("/offer", body | {"code": right})).status_code == 200
    offer, told = await answers(desk, case)
    assert (offer["chosen"], offer["assisted_by"]) == ("full_coverage", "maria")
    proof = {"channel": "assisted_code", "challenge": offer["challenge_id"], "assisted_by": "maria"}
    assert told == [(f"person:{phone.respondent_id}", {"offer": offer_id} | proof)]


async def test_an_offer_answered_on_paper_keeps_the_scan(served: Served) -> None:
    desk = Desk(served, TENANT)
    phone, case = await desk.offered(DIABETES)
    offer_id = (await phone.get("/offer")).json()["offer_id"]
    path = f"/declarations/{case}/offer/paper-answer"
    body = PAPER | {"content_base64": LARGE, "offer_id": offer_id, "choice": "cpt"}
    assert (await desk.post("ana", path, body)).status_code == 403
    old = await desk.post("rita", path, body | {"offer_id": "outra"})
    assert (old.status_code, old.json()["code"]) == (409, "paper-not-awaited")
    done = await desk.post("rita", path, body)
    assert (done.status_code, done.json()["stage"]) == (201, "waiting_person"), done.text
    offer, told = await answers(desk, case)
    assert (offer["chosen"], offer["assisted_by"]) == ("cpt", "rita")
    proof = {"channel": "paper", "document": offer["document_id"], "assisted_by": "rita"}
    assert told == [("rita", {"offer": offer_id} | proof)]
    names = {one["name"] for one in (await desk.case(case))["clinical"]["files"]}
    assert any("resposta-assinada" in name for name in names)
    assert (await phone.get("/term")).status_code == 200


async def test_whose_answer_was_ones_own_needs_no_code_and_names_no_employee(
    served: Served,
) -> None:
    desk = Desk(served, TENANT)
    phone, case = await desk.offered(DIABETES)
    assert (await phone.choose("cpt")).status_code == 200
    offer, [(_, told)] = await answers(desk, case)
    assert (offer["assisted_by"], set(told)) == (None, {"offer"})


async def test_nobody_is_helped_any_more_once_released(served: Served) -> None:
    desk = Desk(served, TENANT)
    phone, case = await desk.offered(DIABETES)
    assert (await phone.choose("full_coverage")).status_code == 200
    assert (await desk.case(case))["stage"] == "integrated"
    over = await typed(phone, case)
    assert (over.status_code, over.json()["code"]) == (409, "declaration-released")
    assert over.json()["title"] == "A declaração já foi liberada"
    assert await desk.audit_trail(case, "assistance.started") == []


@pytest.mark.parametrize(
    "path", ["/declaration/signature-code", "/offer/code", "/term/signature-code"]
)
async def test_a_code_goes_by_the_channel_asked_for_or_is_not_promised(
    served: Served, path: str
) -> None:
    desk = Desk(served, TENANT)
    if not path.startswith("/declaration"):
        phone, _ = await desk.offered(DIABETES)
        if path.startswith("/term"):
            await phone.choose("cpt")
    else:
        phone = await invited(served, TENANT)
        await phone.open()
        await phone.acknowledge()
    refused = await phone.post(path, {"channel": "sms"})
    assert (refused.status_code, refused.json()["code"]) == (422, "channel-unavailable")
    assert "WhatsApp ou e-mail" in refused.json()["errors"][0]["reason"]
    assert (await phone.post(path, {"channel": "email"})).status_code == 202
    asked = [
        fact["channel"]
        for fact in await served.facts(TENANT, events.ContactRequested)
        if fact["person_id"] == phone.respondent_id and fact["template"] == "ds.code"
    ]
    assert asked[-1] == "email"
    door = {"link": await phone.link(), "birth_on": phone.birth, "channel": "sms"}
    assert (await phone.post("/sessions", door)).status_code == 422
