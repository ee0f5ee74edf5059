"""Somebody else represents the person now: they answer and sign, and the former one no longer."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from contracts.health_declaration import events
from contracts.registry.events import EnrolmentChanged
from tests.support.api import Served, envelope
from tests.support.clinic import Desk
from tests.support.proponent import Phone, enrol, invited, person

TENANT = 47


@pytest.fixture
def desk(served: Served) -> Desk:
    return Desk(served, TENANT)


async def case_of(phone: Phone) -> dict[str, Any]:
    query = "select * from declaration where person_id = $1"
    [row] = await phone.served.rows(query, phone.respondent_id)
    return row


async def represented(phone: Phone) -> Phone:
    """The registry tells of a representative of whoever had this phone."""
    case = await case_of(phone)
    other = await person(phone.served, TENANT, "Rute Lima", "1970-03-04")
    changed = EnrolmentChanged(
        tenant_id=TENANT,
        person_id=phone.respondent_id,
        enrolment_id=case["enrolment_id"],
        joining_on=case["joining_on"],
        representative_person_id=other,
    )
    await phone.served.hear(changed, changed)
    return Phone(phone.served, TENANT, other, "1970-03-04")


async def test_before_the_signature_a_new_representative_answers_and_the_former_link_is_dead(
    served: Served,
) -> None:
    former = await invited(served, TENANT)
    await former.open()
    await former.acknowledge()
    await former.knock()
    former_link = await former.link()
    new = await represented(former)
    assert (await former.get("/declaration")).status_code == 401
    assert (await former.knock(link=former_link)).status_code == 410
    assert len(await new.contacts("ds.link")) == 1
    await new.open()
    await new.answer_all()
    assert "Respondida por: Rute Lima" in (await new.form())["text"]
    assert (await new.sign()).status_code == 201
    assert len(await new.contacts("ds.released")) == 1


async def test_a_code_on_its_way_to_the_former_respondent_opens_nothing(served: Served) -> None:
    former = await invited(served, TENANT)
    path = f"/sessions/{(await former.knock()).json()['challenge_id']}/confirmations"
    new = await represented(former)
    assert (await former.post(path, {"code": await former.code()})).status_code == 403
    await new.open()


async def test_a_term_is_made_again_for_who_is_to_sign_it_now(desk: Desk) -> None:
    former, case = await desk.offered(("Q10", "E11"))
    assert (await former.choose("cpt")).status_code == 200
    new = await represented(former)
    await new.open(await new.link("ds.term"))
    assert (await sign_term(new)).json()["code"] == "term-reissued"
    assert (await sign_term(new)).status_code == 201
    issued = await desk.served.facts(TENANT, events.TermIssued)
    assert len([one for one in issued if one["declaration_id"] == case]) == 2


async def sign_term(phone: Phone) -> Any:
    digest = (await phone.get("/term")).json()["sha256"]
    assert (await phone.post("/term/signature-code")).status_code == 202
    return await phone.post("/term/signature", {"code": await phone.code(), "sha256": digest})


async def test_while_the_operator_works_nobody_is_disturbed(desk: Desk) -> None:
    former, case = await desk.analysed("Q10")
    new = await represented(former)
    assert (await case_of(former))["respondent_id"] == new.respondent_id
    links = await desk.served.facts(TENANT, events.LinkIssued)
    assert len([one for one in links if one["declaration_id"] == case]) == 1


async def test_a_declaration_that_was_decided_stays_as_it_was_signed(desk: Desk) -> None:
    former = await invited(desk.served, TENANT)
    await former.declare()
    case = (await case_of(former))["declaration_id"]
    await desk.advance(case)
    assert (await desk.case(case))["stage"] == "integrated"
    await represented(former)
    assert (await case_of(former))["respondent_id"] == former.respondent_id


async def test_one_that_expired_and_may_be_reopened_is_the_new_respondents(served: Served) -> None:
    former = await invited(served, TENANT)
    query = "update declaration set stage = 'expired', due_at = null where person_id = $1"
    await served.rows(query, former.respondent_id)
    new = await represented(former)
    assert (await case_of(former))["respondent_id"] == new.respondent_id
    assert await new.contacts("ds.link") == []


async def test_a_fact_that_says_nothing_of_representatives_leaves_them(served: Served) -> None:
    phone = await invited(served, TENANT)
    new = await represented(phone)
    case = await case_of(phone)
    fact = EnrolmentChanged(
        tenant_id=TENANT,
        person_id=phone.respondent_id,
        enrolment_id=case["enrolment_id"],
        joining_on=case["joining_on"],
    )
    payload = fact.model_dump_json(exclude={"representative_person_id"})
    await served.app.state.inbox.handle([replace(envelope(fact), payload=payload)])
    assert (await case_of(phone))["respondent_id"] == new.respondent_id


async def test_a_representative_whose_record_comes_later_is_asked_to_come_back(
    served: Served,
) -> None:
    rute = str(uuid4())
    await enrol(served, TENANT, await person(served, TENANT), representative_person_id=rute)
    phone = Phone(served, TENANT, rute, "1970-03-04")
    for _ in range(7):
        early = await phone.knock()
        assert (early.status_code, early.json()["code"]) == (503, "not-ready-yet")
        assert early.headers["retry-after"]
    await person(served, TENANT, "Rute Lima", "1970-03-04", rute)
    assert (await phone.knock()).status_code == 202
