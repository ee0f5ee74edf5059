"""What every service gives: secrecy at rest, named trails that show tampering, kept reasons."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import asyncpg
import httpx
import pytest

from deploy.story.http import Client
from deploy.story.life import HD, INTEGRATED, Life
from deploy.story.proponent import PUBLIC
from tests.support import leaks
from tests.support.live import House, refused, rows

ENTRIES = 100_000
SEALING_SECONDS = 1200.0
SAID = "segredo-da-anamnese-5520"
TAMPER = "update audit set actor_name = actor_name || '.' where id = $1"
RESTORE = "update audit set actor_name = left(actor_name, -1) where id = $1"


@pytest.mark.shows("M039")
async def test_a_dump_of_databases_and_topics_tells_nothing_of_anybodys_health(
    house: House,
) -> None:
    name = "Xiomara Zebulon Quintanilha"
    life = await house.enrols(house.person(full_name=name))
    await life.phone.open("ds_link")
    questions = await life.phone.acknowledge()
    await life.phone.answer(questions, ("Q10",))
    details = {"diagnostico": SAID, "ano": "2020"}
    await life.phone.api.put(f"{PUBLIC}/answers/Q10", {"answer": "yes", "details": details})
    await life.phone.sign()
    await life.to_analysis()
    opinion = {"conclusion": "preexisting", "text": f"Confirma {SAID}."}
    confirmed = [{"question_id": "Q10", "cid": "E11.9"}]
    await life.office.decide(life.office.analyst, "opinion", opinion | {"confirmed": confirmed})
    await life.office.audit("offer")
    await life.phone.choose("cpt")
    await life.phone.sign_term()
    await life.released()
    assert (await life.office.case())["clinical"]["declared"][0]["details"] == details
    words = [name, SAID, str(life.person.body["cpf"]), "insulino-dependente"]
    for place in (
        await leaks.dumped_rows(house.world.stack, house.tenant),
        await leaks.logged_messages(house.world.stack, house.tenant),
        await leaks.history(house.world.stack, f"{HD}/{house.tenant}/{life.declaration_id}"),
    ):
        assert leaks.holding(place, [*words, life.person_id]).keys() <= {life.person_id}


@pytest.mark.shows("M040")
async def test_two_people_open_one_case_and_leave_two_named_trails(house: House) -> None:
    life = await house.at_desk("Q16")
    await life.to_analysis()
    for who in ("analista.1", "analista.2"):
        await life.office.case(who)
    read = [one for one in await house.trail(life.declaration_id) if one["action"] == READ]
    assert [(one["actor"], one["actor_name"]) for one in read[-2:]] == [
        ("analista.1", "Analista.1"),
        ("analista.2", "Analista.2"),
    ]
    assert all(datetime.fromisoformat(one["at"]) for one in read)


READ = "clinical.read"


@pytest.mark.shows("M040")
async def test_a_login_without_a_person_or_without_the_permission_is_refused_and_noted(
    house: House,
) -> None:
    life = await house.at_desk("Q16")
    await life.to_analysis()
    path = f"/declarations/{life.declaration_id}"
    base = house.world.stack.url(HD)
    nobody = Client(house.world.wire, base)
    assert (await refused(nobody.get(path))).status == 401
    forged = Client(house.world.wire, base, {"Authorization": "Bearer a.b.c"})
    assert (await refused(forged.get(path))).status == 401
    issuer = Client(house.world.wire, house.world.stack.url("sandbox"))
    unnamed = {"tenant": house.tenant, "sub": "", "name": "", "roles": ["analyst"]}
    assert (await refused(issuer.post("/issuer/people", unnamed))).status == 422

    # A login of a process, which nobody is, reads no case.
    process = await process_login(house)
    assert (await refused(process.get(path))).status == 403
    clerk = house.staff("balcao")
    opinion = {"conclusion": "no_preexisting", "text": "Nada.", "version": 1}
    assert (await refused(clerk.post(f"{path}/opinion", opinion))).status == 403
    assert (await clerk.get(path))["clinical"] is None
    denied = [one for one in await house.trail(life.declaration_id) if one["action"] == DENIED]
    assert [one["actor"] for one in denied] == ["balcao"]
    page = await house.staff("encarregado").get("/ops/audit?actor=balcao&limit=200")
    whose = {"declaration_id": life.declaration_id}
    assert any(
        (one["action"], one["details"]) == ("access.denied", {"needs": "ds.analyse", "of": whose})
        for one in page["items"]
    )


DENIED = "clinical.denied"


async def process_login(house: House) -> Client:
    told = house.world.stack.told["oidc"]
    [name, secret] = next(iter(told["clients"].items()))
    form = {"grant_type": "client_credentials", "client_id": name, "client_secret": secret}
    async with httpx.AsyncClient() as http:
        token = (await http.post(told["token"], data=form)).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}", "Vinculo-Tenant": str(house.tenant)}
    return Client(house.world.wire, house.world.stack.url(HD), headers)


@pytest.mark.shows("M040", "M101")
async def test_one_edited_entry_breaks_the_chain_and_the_application_may_edit_none(
    house: House,
) -> None:
    life = await house.declares()
    await life.released()
    entry = (await house.sealed(life.declaration_id))[0]
    before = await house.chain()
    assert (before["broken_at"], before["entries"] > 0) == (None, True)
    admin = house.admin(HD)
    await rows(admin, TAMPER, entry["entry_id"])
    assert (await house.chain())["broken_at"] == entry["chain_seq"]
    await rows(admin, RESTORE, entry["entry_id"])
    assert (await house.chain())["broken_at"] is None
    for statement in (TAMPER, "delete from audit where id = $1"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await rows(house.world.stack.told["postgres"][HD]["app"], statement, entry["entry_id"])


@pytest.mark.shows("M101")
async def test_a_chain_of_a_hundred_thousand_entries_verifies_and_finds_the_edited_one(
    house: House,
) -> None:
    """The entries are added as the application adds them, by its own login."""
    login = await asyncpg.connect(house.world.stack.told["postgres"]["sandbox"]["app"])
    try:
        async with login.transaction():
            await login.execute("select set_config('app.tenant', $1, true)", str(house.tenant))
            await login.execute(
                "insert into audit (tenant_id, actor, actor_name, action, subject)"
                " select $1, 'ensaio', 'Ensaio', 'volume', n::text from generate_series(1, $2) n",
                house.tenant,
                ENTRIES,
            )
    finally:
        await login.close()

    async def whole() -> bool:
        report = await house.chain("sandbox")
        assert report["broken_at"] is None
        return bool(report["sealed"] >= ENTRIES)

    await house.until(whole, "cadeia por selar", SEALING_SECONDS)
    admin = house.admin("sandbox")
    middle = "select id, chain_seq from audit where tenant_id = $1 and subject = '54321'"
    [entry] = await rows(admin, middle, house.tenant)
    await rows(admin, TAMPER, entry["id"])
    assert (await house.chain("sandbox"))["broken_at"] == entry["chain_seq"]
    await rows(admin, RESTORE, entry["id"])
    assert (await house.chain("sandbox"))["broken_at"] is None


@pytest.mark.shows("M101")
async def test_an_interaction_of_each_channel_can_be_pulled_with_its_text_and_stamps(
    house: House,
) -> None:
    mail = [{"channel": "email", "value": f"m{house.tenant}@exemplo.com.br"}]
    by_phone, by_mail = await house.together(
        [house.declares(), house.enrols(house.person(contacts=mail))]
    )
    await by_mail.phone.next("ds_link")
    for life, provider in ((by_phone, "whatsapp"), (by_mail, "smtp")):
        address = life.person.addresses[0]
        received = house.source.choice(house.world.mailbox.of(address))
        page = await house.staff("encarregado", "contact").get(
            f"/contacts?person_id={life.person_id}&limit=200"
        )
        [contact] = [
            one
            for one in page["items"]
            for tried in one["attempts"]
            if tried["attempt_id"] == received.reference
        ]
        assert received.provider == provider
        assert contact["template"].replace(".", "_") == received.template
        assert contact["template_version"] == 1
        [attempt] = contact["attempts"]
        assert attempt["status"] in ("sent", "delivered")
        assert datetime.fromisoformat(attempt["at"]) >= datetime.fromisoformat(
            contact["requested_at"]
        )


@pytest.mark.shows("M101")
async def test_a_signature_can_be_pulled_and_its_text_hash_verifies(house: House) -> None:
    life = await house.enrols(house.person())
    await life.phone.open("ds_link")
    await life.phone.answer(await life.phone.acknowledge(), ())
    text = (await life.phone.api.get(PUBLIC))["text"]
    receipt = await life.phone.sign()
    assert receipt["text_hash"] == sha256(text.encode()).hexdigest()
    [entry] = [
        one
        for one in await house.sealed(life.declaration_id)
        if one["action"] == "declaration.signed"
    ]
    assert entry["details"] == {"channel": "code", "text_hash": receipt["text_hash"]}
    assert entry["hash"]


async def decided(house: House) -> Life:
    life = await house.at_desk("Q16")
    await life.to_analysis()
    opinion = {"conclusion": "no_preexisting", "text": "Exame de 2024 sem alteração."}
    await life.office.decide("analista.2", "opinion", opinion)
    audit = {"decision": "no_preexisting", "notes": "Laudo visto, de acordo."}
    await life.office.decide("auditora.1", "audit", audit)
    # What follows the release changes the case once more.
    await life.soon(life.declaration_id, INTEGRATED)
    return life


@pytest.mark.shows("M008")
async def test_a_decision_of_years_ago_still_tells_who_why_and_by_which_rules(
    house: House,
) -> None:
    life = await decided(house)
    before = await life.office.case()
    entries = await house.sealed(life.declaration_id)
    await house.publishes("parameters", _other_criteria)
    await house.days_pass(await house.now() + timedelta(days=5 * 366))
    case = await life.office.case()
    assert case == before
    assert (case["analyst"], case["auditor"]) == ("analista.2", "auditora.1")
    assert case["clinical"]["opinion"] == "Exame de 2024 sem alteração."
    assert "Laudo visto, de acordo." in case["clinical"]["audit_notes"][-1]
    assert [one["rule_id"] for one in case["clinical"]["triage"]] == ["DS-003"]
    assert case["rules_version"] != (await fresh_version(house))
    later = await house.trail(life.declaration_id)
    assert later[: len(entries)] == entries
    decisions = {one["action"]: one for one in entries}
    assert decisions["opinion.given"]["actor"] == "analista.2"
    assert decisions["opinion.given"]["details"]["version"]
    assert decisions["audit.decided"]["actor"] == "auditora.1"
    assert (await house.chain())["broken_at"] is None


def _other_criteria(content: dict[str, Any]) -> None:
    rule = next(one for one in content["rules"] if one["id"] == "DS-017")
    rule["params"]["trig.n_sim"] = 5


async def fresh_version(house: House) -> str:
    life = await house.enrols(house.person(joins=(await house.now()).date()))
    return str((await life.office.case())["rules_version"])
