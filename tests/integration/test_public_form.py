"""The form on a real Postgres, as phones use it: in by link and code, filled, signed, corrected."""

import re
from collections.abc import AsyncIterator
from hashlib import sha256

import pytest

from contracts.health_declaration import events
from services.health_declaration.app import create
from services.health_declaration.settings import HealthDeclarationSettings
from tests.support.api import Served, databases, serving
from tests.support.postgres import Postgres
from tests.support.proponent import REGISTER, Phone, enrol, invited, person

OTHER_BIRTH = "1990-04-13"
NOBODY = "7." + "x" * 43
TENANT = 7


@pytest.fixture(scope="module")
async def served(postgres: Postgres) -> AsyncIterator[Served]:
    known = await databases(postgres, "health_declaration")
    settings = HealthDeclarationSettings.model_validate(known | {"ans_register": REGISTER})
    async with serving(create(settings), postgres) as ready:
        yield ready


@pytest.fixture
async def phone(served: Served) -> Phone:
    return await invited(served, TENANT)


@pytest.fixture
async def filled(phone: Phone) -> Phone:
    """A form with every question answered no, ready to be signed."""
    await phone.open()
    await phone.acknowledge()
    await phone.answer_all()
    return phone


async def told(phone: Phone, kind: type[events.DeclarationEvent]) -> list[dict[str, object]]:
    facts = await phone.served.facts(phone.tenant, kind)
    return [fact for fact in facts if fact["person_id"] == phone.respondent_id]


async def test_from_the_link_to_the_receipt(phone: Phone) -> None:
    await phone.open()
    form = await phone.form()
    assert (form["stage"], form["letter_acknowledged"], form["protocol"]) == (
        "invited",
        False,
        None,
    )
    intermediary = {"name": "Bia Corretora", "cpf": "529.982.247-25"}
    letter = await phone.acknowledge("own_doctor", intermediary=intermediary)
    assert letter.status_code == 200
    await phone.answer_all(yes=("Q07",))
    text = (await phone.form())["text"]
    assert "Pessoa: Ana Prado\n" in text
    assert "Intermediário presente: Bia Corretora, CPF 529.982.247-25\n" in text
    signed = await phone.sign()
    assert signed.status_code == 201, signed.text
    receipt = signed.json()
    assert re.fullmatch(REGISTER + r"20\d{6}\d{6}", receipt["protocol"])
    assert (receipt["channel"], receipt["answers_version"]) == ("code", 1)
    assert await phone.contacts("ds.receipt") == [{"protocol": receipt["protocol"]}]
    assert [fact["letter_version"] for fact in await told(phone, events.DeclarationStarted)] == [
        form["letter"]["version"]
    ]
    [fact] = await told(phone, events.DeclarationSigned)
    assert (fact["protocol"], fact["actor"]) == (
        receipt["protocol"],
        f"person:{phone.respondent_id}",
    )
    after = await phone.form()
    assert (after["stage"], after["protocol"]) == ("analysis", receipt["protocol"])


async def test_the_evidence_is_the_text_that_was_shown(filled: Phone) -> None:
    shown = await filled.form()
    await filled.sign()
    [row] = await filled.served.rows(
        "select * from signature where declaration_id = $1", shown["declaration_id"]
    )
    keyring = filled.served.app.state.resources.keyring
    text = await keyring.open(filled.tenant, filled.respondent_id, row["text_sealed"])
    assert (text, row["text_hash"]) == (shown["text"], shown["text_hash"])
    assert row["challenge_id"]
    [entry] = await filled.served.rows(
        "select * from audit where action = 'declaration.signed' and subject = $1",
        shown["declaration_id"],
    )
    assert entry["actor"] == f"person:{filled.respondent_id}"


async def test_a_wrong_date_and_an_unknown_link_look_the_same(phone: Phone) -> None:
    wrong = await phone.knock(birth=OTHER_BIRTH)
    unknown = await phone.knock(link=NOBODY)
    malformed = await phone.knock(link="sem-inquilino-no-comeco")
    assert wrong.status_code == unknown.status_code == malformed.status_code == 403
    assert wrong.content == unknown.content == malformed.content
    assert await phone.contacts("ds.code") == []


async def test_a_link_tried_too_often_rests_and_does_not_say_so(phone: Phone) -> None:
    answers = [await phone.knock(birth=OTHER_BIRTH) for _ in range(5)]
    blocked = await phone.knock()
    assert {answer.content for answer in answers} == {blocked.content}
    await phone.served.rows("update link set blocked_until = now() - interval '1 minute'")
    assert (await phone.knock()).status_code == 202


async def test_a_forwarded_link_without_the_code_opens_nothing(phone: Phone) -> None:
    challenge = (await phone.knock()).json()
    path = f"/sessions/{challenge['challenge_id']}/confirmations"
    right = await phone.code()
    wrong = f"{(int(right) + 1) % 10**6:06d}"
    refusals = [await phone.post(path, {"code": wrong}) for _ in range(5)]
    assert {answer.status_code for answer in refusals} == {403}
    exhausted = await phone.post(path, {"code": right})
    unknown = await phone.post("/sessions/7.nada/confirmations", {"code": right})
    assert exhausted.content == unknown.content == refusals[0].content
    for session in ("", "7.nada", f"{TENANT}.{'y' * 43}", await phone.link()):
        answer = await phone.served.http.get(
            "/public/declaration", headers={"Vinculo-Session": session}
        )
        assert answer.status_code == 401
    assert (await phone.served.http.get("/public/declaration")).status_code == 401


async def test_a_code_opens_one_session_only(phone: Phone) -> None:
    challenge = (await phone.knock()).json()
    path = f"/sessions/{challenge['challenge_id']}/confirmations"
    code = {"code": await phone.code()}
    assert (await phone.post(path, code)).status_code == 201
    assert (await phone.post(path, code)).status_code == 403


async def test_asking_again_at_once_sends_no_second_code(phone: Phone) -> None:
    first, second = await phone.knock(), await phone.knock()
    assert first.json() == second.json()
    assert len(await phone.contacts("ds.code")) == 1


async def test_asking_again_by_another_channel_sends_a_code_there(phone: Phone) -> None:
    body = {"link": await phone.link(), "birth_on": phone.birth}
    challenges = []
    for channel in (None, "whatsapp", "whatsapp", "email"):
        asked = await phone.post("/sessions", body | {"channel": channel})
        assert asked.status_code == 202, asked.text
        challenges.append(asked.json()["challenge_id"])
    assert challenges[1] == challenges[2]
    facts = await told(phone, events.ContactRequested)
    codes = [fact["channel"] for fact in facts if fact["template"] == "ds.code"]
    assert codes == [None, "whatsapp", "email"]
    path = f"/sessions/{challenges[-1]}/confirmations"
    assert (await phone.post(path, {"code": await phone.code()})).status_code == 201


async def test_a_day_has_so_many_codes(phone: Phone) -> None:
    for _ in range(10):
        assert (await phone.knock()).status_code == 202
        await phone.served.rows("update challenge set sent_at = sent_at - interval '61 seconds'")
    refused = await phone.knock()
    assert (refused.status_code, refused.json()["code"]) == (429, "codes-exhausted")


async def test_an_expired_link_tells_how_to_get_another(phone: Phone) -> None:
    old = await phone.link()
    await phone.served.rows(
        "update link set expires_at = now() - interval '1 day' where respondent_id = $1",
        phone.respondent_id,
    )
    gone = await phone.knock(link=old)
    assert (gone.status_code, gone.json()["code"]) == (410, "link-expired")
    assert gone.json()["renew"] == "/public/links"
    asked = [await phone.post("/links", {"link": old}) for _ in range(2)]
    nobody = await phone.post("/links", {"link": NOBODY})
    assert {answer.content for answer in (*asked, nobody)} == {b'{"accepted":true}'}
    assert len(await phone.contacts("ds.link_renewed")) == 1
    await phone.open(await phone.link("ds.link_renewed"))
    assert (await phone.form())["stage"] == "invited"


async def test_a_link_in_force_is_not_replaced(phone: Phone) -> None:
    answer = await phone.post("/links", {"link": await phone.link()})
    assert answer.status_code == 202
    assert await phone.contacts("ds.link_renewed") == []


async def test_an_old_link_does_not_close_the_one_in_force(phone: Phone) -> None:
    old = await phone.link()
    case = (await told(phone, events.DeclarationRequested))[0]["declaration_id"]
    staff = phone.served.as_(TENANT, "desk")
    sent = await phone.served.http.post(f"/declarations/{case}/link", headers=staff)
    assert sent.status_code == 201, sent.text
    current = await phone.link("ds.link_renewed")
    asked = await phone.post("/links", {"link": old})
    assert (asked.status_code, asked.json()) == (202, {"accepted": True})
    assert await phone.link("ds.link_renewed") == current
    await phone.open(current)


async def test_another_device_goes_on_where_the_first_stopped(phone: Phone) -> None:
    await phone.open()
    await phone.acknowledge()
    await phone.put("/declaration/answers/Q07", {"answer": "no"})
    other = Phone(phone.served, phone.tenant, phone.respondent_id)
    await other.open()
    [answer] = (await other.form())["answers"]
    assert (answer["question_id"], answer["answer"]) == ("Q07", "no")
    assert other.session != phone.session
    assert (await phone.form())["text_hash"] == (await other.form())["text_hash"]


async def test_what_was_acknowledged_stays_shown_and_its_hash_is_signed(served: Served) -> None:
    tenant = TENANT + 2
    phone = await invited(served, tenant)
    await phone.open()
    letter = (await phone.form())["letter"]
    await phone.acknowledge()
    body = {"kind": "letter", "title": "Carta", "text": "Outra carta, bem diferente desta."}
    await put_in_force(served, tenant, body | {"version": "C-1"})
    form = await phone.form()
    assert form["letter"] == letter
    digest = sha256(letter["text"].encode()).hexdigest()[:16]
    assert f"li e entendi a versão {letter['version']} (SHA-256 {digest})\n" in form["text"]
    later = await invited(served, tenant)
    await later.open()
    assert (await later.form())["letter"]["version"] == "C-1"
    assert (await later.acknowledge()).status_code == 200
    assert (await later.form())["letter"]["text"] == body["text"]


async def put_in_force(served: Served, tenant: int, body: dict[str, str]) -> None:
    """One owner writes a text, another publishes what they read."""
    author, second = (served.as_(tenant, "rule_owner", sub=who) for who in ("raul", "rosa"))
    draft = (await served.http.post("/notices", json=body, headers=author)).json()
    named = {name: draft[name] for name in ("kind", "version", "content_hash")}
    put = await served.http.post("/notices/publication", json=named, headers=second)
    assert put.status_code == 200, put.text


async def test_reading_changes_nothing(filled: Phone) -> None:
    async def state() -> list[object]:
        tables = ("link", "challenge", "form_session", "declaration", "answer", "outbox", "audit")
        return [await filled.served.rows(f"select * from {table}") for table in tables]  # noqa: S608

    before = await state()
    for _ in range(2):
        await filled.form()
        assert (await filled.get("/declaration/documents")).status_code == 404
    assert await state() == before


async def test_the_letter_comes_before_answers_and_signature(phone: Phone) -> None:
    await phone.open()
    answer = await phone.put("/declaration/answers/Q01", {"answer": "no"})
    code = await phone.post("/declaration/signature-code")
    body = {"code": "000000", "text_hash": "0" * 64}
    signed = await phone.post("/declaration/signature", body)
    for refused in (answer, code, signed):
        assert (refused.status_code, refused.json()["code"]) == (409, "letter-first")


async def test_another_version_of_what_is_read_first_is_not_the_one_in_force(phone: Phone) -> None:
    await phone.open()
    form = await phone.form()
    for old in ("version", "privacy_version", "terms_version"):
        refused = await phone.acknowledge(**{old: "velha"})
        assert (refused.status_code, refused.json()["code"]) == (409, "notice-changed")
        assert refused.json()["versions"] == {
            kind: form[kind]["version"] for kind in ("letter", "privacy", "terms")
        }
    assert (await phone.form())["letter_acknowledged"] is False


@pytest.mark.parametrize(
    ("question", "body", "error"),
    [
        ("Q99", {"answer": "no"}, ("Q99", "unknown_question")),
        ("Q07", {"answer": "no", "details": {"ano": "2019"}}, ("Q07.ano", "follow_up_without_yes")),
        ("Q07", {"answer": "yes", "details": {"ano": "3019"}}, ("Q07.ano", "bad_year")),
        ("Q07", {"answer": "yes", "details": {"peso": "80"}}, ("Q07.peso", "unknown_follow_up")),
    ],
)
async def test_an_impossible_answer_names_field_and_reason(
    phone: Phone, question: str, body: dict[str, object], error: tuple[str, str]
) -> None:
    await phone.open()
    await phone.acknowledge()
    refused = await phone.put(f"/declaration/answers/{question}", body)
    assert refused.status_code == 422
    [told] = refused.json()["errors"]
    assert (told["field"], told["code"]) == error
    assert told["reason"]


async def test_a_step_of_the_form_is_kept_whole_or_not_at_all(phone: Phone) -> None:
    await phone.open()
    await phone.acknowledge()
    no, wrong = {"answer": "no"}, {"answer": "yes", "details": {"ano": "3019"}}
    refused = await phone.put("/declaration/answers", {"answers": {"Q01": no, "Q07": wrong}})
    [told] = refused.json()["errors"]
    assert (refused.status_code, told["field"]) == (422, "Q07.ano")
    assert (await phone.form())["answers"] == []
    for last in (no, {"answer": "yes", "details": {"ano": "2019"}}):
        kept = await phone.put("/declaration/answers", {"answers": {"Q01": no, "Q07": last}})
        assert kept.status_code == 200
        form = await phone.form()
        assert {one["question_id"]: one["answer"] for one in form["answers"]} == {
            "Q01": "no",
            "Q07": last["answer"],
        }
    assert kept.json()["answers"] == form["answers"]


async def test_an_incomplete_form_lists_what_is_missing(phone: Phone) -> None:
    await phone.open()
    await phone.acknowledge()
    await phone.answer_all()
    await phone.put("/declaration/answers/Q07", {"answer": "yes"})
    refused = await phone.sign()
    assert refused.status_code == 422
    errors = {(one["field"], one["code"]) for one in refused.json()["errors"]}
    assert errors == {
        ("Q07.diagnostico", "missing_follow_up"),
        ("Q07.ano", "missing_follow_up"),
    }


async def test_a_text_that_changed_is_not_signed_and_costs_no_code(filled: Phone) -> None:
    await filled.post("/declaration/signature-code")
    code = await filled.code()
    old = (await filled.form())["text_hash"]
    await filled.put(
        "/declaration/answers/Q07",
        {"answer": "yes", "details": {"ano": "2019", "diagnostico": "x"}},
    )
    changed = await filled.post("/declaration/signature", {"code": code, "text_hash": old})
    assert (changed.status_code, changed.json()["code"]) == (409, "text-changed")
    new = (await filled.form())["text_hash"]
    signed = await filled.post("/declaration/signature", {"code": code, "text_hash": new})
    assert signed.status_code == 201


async def test_a_signed_declaration_takes_no_answer_and_no_second_signature(filled: Phone) -> None:
    await filled.answer_all(yes=("Q07",))
    receipt = (await filled.sign()).json()
    answer = await filled.put("/declaration/answers/Q07", {"answer": "no"})
    letter = await filled.acknowledge()
    for refused in (answer, letter, await filled.post("/declaration/signature-code")):
        assert (refused.status_code, refused.json()["code"]) == (409, "already-signed")
        assert refused.json()["protocol"] == receipt["protocol"]


async def test_the_same_signature_sent_twice_gives_the_same_receipt(filled: Phone) -> None:
    await filled.post("/declaration/signature-code")
    body = {"code": await filled.code(), "text_hash": (await filled.form())["text_hash"]}
    key = {"Idempotency-Key": "assinatura-1"}
    first = await filled.post("/declaration/signature", body, **key)
    second = await filled.post("/declaration/signature", body, **key)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert len(await told(filled, events.DeclarationSigned)) == 1


async def test_a_wrong_code_counts_and_leaves_the_idempotency_key_free(filled: Phone) -> None:
    await filled.post("/declaration/signature-code")
    right = await filled.code()
    body = {"code": f"{(int(right) + 1) % 10**6:06d}"}
    body["text_hash"] = (await filled.form())["text_hash"]
    key = {"Idempotency-Key": "assinatura-2"}
    wrong = await filled.post("/declaration/signature", body, **key)
    assert (wrong.status_code, wrong.json()["code"]) == (403, "code-refused")
    signed = await filled.post("/declaration/signature", body | {"code": right}, **key)
    assert signed.status_code == 201
    [row] = await filled.served.rows(
        "select attempts from challenge where respondent_id = $1 and purpose = 'signature'",
        filled.respondent_id,
    )
    assert row["attempts"] == 1


async def test_a_code_to_open_does_not_sign(phone: Phone) -> None:
    await phone.open()
    await phone.acknowledge()
    await phone.answer_all()
    body = {"code": await phone.code(), "text_hash": (await phone.form())["text_hash"]}
    refused = await phone.post("/declaration/signature", body)
    assert (refused.status_code, refused.json()["code"]) == (403, "code-refused")


async def test_who_asked_for_the_doctor_signs_only_after_the_talk(filled: Phone) -> None:
    assert (await filled.acknowledge("operator_doctor")).status_code == 200
    assert (await filled.acknowledge("operator_doctor")).status_code == 200
    assert [one["purpose"] for one in await told(filled, events.InterviewRequested)] == ["guidance"]
    refused = await filled.sign()
    assert (refused.status_code, refused.json()["code"]) == (409, "guidance-pending")
    assert (await filled.form())["stage"] == "filling"
    assert (await filled.acknowledge("waived")).status_code == 200
    assert (await filled.sign()).status_code == 201


async def test_a_rectified_declaration_keeps_what_was_signed(filled: Phone) -> None:
    await filled.answer_all(yes=("Q07",))
    first = (await filled.sign()).json()
    assert (await filled.post("/declaration/rectification")).status_code == 201
    form = await filled.form()
    assert (form["stage"], form["answers_version"], form["protocol"]) == ("filling", 2, None)
    assert len(form["answers"]) == len(form["questions"])
    details = {"diagnostico": "pressão alta", "ano": "2019"}
    await filled.put("/declaration/answers/Q07", {"answer": "yes", "details": details})
    await filled.served.rows("update challenge set sent_at = sent_at - interval '61 seconds'")
    second = (await filled.sign()).json()
    assert second["answers_version"] == 2
    assert second["protocol"] != first["protocol"]
    rows = await filled.served.rows(
        "select answers_version, protocol from signature where declaration_id = $1 order by 1",
        form["declaration_id"],
    )
    assert [(row["answers_version"], row["protocol"]) for row in rows] == [
        (1, first["protocol"]),
        (2, second["protocol"]),
    ]
    answers = await filled.served.rows(
        "select answers_version, count(*) from answer where declaration_id = $1 group by 1",
        form["declaration_id"],
    )
    assert {row["count"] for row in answers} == {len(form["questions"])}
    assert [one["answers_version"] for one in await told(filled, events.DeclarationRectified)] == [
        2
    ]


async def test_only_a_signed_declaration_is_rectified(filled: Phone) -> None:
    refused = await filled.post("/declaration/rectification")
    assert (refused.status_code, refused.json()["code"]) == (409, "not-signed")


async def test_whoever_withdraws_is_done(filled: Phone) -> None:
    assert (await filled.post("/declaration/withdrawal")).status_code == 200
    assert len(await told(filled, events.DeclarationWithdrawn)) == 1
    for refused in (
        await filled.get("/declaration"),
        await filled.put("/declaration/answers/Q07", {"answer": "no"}),
        await filled.post("/declaration/withdrawal"),
    ):
        assert (refused.status_code, refused.json()["code"]) == (401, "session-expired")
    assert (await filled.post("/links", {"link": await filled.link()})).status_code == 202
    assert await filled.contacts("ds.link_renewed") == []


async def test_a_session_of_one_tenant_opens_nothing_of_another(phone: Phone) -> None:
    await phone.open()
    secret = phone.session.partition(".")[2]
    phone.take(f"{TENANT + 1}.{secret}")
    assert (await phone.get("/declaration")).status_code == 401


async def test_a_session_ends(phone: Phone) -> None:
    await phone.open()
    await phone.served.rows("update form_session set expires_at = now() - interval '1 second'")
    refused = await phone.get("/declaration")
    assert (refused.status_code, refused.json()["code"]) == (401, "session-expired")


async def test_a_representative_answers_for_a_minor(served: Served) -> None:
    mother = await person(served, TENANT, "Rita Prado", "1985-02-03")
    child = await person(served, TENANT, "Léo Prado", "2020-05-06")
    await enrol(served, TENANT, child, role="dependant", representative_person_id=mother)
    phone = Phone(served, TENANT, mother, birth="1985-02-03")
    assert (await phone.knock(birth="2020-05-06")).status_code == 403
    receipt = await phone.declare("Q07")
    text = (await phone.form())["text"]
    assert "Pessoa: Léo Prado\nRespondida por: Rita Prado\n" in text
    [fact] = [
        one
        for one in await served.facts(TENANT, events.DeclarationSigned)
        if one["protocol"] == receipt["protocol"]
    ]
    assert (fact["person_id"], fact["actor"]) == (child, f"person:{mother}")


async def test_secrets_are_kept_as_hashes_only(filled: Phone) -> None:
    secrets = [await filled.link(), filled.session]
    secrets += [secret.partition(".")[2] for secret in secrets]
    tables = ("link", "challenge", "form_session", "outbox", "audit", "idempotency")
    for table in tables:
        kept = str(await filled.served.rows(f"select * from {table}"))  # noqa: S608
        assert not any(secret in kept for secret in secrets)
