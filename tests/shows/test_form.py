"""From the link to the signature: who gets in, what comes first, what is asked."""

import hashlib
from datetime import datetime, timedelta

import pytest

from deploy.story.http import Client
from deploy.story.life import INTEGRATED, RELEASED
from deploy.story.proponent import PUBLIC, Phone, answer_to
from tests.support.live import House, refused, rows

STRAIGHT_SECONDS = 30.0
"""Seconds of work; the rest of the bound is for a machine that has other things to do."""
LINK_ISSUED = "health_declaration.link.issued.v1"
A_DAY = timedelta(days=1)


@pytest.mark.shows("M124", "B15")
async def test_nothing_declared_is_released_in_seconds_and_no_human_takes_part(
    house: House,
) -> None:
    life = await house.declares()
    signed = house.world.signed[life.declaration_id]
    released = await life.soon(life.declaration_id, RELEASED)
    assert house.world.elapsed() - signed < STRAIGHT_SECONDS
    assert released.body["straight_through"] is True
    rules = await house.rules("parameters")
    assert released.body["rules_version"] == life_rules(released.body["rules_version"], rules)
    await life.soon(life.declaration_id, INTEGRATED)
    case = await life.office.case()
    assert (case["analyst"], case["auditor"], case["clinical"]["triage"]) == (None, None, [])
    people = {one["actor"] for one in await house.trail(life.declaration_id)}
    assert people.isdisjoint(house.world.tokens.keys() - {life.office.analyst})


def life_rules(told: str, rules: dict[str, object]) -> str:
    assert f"{rules['version']}" in told
    return told


@pytest.mark.shows("M124")
async def test_a_yes_opens_its_own_follow_ups_and_no_other(house: House) -> None:
    life = await house.enrols(house.person())
    await life.phone.open("ds_link")
    by_id = {one["id"]: one for one in await life.phone.acknowledge()}
    assert [one["id"] for one in by_id["Q14"]["follow_ups"]] == ["diagnostico", "ano", "segmento"]
    assert [one["id"] for one in by_id["Q07"]["follow_ups"]] == ["diagnostico", "ano"]
    spine, pressure = f"{PUBLIC}/answers/Q14", f"{PUBLIC}/answers/Q07"
    details = {"diagnostico": "hérnia de disco", "ano": "2020", "segmento": "lombar"}

    closed = await refused(life.phone.api.put(spine, {"answer": "no", "details": details}))
    assert closed.status == 422
    await life.phone.answer([one for one in by_id.values() if one["id"] != "Q14"], ())
    await life.phone.api.put(spine, {"answer": "yes"})
    unsaid = await refused(life.phone.sign())
    asked = {one["field"] for one in unsaid.body["errors"]}
    assert asked == {"Q14.diagnostico", "Q14.ano", "Q14.segmento"}
    foreign = await refused(life.phone.api.put(pressure, {"answer": "yes", "details": details}))
    assert {one["field"] for one in foreign.body["errors"]} == {"Q07.segmento"}
    saved = await life.phone.api.put(spine, {"answer": "yes", "details": details})
    assert saved["details"] == details


@pytest.mark.shows("M124")
async def test_the_trace_of_rules_that_sent_it_to_a_person_is_kept(house: House) -> None:
    life = await house.declares("Q07", "Q14")
    await life.to_analysis()
    case = await life.office.case()
    assert case["clinical"]["triage"] == [
        {"rule_id": "DS-003", "text": "Q07: Doença ou lesão declarada."},
        {"rule_id": "DS-003", "text": "Q14: Doença ou lesão declarada."},
    ]
    referred = await life.soon(
        life.declaration_id, "health_declaration.declaration.referred.v1", cause="triage"
    )
    assert referred.body["rules_version"] == case["rules_version"] != ""
    assert "Q14" not in str(referred.body)


@pytest.mark.shows("M125")
async def test_a_forwarded_link_opens_nothing_without_birth_date_and_code(house: House) -> None:
    life, other = await house.together([house.enrols(house.person(age=a)) for a in (35, 36)])
    await life.phone.next("ds_link")
    await other.phone.next("ds_link")
    assert len(life.phone.link.partition(".")[2]) >= 22  # 128 bits in base64
    stored = await rows(house.admin("health_declaration"), "select link_hash from link")
    kept = {one["link_hash"] for one in stored}
    assert life.phone.link not in kept
    assert hashlib.sha256(life.phone.link.encode()).hexdigest() in kept

    public = house.world.public()
    theirs = {"link": life.phone.link, "birth_on": other.person.body["birth_on"]}
    assert (await refused(public.post("/public/sessions", theirs))).code == "not-recognised"
    for header in ({}, {"Vinculo-Session": life.phone.link}):
        base = house.world.stack.url("health_declaration")
        stranger = Client(house.world.wire, base, header)
        assert (await refused(stranger.get(PUBLIC))).status == 401

    challenge = await life.phone.knock()
    path = f"/public/sessions/{challenge['challenge_id']}/confirmations"
    code = await life.phone.code(challenge)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    assert (await refused(public.post(path, {"code": wrong}))).code == "code-refused"
    theirs_path = f"/public/sessions/{(await other.phone.knock())['challenge_id']}/confirmations"
    assert (await refused(public.post(theirs_path, {"code": code}))).code == "code-refused"
    opened = await public.post(path, {"code": code})
    assert (await refused(public.post(path, {"code": code}))).code == "code-refused"
    life.phone.take(opened["session"])
    assert (await life.phone.api.get(PUBLIC))["declaration_id"] == life.declaration_id


@pytest.mark.shows("M125")
async def test_another_device_goes_on_where_the_first_one_stopped(house: House) -> None:
    life = await house.enrols(house.person())
    await life.phone.open("ds_link")
    questions = await life.phone.acknowledge()
    await life.phone.answer(questions[:7], ("Q02",))
    await house.days_pass(await house.now() + timedelta(minutes=2))
    tablet = Phone(house.world, life.person, life.phone.read, life.phone.challenges)
    await tablet.open("")
    form = await tablet.api.get(PUBLIC)
    assert [one["question_id"] for one in form["answers"]] == [one["id"] for one in questions[:7]]
    assert form["letter_acknowledged"] is True
    assert {one["question_id"] for one in form["answers"] if one["answer"] == "yes"} == {"Q02"}
    assert await tablet.api.get(PUBLIC) == form
    await tablet.answer(questions[7:], ())
    assert len((await life.phone.api.get(PUBLIC))["answers"]) == 36


@pytest.mark.shows("M125")
async def test_an_expired_link_says_so_and_another_one_goes_to_the_person(house: House) -> None:
    life = await house.enrols(house.person())
    first = (await life.phone.next("ds_link")).link
    await house.days_pass(await house.now() + 6 * A_DAY)
    await house.all_due_done()
    await life.phone.next("ds_reminder")
    await house.settled()
    issued = house.world.bus.about(life.declaration_id, LINK_ISSUED)
    expires = datetime.fromisoformat(issued[-1].body["expires_at"])
    assert life.phone.link != first
    await house.days_pass(expires - timedelta(hours=1))
    assert (await life.phone.knock())["challenge_id"]
    await house.days_pass(expires + timedelta(minutes=1))
    late = await refused(life.phone.knock())
    assert (late.status, late.code, late.body["renew"]) == (410, "link-expired", "/public/links")
    old = life.phone.link
    await house.world.public().post("/public/links", {"link": old})
    fresh = (await life.phone.next("ds_link_renewed")).link
    life.phone.link = old
    assert (await refused(life.phone.knock())).code == "link-expired"
    life.phone.link = str(fresh)
    assert (await life.phone.knock())["challenge_id"]
    assert (await life.office.case())["stage"] == "invited"


@pytest.mark.shows("M126")
async def test_nothing_is_answered_or_signed_before_letter_notice_and_terms(house: House) -> None:
    life = await house.enrols(house.person())
    await life.phone.open("ds_link")
    form = await life.phone.api.get(PUBLIC)
    assert form["letter_acknowledged"] is False
    assert "cobertura parcial temporária" in form["letter"]["text"]
    assert "Aviso de privacidade" in form["privacy"]["title"]
    assert "Termos de uso" in form["terms"]["title"]
    first = form["questions"][0]
    body = answer_to(first, yes=False)
    early = await refused(life.phone.api.put(f"{PUBLIC}/answers/{first['id']}", body))
    assert (early.status, early.code) == (409, "letter-first")
    signing = {"code": "000000", "text_hash": form["text_hash"]}
    for path, sent in (("signature-code", None), ("signature", signing)):
        early = await refused(life.phone.api.post(f"{PUBLIC}/{path}", sent))
        assert (early.status, early.code) == (409, "letter-first")
    for unread in ("version", "privacy_version", "terms_version"):
        changed = await refused(life.phone.acknowledge(**{unread: "outra"}))
        assert (changed.status, changed.code) == (409, "notice-changed")
    bare = {"version": form["letter"]["version"], "guidance": "waived"}
    unseen = await refused(life.phone.api.post(f"{PUBLIC}/letter", bare))
    assert unseen.status == 422
    assert (await life.phone.api.get(PUBLIC))["letter_acknowledged"] is False


@pytest.mark.shows("M126")
@pytest.mark.parametrize("guidance", ["operator_doctor", "own_doctor", "waived"])
async def test_guidance_is_offered_and_what_was_chosen_is_kept(house: House, guidance: str) -> None:
    life = await house.enrols(house.person())
    await life.phone.open("ds_link")
    seller = {"name": "Corretora Exemplo", "cpf": "52998224725"}
    await life.phone.acknowledge(guidance, intermediary=seller)
    form = await life.phone.api.get(PUBLIC)
    case = await life.office.case()
    assert form["guidance"] == case["guidance"] == guidance
    trail = [one["action"] for one in await house.trail(life.declaration_id)]
    assert "letter.acknowledged" in trail
    if guidance == "operator_doctor":
        asked = await life.soon(
            life.declaration_id, "health_declaration.interview.requested.v1", purpose="guidance"
        )
        assert asked.body["interview_id"]
        await life.phone.next("ds_interview_offer")
    else:
        await life.phone.answer(form["questions"], ())
        await life.phone.sign()
        # Facts of one declaration travel in order: a request would have come before this one.
        await life.soon(life.declaration_id, "health_declaration.declaration.signed.v1")
        asked_for = "health_declaration.interview.requested.v1"
        assert house.world.bus.about(life.declaration_id, asked_for) == []
