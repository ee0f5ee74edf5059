"""Drafts beside what is in force and what was declared; whom a coverage check knows."""

import asyncio
import copy
import json
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from contracts.registry.events import PersonErased
from kit.keyring import Eraser
from services.health_declaration.gateways import reference
from tests.support.api import Served
from tests.support.clinic import Desk
from tests.support.proponent import Phone, enrol, person

TENANT, OTHER, ALONE, WAITING = 49, 50, 4710, 4711


@pytest.fixture
def desk(served: Served) -> Desk:
    return Desk(served, TENANT)


async def owner(
    desk: Desk,
    what: str,
    body: Any = None,
    *,
    method: str = "POST",
    roles: tuple[str, ...] = ("rule_owner",),
) -> httpx.Response:
    headers = desk.served.as_(desk.tenant, *roles, sub="rosa")
    return await desk.served.http.request(method, f"/rule-sets/{what}", json=body, headers=headers)


async def simulated(desk: Desk, name: str, content: Any) -> dict[str, Any]:
    saved = await owner(desk, f"{name}/draft", {"content": content, "cases": []}, method="PUT")
    assert saved.status_code == 200, saved.text
    told = await owner(desk, f"{name}/draft/simulation", roles=("rule_owner", "analyst"))
    assert told.status_code == 200, told.text
    found: dict[str, Any] = told.json()
    return found


def parameters(rule: str, **params: Any) -> dict[str, Any]:
    content = copy.deepcopy(reference.default_document("parameters"))
    [entry] = [one for one in content["rules"] if one["id"] == rule]
    entry["params"] |= {name.replace("__", "."): value for name, value in params.items()}
    return content


async def gone(phone: Phone) -> None:
    """The person is erased: the key first, then this service hears of it."""
    engine = create_async_engine(phone.served.app.state.settings.keyring_eraser_url)
    assert await Eraser(engine).destroy(phone.tenant, phone.respondent_id)
    await engine.dispose()
    phone.served.app.state.resources.keyring.forget(phone.tenant, phone.respondent_id)
    erased = PersonErased(tenant_id=phone.tenant, person_id=phone.respondent_id)
    await phone.served.hear(erased)


async def test_a_draft_of_any_set_is_tried_on_what_was_declared(desk: Desk) -> None:
    """Two answers of yes, a hernia as the auditor saw it, a clean one and one who was erased."""
    _, two = await desk.analysed("Q07", "Q16")
    _, hernia = await desk.analysed("Q18", "Q14")
    await desk.opine(hernia, ("Q14", "M51"))
    audited = [{"question_id": "Q18", "cid": "K40"}]
    await desk.done(
        "otto", hernia, "audit", decision="offer", confirmed=audited, notes="É a hérnia."
    )
    await desk.analysed()
    lost, _ = await desk.analysed("Q10")
    await gone(lost)

    every = {"examined": 3, "skipped": 1}
    fewer_yes = await simulated(desk, "parameters", parameters("DS-017", trig__n_sim=2))
    assert fewer_yes == every | {"changed": 2, "declarations": sorted([two, hernia])}
    shorter = await simulated(desk, "parameters", parameters("DS-001", cpt__meses_max=12))
    assert shorter == every | {"changed": 1, "declarations": [hernia]}
    nothing = await simulated(desk, "parameters", parameters("DS-016", ds__link_ttl_dias=9))
    assert nothing == every | {"changed": 0, "declarations": []}

    table = copy.deepcopy(reference.default_document("cpt_table"))
    [row] = [one for one in table["rows"] if one["q"] == "Q18"]
    row["months"] = 6
    assert (await simulated(desk, "cpt_table", table))["declarations"] == [hernia]

    families = copy.deepcopy(reference.default_document("families"))
    families["families"]["CIR_GERAL"] = families["families"]["CIR_GERAL"][:1]
    assert (await simulated(desk, "families", families))["declarations"] == [hernia]
    families = copy.deepcopy(reference.default_document("families"))
    families["families"]["CIR_COLUNA"] = [{"subgrupo": ["MEDULA"]}]
    assert (await simulated(desk, "families", families))["declarations"] == []


async def test_a_simulation_is_audited_and_tells_which_ones_to_a_clinical_purpose_only(
    served: Served,
) -> None:
    desk = Desk(served, ALONE)
    _, hernia = await desk.analysed("Q18")
    await desk.opine(hernia, ("Q18", "K40"))
    told = await simulated(desk, "parameters", parameters("DS-001", cpt__meses_max=12))
    assert (told["changed"], told["declarations"]) == (1, [hernia])
    counted = (await owner(desk, "parameters/draft/simulation")).json()
    # One case is too few to be told to whoever may not know whose it is.
    assert counted == told | {"changed": None, "declarations": []}
    page = (await owner(desk, "parameters/versions", method="GET")).json()
    [draft] = [one for one in page["items"] if one["status"] == "draft"]
    trail = await desk.audit_trail(f"parameters@{draft['version']}", "rules.simulated")
    entry = ("rosa", {"content_hash": draft["content_hash"], "examined": 1})
    assert [(one["actor"], json.loads(one["details"])) for one in trail] == [entry] * 2


async def test_the_questionnaire_is_not_simulated_and_the_answer_says_so(desk: Desk) -> None:
    form = reference.default_document("questionnaire")
    await owner(desk, "questionnaire/draft", {"content": form, "cases": []}, method="PUT")
    refused = await owner(desk, "questionnaire/draft/simulation")
    assert (refused.status_code, refused.json()["code"]) == (409, "not-simulable")
    assert "outras perguntas" in refused.json()["detail"]


async def test_one_simulation_at_a_time_and_none_waits_for_the_draft(served: Served) -> None:
    desk = Desk(served, WAITING)
    content = parameters("DS-016", ds__link_ttl_dias=9)
    await simulated(desk, "parameters", content)
    path = "parameters/draft/simulation"
    holding = await asyncpg.connect(served.dsn)
    try:
        async with asyncio.timeout(120), holding.transaction():
            await holding.execute("select 1 from rule_set where tenant_id = $1 for update", WAITING)
            assert (await owner(desk, path)).status_code == 200
            lock = "select pg_advisory_xact_lock(hashtextextended($1, 0))"
            await holding.execute(lock, f"simulation/{WAITING}")
            refused = await owner(desk, path)
    finally:
        await holding.close()
    assert (refused.status_code, refused.json()["code"]) == (409, "simulation-running")
    assert refused.json()["title"] == "Outra simulação está em andamento"
    assert (await owner(desk, path)).status_code == 200


@pytest.mark.parametrize(("levels", "status"), [(50, 200), (51, 422), (300, 422), (3000, 422)])
@pytest.mark.parametrize("place", ["content", "cases"])
async def test_a_draft_too_deep_to_be_written_again_is_refused(
    served: Served, place: str, levels: int, status: int
) -> None:
    nested = '{"a":' * levels + "1" + "}" * levels
    shallow = '"content": {}, ' if place == "cases" else ""
    given = f"[{nested}]" if place == "cases" else nested
    body = f'{{{shallow}"{place}": {given}}}'
    headers = served.as_(WAITING, "rule_owner") | {"Content-Type": "application/json"}
    answer = await served.http.put("/rule-sets/families/draft", content=body, headers=headers)
    assert answer.status_code == status, answer.text
    if status != 200:
        assert answer.json()["errors"][0]["reason"] == "o conteúdo tem mais de 50 níveis"


@pytest.mark.parametrize("name", ["parameters", "cpt_table", "families"])
async def test_a_draft_that_cannot_be_read_is_not_simulated(desk: Desk, name: str) -> None:
    await owner(desk, f"{name}/draft", {"content": {}, "cases": []}, method="PUT")
    refused = await owner(desk, f"{name}/draft/simulation")
    assert (refused.status_code, refused.json()["code"]) == (409, "not-publishable")
    assert refused.json()["errors"]


async def test_a_family_or_a_question_in_use_is_not_taken_away(desk: Desk) -> None:
    families = copy.deepcopy(reference.default_document("families"))
    del families["families"]["CIR_BMF"]
    form = copy.deepcopy(reference.default_document("questionnaire"))
    form["questions"] = [one for one in form["questions"] if one["id"] != "Q26"]
    for name, content, places in (
        ("families", families, {"cpt_table Q36 K07", "questionnaire Q36"}),
        ("questionnaire", form, {"cpt_table Q26 G47.3"}),
    ):
        await owner(desk, f"{name}/draft", {"content": content, "cases": []}, method="PUT")
        verdict = (await owner(desk, f"{name}/draft/check")).json()
        assert {one["where"] for one in verdict["errors"]} == places


async def test_no_draft_is_less_generous_than_the_law(desk: Desk) -> None:
    content = parameters("DS-001", cpt__meses_max=25)
    await owner(desk, "parameters/draft", {"content": content, "cases": []}, method="PUT")
    verdict = (await owner(desk, "parameters/draft/check")).json()
    assert verdict["errors"] == [
        {
            "where": "DS-001.cpt.meses_max",
            "reason": "no máximo 24: é o limite da lei (Lei 9.656/1998, art. 11)",
            "at": "",
        }
    ]


async def test_the_cell_that_cannot_stand_is_told_by_its_path(desk: Desk) -> None:
    table = copy.deepcopy(reference.default_document("cpt_table"))
    table["rows"][1] |= {"cid": "C97", "months": 99}
    body = {"content": table, "cases": [{"q": "Q07", "cid": "I10", "families": []}]}
    await owner(desk, "cpt_table/draft", body, method="PUT")
    verdict = (await owner(desk, "cpt_table/draft/check")).json()
    own = len(table["cases"])
    assert {one["at"] for one in verdict["errors"]} == {
        "rows.1.months",
        "rows.0.cid",
        "cases.1",
        f"cases.{own}",
    }


async def coverage(desk: Desk, person_id: str) -> httpx.Response:
    asked = {"person_id": person_id, "on": "2027-02-01", "high_technology_bed": True}
    return await desk.post("ivo", "/coverage-checks", asked)


async def test_a_coverage_check_answers_only_of_people_of_the_tenant(desk: Desk) -> None:
    mine = await person(desk.served, TENANT)
    elsewhere = await person(desk.served, OTHER)
    known = await coverage(desk, mine)
    assert (known.status_code, known.json()["result"]) == (200, "not_suspended")
    for stranger in (elsewhere, str(uuid4()), ""):
        assert (await coverage(desk, stranger)).status_code == 404
    assert (await coverage(Desk(desk.served, OTHER), elsewhere)).status_code == 200


@pytest.mark.parametrize("lives", [1, 30], ids=["declares", "is waived"])
async def test_of_an_erased_person_a_coverage_check_says_so(desk: Desk, lives: int) -> None:
    phone = Phone(desk.served, TENANT, await person(desk.served, TENANT))
    more = {"contract_kind": "company", "contract_lives": lives}
    await enrol(desk.served, TENANT, phone.respondent_id, **more)
    await gone(phone)
    answer = await coverage(desk, phone.respondent_id)
    assert (answer.status_code, answer.json()["code"]) == (410, "erased")


async def test_cids_that_differ_from_an_earlier_declaration_are_shown_with_the_opinion(
    desk: Desk,
) -> None:
    phone, first = await desk.analysed("Q10")
    await desk.opine(first, ("Q10", "E11"))
    await desk.done("otto", first, "audit", decision="full_coverage", notes="Cobertura total.")

    async def again(cid: str) -> list[tuple[str, str, str]]:
        await enrol(desk.served, TENANT, phone.respondent_id)
        case = (await Phone(desk.served, TENANT, phone.respondent_id).declare("Q10"))[
            "declaration_id"
        ]
        await desk.advance(case)
        assert (await desk.case(case))["clinical"]["divergences"] == []
        await desk.opine(case, ("Q10", cid))
        shown = (await desk.case(case, "otto"))["clinical"]["divergences"]
        await desk.done("otto", case, "audit", decision="full_coverage", notes="Total.")
        return [(one["question_id"], one["kind"], one["earlier_declaration_id"]) for one in shown]

    assert await again("E11") == []
    assert ("Q10", "cids_differ") in [one[:2] for one in await again("E10")]


async def test_a_disease_dated_before_the_birth_asks_for_an_interview(desk: Desk) -> None:
    young = Phone(desk.served, TENANT, await person(desk.served, TENANT, birth="2002-05-05"))
    young.birth = "2002-05-05"
    await enrol(desk.served, TENANT, young.respondent_id)
    await young.open()
    await young.acknowledge()
    await young.answer_all()
    details = {"diagnostico": "Asma", "ano": "2001"}
    saved = await young.put("/declaration/answers/Q24", {"answer": "yes", "details": details})
    assert saved.status_code == 200, saved.text
    case = (await young.sign()).json()["declaration_id"]
    await desk.advance(case)
    [criterion] = (await desk.case(case))["clinical"]["interview_criteria"]
    assert criterion["text"] == "Texto livre inconsistente com as respostas."


async def saved_by(desk: Desk, who: str, content: Any, cases: tuple[Any, ...] = ()) -> str:
    headers = desk.served.as_(desk.tenant, "rule_owner", sub=who)
    body = {"content": content, "cases": cases}
    path = "/rule-sets/parameters/draft"
    answer = await desk.served.http.put(path, json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["content_hash"])


async def published_by(desk: Desk, who: str, content_hash: str) -> tuple[int, str]:
    headers = desk.served.as_(desk.tenant, "rule_owner", sub=who)
    answer = await desk.served.http.post(
        "/rule-sets/parameters/draft/publication",
        json={"content_hash": content_hash},
        headers=headers,
    )
    return answer.status_code, answer.json().get("code", "")


def surcharge(cents: int) -> dict[str, Any]:
    prices = {"agravo__habilitado": True, "agravo__centavos_por_mes": {"Q16": cents}}
    return parameters("DS-003", **prices)


async def test_nobody_publishes_a_draft_that_holds_work_of_theirs_whoever_saved_it_last(
    served: Served,
) -> None:
    desk = Desk(served, 4712)
    await saved_by(desk, "rosa", surcharge(100))
    read = await saved_by(desk, "raul", surcharge(200))
    assert await published_by(desk, "rosa", read) == (403, "four-eyes")
    assert await published_by(desk, "raul", read) == (403, "four-eyes")
    assert await published_by(desk, "rita", read) == (200, "")


async def test_whoever_saves_the_very_same_takes_no_part_in_it(served: Served) -> None:
    desk = Desk(served, 4713)
    await saved_by(desk, "rosa", surcharge(100))
    read = await saved_by(desk, "raul", surcharge(100))
    assert await published_by(desk, "rosa", read) == (403, "four-eyes")
    assert await published_by(desk, "raul", read) == (200, "")


async def test_a_draft_put_back_to_what_is_in_force_begins_anew(served: Served) -> None:
    desk = Desk(served, 4714)
    await saved_by(desk, "rosa", surcharge(100))
    await saved_by(desk, "raul", reference.default_document("parameters"))
    read = await saved_by(desk, "raul", surcharge(200))
    assert await published_by(desk, "raul", read) == (403, "four-eyes")
    assert await published_by(desk, "rosa", read) == (200, "")
