"""From the offer to the signed term on a real Postgres, and the ways that need a person."""

import asyncio
import json
import re
from datetime import date, timedelta
from hashlib import sha256
from io import BytesIO
from typing import Any

import pytest
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko_certvalidator import ValidationContext
from pypdf import PdfReader

from contracts.health_declaration import events
from contracts.registry.events import EnrolmentEnded
from tests.support.api import Served
from tests.support.clinic import Desk
from tests.support.proponent import Phone, invited, person

TENANT = 51
DIABETES = ("Q10", "E11")


@pytest.fixture
def desk(served: Served) -> Desk:
    return Desk(served, TENANT)


async def chosen(phone: Phone, choice: str) -> Any:
    answer = await phone.choose(choice)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def signed_term(phone: Phone, shown: str | None = None) -> Any:
    digest = shown or (await phone.get("/term")).json()["sha256"]
    assert (await phone.post("/term/signature-code")).status_code == 202
    return await phone.post("/term/signature", {"code": await phone.code(), "sha256": digest})


def text_of(pdf: bytes) -> str:
    pages = (page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
    return re.sub(r"\s+", " ", " ".join(pages))


async def test_full_coverage_or_cpt_is_offered_in_plain_words(desk: Desk) -> None:
    phone, case = await desk.offered(DIABETES)
    offer = (await phone.get("/offer")).json()
    assert [one["choice"] for one in offer["options"]] == ["full_coverage", "cpt"]
    assert "E11 " in offer["options"][1]["text"]
    assert "01/01/2028" in offer["options"][1]["text"]
    assert offer["chosen"] is None
    assert date.fromisoformat(offer["answer_by"]) == desk.today() + timedelta(days=10)
    [told] = await phone.contacts("ds.offer")
    assert "E11" not in json.dumps(told)
    assert (await desk.case(case))["clinical"]["confirmed"] == [
        {"question_id": "Q10", "cid": "E11"}
    ]


async def test_a_cid_without_a_row_in_the_table_is_named_and_nothing_is_offered(
    desk: Desk,
) -> None:
    _, case = await desk.analysed("Q10")
    await desk.opine(case, ("Q10", "I21"))
    refused = await desk.act("otto", case, "audit", decision="offer", notes="Ofertar.")
    assert (refused.status_code, refused.json()["code"]) == (422, "no-cpt-row")
    [error] = refused.json()["errors"]
    assert "Q10" in error["reason"]
    assert "I21" in error["reason"]
    assert (await desk.case(case))["stage"] == "audit"


async def test_an_offer_needs_a_confirmed_cid_and_the_auditor_may_confirm_others(
    desk: Desk,
) -> None:
    _, case = await desk.analysed("Q10")
    await desk.done("ana", case, "opinion", conclusion="no_preexisting", text="Nada preexiste.")
    empty = await desk.act("otto", case, "audit", decision="offer", notes="Ofertar.")
    assert (empty.status_code, empty.json()["code"]) == (422, "nothing-confirmed")
    mine = [{"question_id": "Q10", "cid": "E10"}]
    await desk.done("otto", case, "audit", decision="offer", notes="É E10.", confirmed=mine)
    shown = await desk.case(case)
    assert shown["stage"] == "offer"
    assert shown["clinical"]["confirmed"] == mine


async def test_full_coverage_releases_and_the_same_choice_twice_is_done_once(
    served: Served, desk: Desk
) -> None:
    phone, case = await desk.offered(DIABETES)
    body = {"offer_id": (await phone.get("/offer")).json()["offer_id"], "choice": "full_coverage"}
    once = {"Idempotency-Key": f"choice-{case}"}
    answers = await asyncio.gather(*(phone.post("/offer", body, **once) for _ in range(3)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    other = await phone.post("/offer", body | {"choice": "cpt"})
    assert (other.status_code, other.json()["code"]) == (401, "session-expired")
    assert (await desk.case(case))["stage"] == "integrated"
    for kind in (events.OfferAccepted, events.DeclarationReleased):
        facts = await served.facts(TENANT, kind)
        assert len([one for one in facts if one["declaration_id"] == case]) == 1


async def test_an_offer_that_was_answered_takes_no_other_choice(desk: Desk) -> None:
    phone, _ = await desk.offered(DIABETES)
    await chosen(phone, "cpt")
    other = await phone.choose("full_coverage")
    assert (other.status_code, other.json()["code"]) == (409, "offer-answered")


async def test_a_choice_is_of_the_offer_that_was_read(desk: Desk) -> None:
    phone, case = await desk.offered(DIABETES)
    former = (await phone.get("/offer")).json()["offer_id"]
    await chosen(phone, "refuse")
    await desk.done("ana", case, "negotiation", outcome="offer_again", notes="Explicado.")
    late = await phone.post("/offer", {"offer_id": former, "choice": "cpt"})
    assert (late.status_code, late.json()["code"]) == (409, "offer-changed")
    unnamed = await phone.post("/offer", {"choice": "cpt"})
    assert unnamed.status_code == 422
    assert (await desk.case(case))["stage"] == "offer"
    assert (await chosen(phone, "cpt"))["offer_id"] != former


async def test_reading_ones_own_offer_and_term_leaves_no_trail(desk: Desk) -> None:
    phone, case = await desk.offered(DIABETES)
    before = await desk.audit_trail(case, "clinical.read")
    assert (await phone.get("/offer")).status_code == 200
    await chosen(phone, "cpt")
    for path in ("/offer", "/term", "/term.pdf"):
        assert (await phone.get(path)).status_code == 200
    assert await desk.audit_trail(case, "clinical.read") == before
    await desk.get("olga", f"/declarations/{case}/term.pdf")
    assert len(await desk.audit_trail(case, "clinical.read")) == len(before) + 1


async def test_a_choice_that_was_not_offered_is_refused(desk: Desk) -> None:
    phone, _ = await desk.offered(DIABETES)
    refused = await phone.choose("agravo")
    assert (refused.status_code, refused.json()["code"]) == (422, "choice-not-offered")


async def test_a_refusal_goes_to_a_person_and_is_never_a_refusal_of_the_contract(
    served: Served, desk: Desk
) -> None:
    phone, case = await desk.offered(DIABETES)
    assert (await chosen(phone, "refuse"))["chosen"] == "refuse"
    shown = await desk.case(case)
    assert (shown["stage"], shown["cause"]) == ("negotiation", "offer_refused")
    assert len(await phone.contacts("ds.negotiation")) == 1
    [fact] = [
        one
        for one in await served.facts(TENANT, events.OfferRefused)
        if one["declaration_id"] == case
    ]
    assert fact["actor"] == f"person:{phone.respondent_id}"
    step = await desk.advance(case)
    assert (step["stage"], step["waiting_on"]) == ("negotiation", "operator")
    again = await desk.done("ana", case, "negotiation", outcome="offer_again", notes="Explicado.")
    assert again["stage"] == "offer"
    await phone.open(await phone.link("ds.offer"))
    assert (await phone.get("/offer")).json()["chosen"] is None


@pytest.mark.parametrize(
    ("outcome", "stage"),
    [
        ("full_coverage", "integrated"),
        ("reopen", "analysis"),
        ("withdrawn_by_proponent", "withdrawn"),
    ],
)
async def test_a_person_settles_what_was_refused(desk: Desk, outcome: str, stage: str) -> None:
    phone, case = await desk.offered(DIABETES)
    await chosen(phone, "refuse")
    settled = await desk.done("ana", case, "negotiation", outcome=outcome, notes="Combinado.")
    assert settled["stage"] == stage
    [entry] = await desk.audit_trail(case, "negotiation.settled")
    assert entry["actor"] == "ana"
    assert "Combinado." in (await desk.case(case))["clinical"]["audit_notes"]


async def test_whoever_gave_up_after_the_term_passed_is_waited_for_by_no_doctor(
    served: Served,
) -> None:
    desk = Desk(served, TENANT + 4)
    phone = await invited(served, desk.tenant)
    await phone.open()
    assert (await phone.acknowledge("operator_doctor")).status_code == 200
    case = (await phone.form())["declaration_id"]
    # There is a time to choose, so the days that pass are the person's own.
    slot = {"doctor": "davi", "starts_at": (desk.now() + timedelta(days=60)).isoformat()}
    await desk.post("sara", "/slots", {"slots": [slot]})
    desk.jump(desk.now() + timedelta(days=40))
    await desk.advance(case)
    gone = await desk.done(
        "ana", case, "negotiation", outcome="withdrawn_by_proponent", notes="Desistiu."
    )
    assert gone["stage"] == "withdrawn"
    assert len(await served.facts(desk.tenant, events.DeclarationWithdrawn)) == 1
    interviews = await served.rows("select status from interview where declaration_id = $1", case)
    assert [row["status"] for row in interviews] == ["cancelled"]


async def test_an_offer_that_passes_goes_to_a_person(desk: Desk) -> None:
    _, case = await desk.offered(DIABETES)
    own = Desk(desk.served, TENANT)
    own.jump(own.now() + timedelta(days=12))
    step = await own.advance(case)
    assert (step["stage"], (await own.case(case))["cause"]) == ("negotiation", "offer_late")


async def test_an_expired_declaration_is_reopened_by_a_person_with_a_new_link(
    served: Served,
) -> None:
    desk = Desk(served, TENANT + 2)
    phone, case = await desk.analysed("Q10")
    await phone.open(await phone.link("ds.link"))
    assert (await phone.post("/declaration/rectification")).status_code == 201
    desk.jump(desk.now() + timedelta(days=40))
    assert (await desk.advance(case))["stage"] == "expired"
    reopened = await desk.done("ana", case, "negotiation", outcome="reopen", notes="A pedido.")
    assert reopened["stage"] == "filling"
    assert (await desk.advance(case))["stage"] == "filling"
    assert len(await served.facts(desk.tenant, events.DeclarationReopened)) == 1
    await phone.open(await phone.link("ds.link"))
    assert (await phone.form())["stage"] == "filling"


async def test_nobody_reopens_a_declaration_whose_enrolment_ended_meanwhile(
    served: Served,
) -> None:
    desk = Desk(served, TENANT + 3)
    phone = await invited(served, desk.tenant)
    await phone.open()
    shown = await desk.case((await phone.form())["declaration_id"])
    case = shown["declaration_id"]
    desk.jump(desk.now() + timedelta(days=40))
    assert (await desk.advance(case))["stage"] == "expired"
    ended = EnrolmentEnded(
        tenant_id=desk.tenant,
        person_id=phone.respondent_id,
        enrolment_id=shown["enrolment_id"],
        reason="deceased",
        ended_on=date(2026, 2, 1),
    )
    await served.hear(ended)
    shown = await desk.case(case)
    assert (shown["stage"], shown["cause"]) == ("cancelled", "deceased")
    refused = await desk.act("ana", case, "negotiation", outcome="reopen", notes="A pedido.")
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong-stage")
    assert await served.facts(desk.tenant, events.DeclarationReopened) == []


async def test_the_term_says_all_in_plain_words_and_its_hashes_match(
    served: Served, desk: Desk
) -> None:
    phone, case = await desk.offered(DIABETES, ("Q07", "I10"), name="Ana Conceição Prado")
    await chosen(phone, "cpt")
    view = (await phone.get("/term")).json()
    answer = await phone.get("/term.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    pdf = answer.content
    assert sha256(pdf).hexdigest() == view["sha256"]
    text = text_of(pdf)
    for words in (
        "Ana Conceição Prado",
        "52998224725",
        "E11 Diabetes mellitus",
        "I10 Hipertensão essencial",
        "E10-E14",
        "leitos de alta tecnologia",
        "diálise crônica",
        "01/01/2026",
        "01/01/2028",
        "24 meses",
        "urgência e emergência",
        "Lei 9.656/1998, art. 11",
    ):
        assert words in text, words
    assert "cirurgias do coração" not in text
    [row] = await served.rows(
        "select t.data_sealed, d.person_id from term t join declaration d using (declaration_id)"
        " where t.declaration_id = $1",
        case,
    )
    keyring = served.app.state.resources.keyring
    data = await keyring.open(TENANT, row["person_id"], row["data_sealed"])
    canonical = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    printed = re.findall(r"\(SHA-256\): ([0-9a-f]{64})", text)
    assert set(printed) == {sha256(canonical.encode()).hexdigest()}
    assert len(printed) == len(PdfReader(BytesIO(pdf)).pages)
    staff = await desk.get("olga", f"/declarations/{case}/term.pdf")
    assert staff.content == pdf
    assert (await desk.get("rita", f"/declarations/{case}/term.pdf")).status_code == 403


async def test_the_operators_seal_verifies_and_tampering_shows(desk: Desk) -> None:
    phone, _ = await desk.offered(DIABETES)
    await chosen(phone, "cpt")
    pdf = (await phone.get("/term.pdf")).content
    [sealed] = PdfFileReader(BytesIO(pdf)).embedded_signatures
    trust = ValidationContext(trust_roots=[sealed.signer_cert], allow_fetching=False)
    status = await asyncio.to_thread(validate_pdf_signature, sealed, trust)
    assert status.bottom_line
    assert status.coverage.name == "ENTIRE_FILE"
    assert sealed.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    metadata = PdfReader(BytesIO(pdf)).xmp_metadata
    assert metadata is not None
    assert (metadata.pdfaid_part, metadata.pdfaid_conformance) == ("2", "A")
    at = pdf.index(b"endobj") - 5
    forged = pdf[:at] + bytes([pdf[at] ^ 1]) + pdf[at + 1 :]
    assert not await asyncio.to_thread(_intact, forged, trust)


def _intact(pdf: bytes, trust: ValidationContext) -> bool:
    try:
        [sealed] = PdfFileReader(BytesIO(pdf)).embedded_signatures
        return bool(validate_pdf_signature(sealed, trust).bottom_line)
    except (PdfReadError, SignatureValidationError):
        return False


async def test_a_signed_term_starts_the_cpt_and_releases_the_person(
    served: Served, desk: Desk
) -> None:
    phone, case = await desk.offered(DIABETES)
    await chosen(phone, "cpt")
    assert (await desk.case(case))["stage"] == "term"
    wrong = await signed_term(phone, "0" * 64)
    assert (wrong.status_code, wrong.json()["code"]) == (409, "term-changed")
    signed = await signed_term(phone)
    assert signed.status_code == 201, signed.text
    assert signed.json()["signed_at"] is not None
    [cpt] = await served.rows("select * from cpt where declaration_id = $1", case)
    assert (cpt["starts_on"], cpt["ends_on"], cpt["months"]) == (
        date(2026, 1, 1),
        date(2028, 1, 1),
        24,
    )
    assert cpt["term_sha256"] == signed.json()["sha256"]
    [term] = await served.rows("select * from term where declaration_id = $1", case)
    assert term["challenge_id"]
    for kind in (events.TermIssued, events.TermSigned, events.CptStarted):
        facts = await served.facts(TENANT, kind)
        assert len([one for one in facts if one["declaration_id"] == case]) == 1
    assert (await desk.case(case))["stage"] == "released"
    [entry] = await desk.audit_trail(case, "term.signed")
    told = json.loads(entry["details"])
    assert (told["channel"], told["challenge"]) == ("code", term["challenge_id"])


async def test_the_signed_term_is_delivered_and_stays_to_be_read_and_no_more(
    served: Served, desk: Desk
) -> None:
    phone, case = await desk.offered(DIABETES)
    await chosen(phone, "cpt")
    assert (await signed_term(phone)).status_code == 201
    link = await phone.link("ds.term_signed")
    stages = {(await desk.case(case))["stage"]}
    await phone.open(link)
    pdf = (await phone.get("/term.pdf")).content
    assert pdf.startswith(b"%PDF-1.7")
    await served.rows("update declaration set stage = 'integrated' where declaration_id = $1", case)
    await phone.open(link)
    assert (await phone.get("/term")).json()["signed_at"]
    assert (await phone.get("/term.pdf")).content == pdf
    for path, body in (
        ("/declaration/rectification", None),
        ("/declaration/withdrawal", None),
        ("/declaration/signature-code", None),
        ("/term/signature-code", None),
    ):
        assert (await phone.post(path, body)).status_code == 409, path
    assert stages == {"released"}
    await served.rows("update link set expires_at = now() where declaration_id = $1", case)
    assert (await phone.post("/links", {"link": link})).status_code == 202
    await phone.open(await phone.link("ds.link_renewed"))
    assert (await phone.get("/term.pdf")).content == pdf


async def test_a_term_signed_for_a_child_speaks_of_the_child(served: Served, desk: Desk) -> None:
    mother = await person(served, TENANT, "Marta Prado", "1990-04-12")
    phone, _ = await desk.offered(DIABETES, representative_person_id=mother)
    await chosen(phone, "cpt")
    text = text_of((await phone.get("/term.pdf")).content)
    assert "Você declarou" not in text
    assert "como representante legal de Ana Prado" in text
    assert "24 meses contados da data de adesão" in text
    assert "se a data de adesão for corrigida" in text


async def test_a_term_whose_dates_moved_is_issued_again_before_anybody_signs(
    served: Served, desk: Desk
) -> None:
    phone, case = await desk.offered(DIABETES)
    await chosen(phone, "cpt")
    former = (await phone.get("/term")).json()["sha256"]
    [row] = await served.rows("select * from declaration where declaration_id = $1", case)
    await served.rows(
        "update declaration set joining_on = '2026-02-01' where declaration_id = $1", case
    )
    refused = await signed_term(phone, former)
    assert (refused.status_code, refused.json()["code"]) == (409, "term-reissued")
    fresh = (await phone.get("/term")).json()["sha256"]
    assert fresh == refused.json()["sha256"] != former
    assert "01/02/2028" in text_of((await phone.get("/term.pdf")).content)
    assert (await signed_term(phone)).status_code == 201
    [cpt] = await served.rows("select * from cpt where declaration_id = $1", case)
    assert cpt["ends_on"] == date(2028, 2, 1)
    assert row["joining_on"] == date(2026, 1, 1)
