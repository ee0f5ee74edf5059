"""A minor never answers nor signs alone: a person of the operator finds who does (DS-12)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from contracts.health_declaration import events
from contracts.registry.events import EnrolmentChanged
from tests.support.api import Served
from tests.support.clinic import Desk
from tests.support.proponent import Phone, enrol, person

TENANT = 48
TODAY = datetime(2030, 3, 15, 15, tzinfo=UTC)
OF_AGE_TODAY, OF_AGE_TOMORROW, CHILD = "2012-03-15", "2012-03-16", "2018-03-15"


@pytest.fixture
def desk(served: Served) -> Desk:
    opened = Desk(served, TENANT)
    opened.jump(TODAY)
    return opened


async def joins(desk: Desk, birth: str, **more: Any) -> tuple[Phone, str]:
    """Somebody born that day joins; their phone and the id of their case."""
    who = await person(desk.served, TENANT, "Léo Prado", birth)
    await enrol(desk.served, TENANT, who, role="dependant", **more)
    query = "select declaration_id from declaration where person_id = $1"
    [case] = await desk.served.rows(query, who)
    return Phone(desk.served, TENANT, who, birth), str(case["declaration_id"])


async def grown_up(desk: Desk) -> Phone:
    born = "1970-03-04"
    return Phone(desk.served, TENANT, await person(desk.served, TENANT, "Rute Lima", born), born)


async def represent(desk: Desk, case: str, other: str | None) -> None:
    query = "select person_id, enrolment_id, joining_on from declaration where declaration_id = $1"
    [row] = await desk.served.rows(query, case)
    changed = EnrolmentChanged(
        tenant_id=TENANT,
        person_id=row["person_id"],
        enrolment_id=row["enrolment_id"],
        joining_on=date.fromisoformat(str(row["joining_on"])),
        representative_person_id=other,
    )
    await desk.served.hear(changed, changed)


async def told(desk: Desk, kind: Any, case: str) -> list[dict[str, Any]]:
    facts = await desk.served.facts(TENANT, kind)
    return [one for one in facts if one["declaration_id"] == case]


@pytest.mark.parametrize(
    ("birth", "alone"),
    [(OF_AGE_TODAY, True), (OF_AGE_TOMORROW, False), (CHILD, False)],
    ids=["18 today", "18 tomorrow", "12"],
)
async def test_who_is_under_full_age_and_alone_is_not_invited(
    desk: Desk, birth: str, alone: bool
) -> None:
    phone, case = await joins(desk, birth)
    assert len(await phone.contacts("ds.link")) == alone
    assert len(await told(desk, events.LinkIssued, case)) == alone
    seen = await desk.case(case)
    assert (seen["stage"], seen["cause"]) == (
        ("invited", None) if alone else ("unrepresented", "representative_missing")
    )
    causes = [one["cause"] for one in await told(desk, events.DeclarationReferred, case)]
    assert causes == ([] if alone else ["representative_missing"])
    step = await desk.advance(case)
    assert step["waiting_on"] == ("proponent" if alone else "operator")
    assert len(await told(desk, events.DeclarationRequested, case)) == 1


async def test_nobody_opens_the_form_of_a_minor_alone(desk: Desk) -> None:
    _, case = await joins(desk, OF_AGE_TOMORROW)
    for what, body in (("link", {}), ("assistance", {"identity_check": "RG conferido"})):
        refused = await desk.post("rita", f"/declarations/{case}/{what}", body)
        assert (refused.status_code, refused.json()["code"]) == (409, "representative-missing")
    assert await told(desk, events.LinkIssued, case) == []
    page = await desk.get("rita", "/declarations", stage="unrepresented", limit=200)
    assert case in {one["declaration_id"] for one in page.json()["items"]}


async def test_the_person_of_the_operator_is_told_again_and_nothing_expires(desk: Desk) -> None:
    _, case = await joins(desk, CHILD)
    desk.jump(TODAY + timedelta(days=60))
    assert (await desk.advance(case))["stage"] == "unrepresented"
    missed = await told(desk, events.DeadlineMissed, case)
    assert [(one["stage"], one["level"]) for one in missed] == [
        *(("unrepresented", level) for level in (1, 2, 3)),
        ("sale", 1),
    ]


async def test_once_a_representative_is_known_the_link_goes_to_them_with_the_whole_term(
    desk: Desk,
) -> None:
    _, case = await joins(desk, CHILD)
    desk.jump(TODAY + timedelta(days=60))
    other = await grown_up(desk)
    await represent(desk, case, other.respondent_id)
    assert len(await other.contacts("ds.link")) == 1
    assert len(await told(desk, events.RespondentNamed, case)) == 1
    step = await desk.advance(case)
    assert (step["stage"], step["waiting_on"]) == ("invited", "proponent")
    receipt = await other.declare()
    assert receipt["declaration_id"] == case


async def test_a_representative_who_is_a_minor_answers_for_nobody(desk: Desk) -> None:
    young = await person(desk.served, TENANT, "Bia Prado", OF_AGE_TOMORROW)
    phone, case = await joins(desk, CHILD, representative_person_id=young)
    assert (await desk.case(case))["stage"] == "unrepresented"
    assert await Phone(desk.served, TENANT, young).contacts("ds.link") == []
    assert await phone.contacts("ds.link") == []


async def test_who_comes_of_age_is_invited_from_the_desk(desk: Desk) -> None:
    phone, case = await joins(desk, OF_AGE_TOMORROW)
    desk.jump(TODAY + timedelta(days=1))
    sent = await desk.post("rita", f"/declarations/{case}/link", {})
    assert sent.status_code == 201, sent.text
    assert (await desk.case(case))["stage"] == "invited"
    assert len(await told(desk, events.RespondentNamed, case)) == 1
    await phone.open(await phone.link("ds.link_renewed"))
    await phone.acknowledge()
    assert (await desk.case(case))["stage"] == "filling"


async def test_a_minor_whose_representative_left_is_not_invited_instead(desk: Desk) -> None:
    former = await grown_up(desk)
    phone, case = await joins(desk, CHILD, representative_person_id=former.respondent_id)
    await former.open()
    await former.acknowledge()
    await represent(desk, case, None)
    assert (await former.get("/declaration")).status_code == 401
    assert (await former.post("/links", {"link": await former.link()})).status_code == 202
    assert await phone.contacts("ds.link") == await phone.contacts("ds.link_renewed") == []
    assert (await desk.case(case))["stage"] == "unrepresented"
    other = await grown_up(desk)
    await represent(desk, case, other.respondent_id)
    assert (await desk.case(case))["stage"] == "filling"


async def test_an_offer_to_a_minor_alone_is_told_to_a_person_and_sent_to_nobody(
    desk: Desk,
) -> None:
    former = await grown_up(desk)
    phone, case = await joins(desk, CHILD, representative_person_id=former.respondent_id)
    await former.declare("Q10")
    await desk.advance(case)
    await represent(desk, case, None)
    confirmed = [{"question_id": "Q10", "cid": "E11"}]
    opinion = {"conclusion": "preexisting", "text": "Diabetes.", "confirmed": confirmed}
    await desk.done("ana", case, "opinion", **opinion)
    await desk.done("otto", case, "audit", decision="offer", notes="Confere.")
    seen = await desk.case(case)
    assert (seen["stage"], seen["cause"]) == ("offer", "representative_missing")
    assert await phone.contacts("ds.offer") == []
    other = await grown_up(desk)
    await represent(desk, case, other.respondent_id)
    assert len(await other.contacts("ds.offer")) == 1


async def test_an_expired_case_of_a_minor_nobody_answers_for_any_more_reopens_at_the_operator(
    desk: Desk,
) -> None:
    former = await grown_up(desk)
    phone, case = await joins(desk, CHILD, representative_person_id=former.respondent_id)
    desk.jump(TODAY + timedelta(days=60))
    assert (await desk.advance(case))["stage"] == "expired"
    await represent(desk, case, None)
    reopened = await desk.done("ana", case, "negotiation", outcome="reopen", notes="A pedido.")
    assert reopened["stage"] == "unrepresented"
    assert (await desk.advance(case))["waiting_on"] == "operator"
    assert await phone.contacts("ds.link") == []
    other = await grown_up(desk)
    await represent(desk, case, other.respondent_id)
    assert (await desk.advance(case))["stage"] == "invited"
    assert len(await other.contacts("ds.link")) == 1
