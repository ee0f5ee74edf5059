"""What lets a proponent in ends with what it was for; the answer to their last act does not."""

import asyncio

import asyncpg
import httpx
import pytest

from contracts.registry.events import EnrolmentChanged
from tests.support.api import Served
from tests.support.bench import until
from tests.support.clinic import Desk
from tests.support.proponent import Phone, invited, person

TENANT = 48
ONCE = {"Idempotency-Key": "a-key-of-its-own"}


@pytest.fixture
def desk(served: Served) -> Desk:
    return Desk(served, TENANT)


async def knocked(phone: Phone, link: str | None = None) -> tuple[str, str]:
    """A code on its way to the person, not yet typed."""
    challenge = (await phone.knock(link)).json()
    return f"/sessions/{challenge['challenge_id']}/confirmations", await phone.code()


async def all_shut(phone: Phone, path: str, code: str) -> None:
    over = await phone.get("/declaration")
    assert (over.status_code, over.json()["code"]) == (401, "session-expired")
    late = await phone.post(path, {"code": code})
    assert (late.status_code, late.json()["code"]) == (403, "code-refused")


async def test_a_release_shuts_sessions_and_codes_on_their_way(desk: Desk) -> None:
    phone = await invited(desk.served, TENANT)
    await phone.open()
    await phone.acknowledge()
    await phone.answer_all()
    await desk.served.rows("update challenge set sent_at = sent_at - interval '1 hour'")
    path, code = await knocked(phone)
    case = (await phone.sign()).json()["declaration_id"]
    assert (await desk.case(case))["stage"] == "integrated"
    await all_shut(phone, path, code)


async def test_a_withdrawal_at_the_desk_shuts_them_too(desk: Desk) -> None:
    phone = await invited(desk.served, TENANT)
    await phone.open()
    case = (await phone.form())["declaration_id"]
    await desk.served.rows("update challenge set sent_at = sent_at - interval '1 hour'")
    path, code = await knocked(phone)
    await desk.done("rita", case, "withdrawal", reason="Desistiu por telefone.")
    await all_shut(phone, path, code)


async def test_an_answer_lost_on_the_way_is_given_again_after_the_act_shut_the_session(
    desk: Desk,
) -> None:
    phone, case = await desk.offered(("Q10", "E11"))
    offer = (await phone.get("/offer")).json()
    body = {"offer_id": offer["offer_id"], "choice": "full_coverage"}
    first = await phone.post("/offer", body, **ONCE)
    assert first.status_code == 200, first.text
    assert (await desk.case(case))["stage"] == "integrated"
    again = await phone.post("/offer", body, **ONCE)
    assert (again.status_code, again.json()) == (200, first.json())
    other_body = await phone.post("/offer", body | {"choice": "refuse"}, **ONCE)
    other_key = await phone.post("/offer", body, **{"Idempotency-Key": "another-key"})
    other_path = await phone.post("/declaration/withdrawal", **ONCE)
    for refused in (other_body, other_key, other_path, await phone.get("/offer")):
        assert (refused.status_code, refused.json()["code"]) == (401, "session-expired")


async def test_a_reply_that_tells_of_a_disease_is_kept_sealed(desk: Desk) -> None:
    phone, _ = await desk.offered(("Q10", "E11"))
    offer = (await phone.get("/offer")).json()
    assert "Diabetes" in str(offer)
    body = {"offer_id": offer["offer_id"], "choice": "cpt"}
    await phone.post("/offer", body, **{"Idempotency-Key": "kept-sealed"})
    query = "select reply from idempotency where key like '%/kept-sealed'"
    [row] = await desk.served.rows(query)
    assert row["reply"].startswith("sealed:")
    assert (await phone.post("/offer", body, **{"Idempotency-Key": "kept-sealed"})).json()[
        "chosen"
    ] == "cpt"


async def test_a_code_confirmed_while_another_comes_to_answer_opens_nothing(desk: Desk) -> None:
    """The case is locked before the code: whoever shuts the doors first is obeyed."""
    served = desk.served
    phone = await invited(served, TENANT)
    path, code = await knocked(phone)
    query = "select declaration_id, enrolment_id, joining_on from declaration where person_id = $1"
    [case] = await served.rows(query, phone.respondent_id)
    changed = EnrolmentChanged(
        tenant_id=TENANT,
        person_id=phone.respondent_id,
        enrolment_id=case["enrolment_id"],
        joining_on=case["joining_on"],
        representative_person_id=await person(served, TENANT, "Rute Lima", "1970-03-04"),
    )
    holding = await asyncpg.connect(served.dsn)
    try:
        async with asyncio.timeout(60), holding.transaction():
            lock = "select 1 from declaration where declaration_id = $1 for update"
            await holding.execute(lock, case["declaration_id"])
            change = asyncio.create_task(served.hear(changed))
            await until(lambda: waiting(served, 1))
            confirm: asyncio.Task[httpx.Response] = asyncio.create_task(
                phone.post(path, {"code": code})
            )
            await until(lambda: waiting(served, 2))
    finally:
        await holding.close()
    await change
    assert (await confirm).status_code == 403
    sessions = "select 1 from form_session where declaration_id = $1 and expires_at > now()"
    assert await served.rows(sessions, case["declaration_id"]) == []


async def waiting(served: Served, many: int) -> bool:
    """Whether so many transactions wait for a lock."""
    query = "select 1 from pg_stat_activity where wait_event_type = 'Lock'"
    return len(await served.rows(query)) == many


async def test_codes_to_come_in_leave_those_to_sign_with_alone(served: Served) -> None:
    phone = await invited(served, TENANT)
    await phone.open()
    await phone.acknowledge()
    await phone.answer_all()
    link = await phone.link()
    older = "update challenge set sent_at = sent_at - interval '2 minutes' where respondent_id = $1"
    while (refused := await phone.knock(link)).status_code == 202:
        await served.rows(older, phone.respondent_id)
    assert (refused.status_code, refused.json()["code"]) == (429, "codes-exhausted")
    assert (await phone.sign()).status_code == 201
