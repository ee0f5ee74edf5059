"""After the signature, from the phone: documents, corrections midway, races, an erased person."""

import asyncio
import base64
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from contracts.health_declaration import events
from kit.keyring import Eraser
from services.health_declaration.rules.files import MOST_SENT
from tests.support.api import Served
from tests.support.clinic import Desk
from tests.support.proponent import Phone, invited

TENANT = 41
PDF = base64.b64encode(b"%PDF-1.7 laudo").decode()
DOCUMENT = {"name": "../laudo.pdf", "media_type": "application/pdf", "content_base64": PDF}


@pytest.fixture
def desk(served: Served) -> Desk:
    return Desk(served, TENANT)


async def asked(desk: Desk) -> tuple[Phone, str]:
    """A case whose analyst waits for documents, and the proponent's phone in a session."""
    phone, case = await desk.analysed("Q10")
    await desk.done("ana", case, "document-requests", items=["Laudo do diabetes"])
    return phone, case


async def facts(desk: Desk, kind: type[events.DeclarationEvent], case: str) -> list[dict[str, Any]]:
    found = await desk.served.facts(desk.tenant, kind)
    return [one for one in found if one["declaration_id"] == case]


async def test_the_first_document_answers_the_request_and_more_may_follow(desk: Desk) -> None:
    phone, case = await asked(desk)
    request = (await phone.get("/declaration/documents")).json()
    assert (request["items"], request["answered"]) == (["Laudo do diabetes"], False)
    first = await phone.post("/declaration/documents", DOCUMENT)
    assert (first.status_code, first.json()["answered"]) == (201, True)
    assert (await desk.case(case))["stage"] == "analysis"
    assert (await phone.post("/declaration/documents", DOCUMENT)).status_code == 201
    [fact] = await facts(desk, events.DocumentsReceived, case)
    assert fact["request_id"] == request["request_id"]
    rows = await desk.served.rows("select * from document where declaration_id = $1", case)
    assert len(rows) == 2
    keyring = desk.served.app.state.resources.keyring
    names = {await keyring.open(TENANT, phone.respondent_id, row["name_sealed"]) for row in rows}
    assert names == {"laudo.pdf"}
    assert "laudo" not in str(rows)


async def test_a_document_sent_twice_under_one_key_is_kept_once_and_answered_sealed(
    desk: Desk,
) -> None:
    phone, case = await asked(desk)
    key = {"Idempotency-Key": f"laudo-{case}"}
    answers = [await phone.post("/declaration/documents", DOCUMENT, **key) for _ in range(2)]
    assert [one.status_code for one in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    rows = await desk.served.rows("select 1 from document where declaration_id = $1", case)
    assert len(rows) == 1
    kept = await desk.served.rows("select reply from idempotency where key like $1", f"%{case}")
    assert len(kept) == 1
    assert "diabetes" not in str(kept)


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"media_type": "image/png"}, 422, "document-refused"),
        ({"content_base64": "nada de base64!"}, 422, "document-refused"),
        (
            {"content_base64": base64.b64encode(b"%PDF-" + bytes(8 * 1024 * 1024 - 4)).decode()},
            413,
            "document-too-large",
        ),
    ],
    ids=["another type", "not base64", "too large"],
)
async def test_a_file_that_is_not_what_it_says_is_refused(
    desk: Desk, change: dict[str, str], status: int, code: str
) -> None:
    phone, case = await asked(desk)
    refused = await phone.post("/declaration/documents", DOCUMENT | change)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert (await desk.case(case))["stage"] == "documents"


async def test_a_large_file_is_read_only_where_an_open_session_stands_behind_it(
    desk: Desk,
) -> None:
    phone, _ = await asked(desk)
    scan = base64.b64encode(b"%PDF-" + bytes(2**19)).decode()
    large = DOCUMENT | {"content_base64": scan}
    assert (await phone.post("/declaration/documents", large)).status_code == 201
    phone.take(f"{TENANT}.{'x' * 43}")
    for body, status in ((DOCUMENT, 401), (large, 413)):
        assert (await phone.post("/declaration/documents", body)).status_code == status


async def test_a_declaration_takes_twenty_documents_and_no_more(desk: Desk) -> None:
    phone, case = await asked(desk)
    for _ in range(MOST_SENT):
        assert (await phone.post("/declaration/documents", DOCUMENT)).status_code == 201
    refused = await phone.post("/declaration/documents", DOCUMENT)
    assert (refused.status_code, refused.json()["code"]) == (409, "too-many-documents")
    assert "20 arquivos" in refused.json()["detail"]
    kept = await desk.served.rows("select 1 from document where declaration_id = $1", case)
    assert len(kept) == MOST_SENT


async def test_nobody_sends_documents_that_were_not_asked_for(desk: Desk) -> None:
    phone = await invited(desk.served, TENANT)
    await phone.open()
    refused = await phone.post("/declaration/documents", DOCUMENT)
    assert (refused.status_code, refused.json()["code"]) == (409, "no-request")


async def test_a_correction_midway_takes_back_the_interview_and_the_analysis(desk: Desk) -> None:
    phone, case = await desk.analysed("Q10")
    await desk.done("ana", case, "interview-requests", reason="Esclarecer a data.")
    assert (await phone.form())["stage"] == "interview_to_schedule"
    assert (await phone.post("/declaration/rectification")).status_code == 201
    shown = await desk.case(case)
    assert (shown["stage"], shown["analyst"], shown["protocol"]) == ("filling", None, None)
    assert (await phone.get("/slots")).status_code == 404
    assert len(await facts(desk, events.DeclarationRectified, case)) == 1


async def test_an_offer_under_way_falls_with_the_answers_it_came_from(desk: Desk) -> None:
    phone, _ = await desk.offered(("Q10", "E11"))
    assert (await phone.post("/declaration/rectification")).status_code == 201
    refused = await phone.choose("cpt")
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong-stage")


async def test_a_term_is_signed_with_its_own_code_and_the_hash_that_was_shown(desk: Desk) -> None:
    phone, _ = await desk.offered(("Q10", "E11"))
    assert (await phone.choose("cpt")).status_code in (200, 201)
    await phone.open(await phone.link("ds.term"))
    term = (await phone.get("/term")).json()
    assert (await phone.get("/term.pdf")).content.startswith(b"%PDF-")
    assert (await phone.post("/term/signature-code")).status_code == 202
    code = await phone.code()
    other = await phone.post("/term/signature", {"code": code, "sha256": "0" * 64})
    assert (other.status_code, other.json()["code"]) == (409, "term-changed")
    signed = await phone.post("/term/signature", {"code": code, "sha256": term["sha256"]})
    assert signed.status_code == 201, signed.text
    late = await phone.post("/declaration/rectification")
    assert (late.status_code, late.json()["code"]) == (401, "session-expired")


async def ready(desk: Desk) -> tuple[Phone, dict[str, str]]:
    """A form ready to be signed and the body that signs it."""
    phone = await invited(desk.served, TENANT)
    await phone.open()
    await phone.acknowledge()
    await phone.answer_all()
    await phone.post("/declaration/signature-code")
    body = {"code": await phone.code(), "text_hash": (await phone.form())["text_hash"]}
    return phone, body


async def test_many_identical_signatures_at_once_are_one(desk: Desk) -> None:
    phone, body = await ready(desk)
    key = {"Idempotency-Key": "ao-mesmo-tempo"}
    answers = await asyncio.gather(
        *(phone.post("/declaration/signature", body, **key) for _ in range(30))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    case = answers[0].json()["declaration_id"]
    assert len(await facts(desk, events.DeclarationSigned, case)) == 1


async def test_without_a_key_the_second_of_two_signatures_is_told_of_the_first(desk: Desk) -> None:
    phone, body = await ready(desk)
    answers = await asyncio.gather(*(phone.post("/declaration/signature", body) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]


async def test_guesses_sent_at_once_all_count(desk: Desk) -> None:
    phone = await invited(desk.served, TENANT)
    challenge = (await phone.knock()).json()
    path = f"/sessions/{challenge['challenge_id']}/confirmations"
    right = int(await phone.code())
    guesses = [f"{(right + n) % 10**6:06d}" for n in range(1, 21)]
    answers = await asyncio.gather(*(phone.post(path, {"code": guess}) for guess in guesses))
    assert {answer.status_code for answer in answers} == {403}
    assert (await phone.post(path, {"code": f"{right:06d}"})).status_code == 403


async def test_one_code_confirmed_twice_at_once_opens_one_session(desk: Desk) -> None:
    phone = await invited(desk.served, TENANT)
    challenge = (await phone.knock()).json()
    path = f"/sessions/{challenge['challenge_id']}/confirmations"
    code = {"code": await phone.code()}
    answers = await asyncio.gather(*(phone.post(path, code) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 403, 403, 403, 403]


@pytest.mark.parametrize(
    ("days", "stage", "reminders"), [(2, "invited", 1), (6, "invited", 1), (40, "expired", 0)]
)
async def test_whoever_catches_up_reminds_once_and_not_of_a_term_that_passed(
    served: Served, days: int, stage: str, reminders: int
) -> None:
    desk = Desk(served, TENANT + days)
    phone = await invited(served, desk.tenant)
    await phone.open()
    case = (await phone.form())["declaration_id"]
    desk.jump(desk.now() + timedelta(days=days))
    step = await desk.advance(case)
    assert step["stage"] == stage
    assert len(await phone.contacts("ds.reminder")) == reminders
    assert await desk.advance(case) == step
    assert len(await phone.contacts("ds.reminder")) == reminders
    if days == 2:
        desk.jump(desk.now() + timedelta(days=2))
        await desk.advance(case)
        assert len(await phone.contacts("ds.reminder")) == reminders + 1


async def test_an_erased_person_is_told_so_and_the_link_opens_nothing(desk: Desk) -> None:
    phone = await invited(desk.served, TENANT)
    link = await phone.link()
    await phone.open()
    await erase(phone)
    gone = await phone.get("/declaration")
    assert (gone.status_code, gone.json()["code"]) == (410, "erased")
    assert (await phone.knock(link=link)).status_code == 403


async def test_of_an_erased_person_staff_is_told_so_and_reads_nothing(desk: Desk) -> None:
    phone, case = await asked(desk)
    await phone.post("/declaration/documents", DOCUMENT)
    [file] = (await desk.case(case))["clinical"]["files"]
    await desk.opine(case, ("Q10", "E11"))
    await desk.done("otto", case, "audit", decision="offer", notes="Ofertar a CPT.")
    await phone.open(await phone.link("ds.offer"))
    await phone.choose("cpt")
    await phone.post("/term/signature-code")
    sha256 = (await phone.get("/term")).json()["sha256"]
    signature = {"code": await phone.code(), "sha256": sha256}
    assert (await phone.post("/term/signature", signature)).status_code == 201
    await erase(phone)
    asked_for = {"person_id": phone.respondent_id, "on": "2026-02-01", "high_technology_bed": True}
    answers = [
        await desk.get("ana", f"/declarations/{case}/documents/{file['document_id']}"),
        await desk.get("ana", f"/declarations/{case}/term.pdf"),
        await desk.post("ivo", "/coverage-checks", asked_for),
    ]
    assert [answer.status_code for answer in answers] == [410, 410, 410]
    assert {answer.json()["code"] for answer in answers} == {"erased"}


async def erase(phone: Phone) -> None:
    """What the erasure process does, with its own login; this process forgets at once."""
    engine = create_async_engine(phone.served.app.state.settings.keyring_eraser_url)
    assert await Eraser(engine).destroy(phone.tenant, phone.respondent_id)
    await engine.dispose()
    phone.served.app.state.resources.keyring.forget(phone.tenant, phone.respondent_id)
