"""An enrolment is corrected: whether a declaration is due is decided again, on a real Postgres."""

from datetime import date
from typing import Any

import pytest

from contracts.health_declaration import events
from contracts.registry.events import EnrolmentChanged
from tests.support.api import Served
from tests.support.clinic import Desk
from tests.support.proponent import Phone, enrol, invited, person

TENANT = 62
DIABETES = ("Q10", "E11")
WAIVES = {"portability": True}


@pytest.fixture
def desk(served: Served) -> Desk:
    return Desk(served, TENANT)


async def corrected(
    served: Served, person_id: str, enrolment_id: str, **more: Any
) -> EnrolmentChanged:
    """The registry tells the whole enrolment as it stands after a correction."""
    usual: dict[str, Any] = {
        "enrolment_ref": f"R-{enrolment_id[:8]}",
        "contract_id": "c",
        "contract_kind": "individual",
        "contract_signed_on": date(2026, 1, 1),
        "contract_lives": 1,
        "role": "holder",
        "requested_on": date(2026, 1, 1),
        "joining_on": date(2026, 1, 1),
        "representative_person_id": None,
        "portability": False,
    }
    about = {"tenant_id": TENANT, "person_id": person_id, "enrolment_id": enrolment_id}
    fact = EnrolmentChanged.model_validate(usual | more | about)
    await served.hear(fact, fact)
    return fact


async def case_of(served: Served, person_id: str) -> dict[str, Any]:
    [row] = await served.rows("select * from declaration where person_id = $1", person_id)
    return row


async def waivers(served: Served, person_id: str) -> list[str]:
    query = "select rule_id, reason from waiver where person_id = $1"
    return [f"{row['rule_id']} {row['reason']}" for row in await served.rows(query, person_id)]


async def told(served: Served, kind: Any, person_id: str) -> int:
    facts = await served.facts(TENANT, kind)
    return sum(fact["person_id"] == person_id for fact in facts)


async def test_a_correction_that_waives_closes_what_nobody_signed_and_keeps_the_reason(
    served: Served,
) -> None:
    phone = await invited(served, TENANT)
    who = phone.respondent_id
    await phone.open()
    link = await phone.link()
    case = await case_of(served, who)
    for _ in range(2):
        await corrected(served, who, case["enrolment_id"], **WAIVES)
    closed = await case_of(served, who)
    assert (closed["stage"], closed["cause"], closed["due_at"]) == ("cancelled", "waived", None)
    [reason] = await waivers(served, who)
    assert reason.startswith("DS-012 portability: Portabilidade de carências")
    assert await told(served, events.DeclarationCancelled, who) == 1
    assert await told(served, events.DeclarationWaived, who) == 1
    assert (await phone.knock(link=link)).status_code == 410


async def test_a_wrong_waiver_becomes_a_request_once(served: Served) -> None:
    who = await person(served, TENANT)
    enrolment_id = await enrol(served, TENANT, who, **WAIVES)
    assert len(await waivers(served, who)) == 1
    for _ in range(2):
        await corrected(served, who, enrolment_id, joining_on=date(2026, 2, 1))
    case = await case_of(served, who)
    assert (case["stage"], case["joining_on"]) == ("invited", date(2026, 2, 1))
    assert case["enrolment_ref"] == f"R-{enrolment_id[:8]}"
    assert await waivers(served, who) == []
    assert await told(served, events.DeclarationRequested, who) == 1
    assert len(await Phone(served, TENANT, who).contacts("ds.link")) == 1


async def test_a_waiver_taken_back_opens_the_same_case_again(served: Served) -> None:
    phone = await invited(served, TENANT)
    who = phone.respondent_id
    enrolment_id = (await case_of(served, who))["enrolment_id"]
    await corrected(served, who, enrolment_id, **WAIVES)
    other = await person(served, TENANT, "Rute Lima")
    await corrected(served, who, enrolment_id, representative_person_id=other)
    case = await case_of(served, who)
    assert (case["stage"], case["respondent_id"]) == ("invited", other)
    assert await waivers(served, who) == []
    assert await told(served, events.DeclarationReopened, who) == 1
    assert len(await Phone(served, TENANT, other).contacts("ds.link")) == 1


async def test_another_reason_replaces_the_one_stored(served: Served) -> None:
    who = await person(served, TENANT)
    enrolment_id = await enrol(served, TENANT, who, **WAIVES)
    company = {"contract_kind": "company", "contract_lives": 40}
    for _ in range(2):
        await corrected(served, who, enrolment_id, **company)
    [reason] = await waivers(served, who)
    assert reason.startswith("DS-009 company_in_time")
    assert await told(served, events.DeclarationWaived, who) == 2


async def test_a_signed_declaration_goes_on_and_the_desk_reads_of_the_change(desk: Desk) -> None:
    phone, case = await desk.analysed("Q10")
    who, seen = phone.respondent_id, await desk.case(case, "rita")
    assert seen["enrolment_notice"] is None
    await corrected(desk.served, who, seen["enrolment_id"], **WAIVES)
    shown = await desk.case(case, "rita")
    assert shown["stage"] == seen["stage"] == "in_review"
    assert "DS-012" in shown["enrolment_notice"]
    assert await waivers(desk.served, who) == []
    opinion = {"conclusion": "no_preexisting", "text": "Nada preexiste.", "confirmed": []}
    late = await desk.act("ana", case, "opinion", version=seen["version"], **opinion)
    assert (late.status_code, late.json()["code"]) == (409, "stale-version")
    await corrected(desk.served, who, seen["enrolment_id"])
    assert (await desk.case(case, "rita"))["enrolment_notice"] is None


async def test_what_was_signed_once_is_not_waived_while_it_is_rectified(desk: Desk) -> None:
    phone, case = await desk.analysed("Q10")
    assert (await phone.post("/declaration/rectification")).status_code == 201
    enrolment_id = (await desk.case(case))["enrolment_id"]
    await corrected(desk.served, phone.respondent_id, enrolment_id, **WAIVES)
    shown = await desk.case(case)
    assert shown["stage"] == "filling"
    assert "DS-012" in shown["enrolment_notice"]


async def test_who_gave_up_or_whose_enrolment_ended_is_left_in_peace(served: Served) -> None:
    phone = await invited(served, TENANT)
    await phone.open()
    assert (await phone.post("/declaration/withdrawal")).status_code in (200, 201)
    case = await case_of(served, phone.respondent_id)
    await corrected(served, phone.respondent_id, case["enrolment_id"], **WAIVES)
    after = await case_of(served, phone.respondent_id)
    assert (after["stage"], after["version"]) == ("withdrawn", case["version"])
    assert await waivers(served, phone.respondent_id) == []


async def test_an_offer_is_made_again_when_the_joining_date_moves(desk: Desk) -> None:
    phone, case = await desk.offered(DIABETES)
    former = (await phone.get("/offer")).json()
    shown = await desk.case(case)
    moved = {"joining_on": date(2026, 2, 1)}
    await corrected(desk.served, phone.respondent_id, shown["enrolment_id"], **moved)
    assert len(await phone.contacts("ds.offer")) == 2
    await phone.open(await phone.link("ds.offer"))
    offer = (await phone.get("/offer")).json()
    assert "01/01/2028" in former["options"][1]["text"]
    assert "01/02/2028" in offer["options"][1]["text"]
    late = await phone.post("/offer", {"offer_id": former["offer_id"], "choice": "cpt"})
    assert (late.status_code, late.json()["code"]) == (409, "offer-changed")
    assert (await phone.choose("cpt")).status_code == 200
    made = await desk.served.facts(TENANT, events.OfferMade)
    assert len([one for one in made if one["declaration_id"] == case]) == 2


async def test_an_offer_goes_once_to_who_answers_now_on_the_day_that_stands(desk: Desk) -> None:
    phone, case = await desk.offered(DIABETES)
    other = await person(desk.served, TENANT, "Rute Lima")
    moved = {"joining_on": date(2026, 2, 1), "representative_person_id": other}
    enrolment_id = (await desk.case(case))["enrolment_id"]
    await corrected(desk.served, phone.respondent_id, enrolment_id, **moved)
    new = Phone(desk.served, TENANT, other)
    assert len(await new.contacts("ds.offer")) == 1
    assert len(await phone.contacts("ds.offer")) == 1
    await new.open(await new.link("ds.offer"))
    assert "01/02/2028" in (await new.get("/offer")).json()["options"][1]["text"]


async def released_with_cpt(desk: Desk) -> tuple[str, str]:
    """A case with a CPT in force, and its enrolment."""
    _, case = await desk.restricted(DIABETES)
    seen = await desk.case(case)
    assert seen["stage"] == "released"
    return case, seen["enrolment_id"]


async def test_a_cpt_that_a_correction_would_have_spared_is_lifted_by_an_uninvolved_auditor(
    desk: Desk,
) -> None:
    case, enrolment_id = await released_with_cpt(desk)
    who = (await desk.case(case))["person_id"]
    notes = {"notes": "A portabilidade foi confirmada pela operadora de origem."}
    early = await desk.act("otto", case, "cpt-waiver", **notes)
    assert (early.status_code, early.json()["code"]) == (409, "not-waived")
    await corrected(desk.served, who, enrolment_id, **WAIVES)
    assert (await desk.act("ana", case, "cpt-waiver", **notes)).status_code == 403
    done = await desk.act("otto", case, "cpt-waiver", **notes)
    assert done.status_code == 200, done.text
    [cpt] = await desk.served.rows("select * from cpt where declaration_id = $1", case)
    assert (cpt["status"], cpt["end_reason"], cpt["revision"]) == ("ended", "waived", 2)
    assert cpt["ends_on"] == desk.today()
    [ended] = [
        one
        for one in await desk.served.facts(TENANT, events.CptEnded)
        if one["declaration_id"] == case
    ]
    assert (ended["reason"], ended["waived"], ended["actor"]) == ("cancelled", True, "otto")
    [entry] = await desk.audit_trail(case, "cpt.lifted")
    assert (entry["actor"], cpt["cpt_id"] in entry["details"]) == ("otto", True)
    assert notes["notes"] in (await desk.case(case))["clinical"]["audit_notes"]
    again = await desk.act("otto", case, "cpt-waiver", **notes)
    assert (again.status_code, again.json()["code"]) == (409, "no-cpt")


async def test_who_analysed_lifts_no_cpt(served: Served) -> None:
    desk = Desk(served, TENANT)
    phone, case = await desk.analysed("Q10")
    seen = await desk.case(case)
    confirmed = [{"question_id": "Q10", "cid": "E11"}]
    opinion = {"conclusion": "preexisting", "text": "Diabetes.", "confirmed": confirmed}
    await desk.done("both", case, "opinion", **opinion)
    await desk.done("otto", case, "audit", decision="full_coverage", notes="Total.")
    await corrected(served, phone.respondent_id, seen["enrolment_id"], **WAIVES)
    refused = await desk.act("both", case, "cpt-waiver", notes="Levanto eu.")
    assert (refused.status_code, refused.json()["code"]) == (403, "four-eyes")
    free = await desk.act("otto", case, "cpt-waiver", notes="Nada a levantar.")
    assert (free.status_code, free.json()["code"]) == (409, "no-cpt")
