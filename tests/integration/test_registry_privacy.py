"""One person's history across services, and what the law lets them take back."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from contracts.contact.events import ContactMade
from contracts.health_declaration import events as ds
from contracts.registry import events
from kit.keyring import KeyDestroyed
from services.registry.app import create
from services.registry.settings import RegistrySettings
from tests.support.api import Served, databases, serving
from tests.support.postgres import Postgres
from tests.support.registry_data import JOINED, enrolment, person


@pytest.fixture(scope="module")
async def registry(postgres: Postgres) -> AsyncIterator[Served]:
    settings = RegistrySettings.model_validate(await databases(postgres, "registry"))
    async with serving(create(settings), postgres) as served:
        yield served


async def registered(registry: Served, tenant: int, number: int, **more: Any) -> str:
    headers = registry.as_(tenant, "registrar")
    answer = await registry.http.post("/people", json=person(number, **more), headers=headers)
    person_id: str = answer.json()["person_id"]
    return person_id


async def timeline(registry: Served, tenant: int, person_id: str, *roles: str) -> list[Any]:
    entries: list[Any] = []
    params: dict[str, Any] = {"limit": 2}
    while True:
        headers = registry.as_(tenant, *roles)
        path = f"/people/{person_id}/timeline"
        page = (await registry.http.get(path, params=params, headers=headers)).json()
        entries += page["entries"]
        if page["next_cursor"] is None:
            return entries
        params["cursor"] = page["next_cursor"]


async def erase(registry: Served, tenant: int, person_id: str) -> Any:
    headers = registry.as_(tenant, "dpo", sub="dpo-1")
    return await registry.http.post(f"/people/{person_id}/erasure", headers=headers)


def told(tenant: int, person_id: str) -> list[Any]:
    """A declaration that ends with a CPT, and the contact it needed; in order of time."""
    start = datetime.now(UTC) + timedelta(minutes=1)
    common = {"tenant_id": tenant, "person_id": person_id}
    case = common | {"declaration_id": "d-1"}
    return [
        ds.DeclarationRequested(occurred_at=start, enrolment_id="e-1", rules_version="1", **case),
        ContactMade(
            occurred_at=start + timedelta(minutes=1),
            contact_id="k-1",
            template="ds_link",
            channel="email",
            provider_id="m-1",
            **common,
        ),
        ds.DeclarationSigned(
            occurred_at=start + timedelta(minutes=2),
            answers_version=1,
            channel="code",
            protocol="P-1",
            actor=f"person:{person_id}",
            **case,
        ),
        ds.CptStarted(
            occurred_at=start + timedelta(minutes=3),
            cpt_id="c-1",
            starts_on=JOINED,
            ends_on=date(2028, 11, 1),
            **case,
        ),
    ]


async def test_a_timeline_tells_every_service_in_order_with_author_and_source(
    registry: Served,
) -> None:
    person_id = await registered(registry, 1, 1)
    facts = told(1, person_id)
    await registry.hear(*reversed(facts))
    await registry.hear(*facts)
    entries = await timeline(registry, 1, person_id, "analyst")
    assert [(entry["source"], entry["author"], entry["subject"]) for entry in entries] == [
        ("registry", "user-1", person_id),
        ("health_declaration", "health_declaration", "d-1"),
        ("contact", "contact", "k-1"),
        ("health_declaration", f"person:{person_id}", "d-1"),
        ("health_declaration", "health_declaration", "c-1"),
    ]
    assert all(entry["summary"] for entry in entries)


async def test_what_gives_a_disease_away_is_absent_without_a_clinical_purpose(
    registry: Served,
) -> None:
    person_id = await registered(registry, 2, 1)
    await registry.hear(*told(2, person_id))
    kinds = {entry["kind"] for entry in await timeline(registry, 2, person_id, "desk")}
    assert ds.DeclarationSigned.type in kinds
    assert ds.CptStarted.type not in kinds
    assert ds.CptStarted.type in {
        entry["kind"] for entry in await timeline(registry, 2, person_id, "auditor")
    }


async def test_that_a_person_analysed_the_case_is_absent_without_a_clinical_purpose(
    registry: Served,
) -> None:
    person_id = await registered(registry, 8, 1)
    case = {"tenant_id": 8, "person_id": person_id, "declaration_id": "d-1"}
    referred = ds.DeclarationReferred(cause="triage", rules_version="1", **case)
    await registry.hear(referred, ds.OpinionGiven(**case), ds.AuditConcluded(**case))
    assert [one["kind"] for one in await timeline(registry, 8, person_id, "registrar")] == [
        events.PersonRecorded.type
    ]
    assert len(await timeline(registry, 8, person_id, "analyst")) == 4


@pytest.mark.parametrize("clean", [True, False])
async def test_neither_who_acted_nor_a_late_confirmation_tells_whoever_has_no_clinical_purpose(
    registry: Served, clean: bool
) -> None:
    person_id = await registered(registry, 10, 1 + clean)
    releases = f"person:{person_id}" if clean else "auditora-1"
    case = {"tenant_id": 10, "person_id": person_id, "declaration_id": "d-1"}
    asked = {"tenant_id": 10, "person_id": person_id, "contact_id": "k-1", "template": "ds_link"}
    released = {"enrolment_id": "e-1", "straight_through": False, "rules_version": "1"}
    facts = [
        ds.DeclarationStarted(letter_version="1", actor=f"person:{person_id}", **case),
        ds.LinkIssued(expires_at=datetime.now(UTC), actor="analista-7", **case),
        ds.ContactRequested(params={}, actor=releases, **asked),
        ds.DeclarationReleased(actor=releases, **released, **case),
        ds.DeclarationIntegrated(**case),
    ]
    for fact in facts:
        await registry.hear(fact)
    seen = [(one["kind"], one["author"]) for one in await timeline(registry, 10, person_id, "desk")]
    assert dict(seen) == {
        events.PersonRecorded.type: "user-1",
        ds.DeclarationStarted.type: f"person:{person_id}",
        ds.LinkIssued.type: "health_declaration",
        ds.ContactRequested.type: "health_declaration",
        ds.DeclarationReleased.type: "health_declaration",
    }
    whole = await timeline(registry, 10, person_id, "analyst")
    assert {"analista-7", releases} < {one["author"] for one in whole}
    assert whole[-1]["kind"] == ds.DeclarationIntegrated.type


async def test_the_day_of_a_signature_is_that_of_the_tenant(registry: Served) -> None:
    signed = ds.DeclarationSigned(
        tenant_id=9,
        person_id="p-1",
        declaration_id="d-1",
        occurred_at=datetime(2026, 3, 2, 2, 30, tzinfo=UTC),
        answers_version=1,
        channel="code",
        protocol="DS-1",
    )
    await registry.hear(signed)
    [held] = await registry.rows("select since_on from hold where tenant_id = 9")
    assert held["since_on"] == date(2026, 3, 1)


async def test_the_whole_cpf_is_read_by_telling_why_and_by_nothing_else(registry: Served) -> None:
    headers = registry.as_(14, "registrar")
    person_id = (await registry.http.post("/people", json=person(1), headers=headers)).json()[
        "person_id"
    ]
    path, cpf = f"/people/{person_id}", person(1)["cpf"]
    preferred = {"channels": ["email"]}
    answers = [
        await registry.http.get(path, headers=headers),
        await registry.http.put(path, json=person(1, mother_name="Rosa"), headers=headers),
        await registry.http.put(f"{path}/preferences", json=preferred, headers=headers),
    ]
    for answer in answers:
        assert answer.status_code == 200, answer.text
        assert cpf not in answer.text
        assert answer.json()["cpf_masked"] == f"***.{cpf[3:6]}.{cpf[6:9]}-**"
    reveal = {"reason": "Conferir o titular ao telefone"}
    told = await registry.http.post(f"{path}/cpf-reveals", json=reveal, headers=headers)
    assert told.json() == {"cpf": cpf}
    trail = await registry.rows("select action from audit where tenant_id = 14")
    assert "cpf.revealed" in {row["action"] for row in trail}


async def test_everything_held_of_a_person_is_given_to_them(registry: Served) -> None:
    headers = registry.as_(3, "integration", "dpo")
    joined = (await registry.http.post("/enrolments", json=enrolment(1), headers=headers)).json()
    answer = await registry.http.get(f"/people/{joined['person_id']}/export", headers=headers)
    held = answer.json()
    assert held["person"]["cpf"] == person(1)["cpf"]
    assert [one["enrolment_id"] for one in held["enrolments"]] == [joined["enrolment_id"]]
    assert len(held["timeline"]) == 2
    trail = await registry.rows("select action from audit where tenant_id = 3")
    assert {row["action"] for row in trail} == {"person.exported"}


async def test_erasure_is_refused_with_every_reason_while_the_data_is_needed(
    registry: Served,
) -> None:
    headers = registry.as_(4, "integration")
    joined = (await registry.http.post("/enrolments", json=enrolment(1), headers=headers)).json()
    person_id = joined["person_id"]
    facts = told(4, person_id)
    await registry.hear(*facts)
    answer = await erase(registry, 4, person_id)
    assert (answer.status_code, answer.json()["code"]) == (409, "erasure-refused")
    assert [reason.split()[1] for reason in answer.json()["reasons"]] == [
        "inscrição",
        "cobertura",
        "declaração",
    ]
    await registry.http.post(
        f"/enrolments/{joined['enrolment_id']}/end",
        json={"reason": "cancelled", "ended_on": "2026-12-01"},
        headers=headers,
    )
    ended = ds.CptEnded(
        tenant_id=4,
        cpt_id="c-1",
        person_id=person_id,
        declaration_id="d-1",
        ended_on=date(2026, 12, 1),
        reason="cancelled",
    )
    await registry.hear(ended)
    assert len((await erase(registry, 4, person_id)).json()["reasons"]) == 1
    withdrawn = ds.DeclarationWithdrawn(tenant_id=4, declaration_id="d-1", person_id=person_id)
    await registry.hear(withdrawn)
    assert (await erase(registry, 4, person_id)).status_code == 204
    trail = await registry.rows("select action from audit where tenant_id = 4 order by id")
    assert [row["action"] for row in trail] == ["erasure.refused"] * 2 + ["person.erased"]


async def test_an_erased_person_is_unreadable_and_unfindable_and_may_come_back_as_new(
    registry: Served,
) -> None:
    person_id = await registered(registry, 5, 1, councils=["CRM-PR 12345"])
    assert len(await registry.rows("select * from council_index where tenant_id = 5")) == 1
    recorded = (await registry.facts(5, events.PersonRecorded))[0]
    for _ in range(2):
        assert (await erase(registry, 5, person_id)).status_code == 204
    assert len(await registry.facts(5, events.PersonErased)) == 1
    headers = registry.as_(5, "registrar")
    read = await registry.http.get(f"/people/{person_id}", headers=headers)
    assert (read.status_code, read.json()["code"]) == (410, "person-erased")
    found = await registry.http.post(
        "/people/search", json={"cpf": person(1)["cpf"]}, headers=headers
    )
    assert found.json()["items"] == []
    for index in ("name_index", "council_index"):
        assert await registry.rows(f"select * from {index} where tenant_id = 5") == []  # noqa: S608
    keyring = registry.app.state.resources.keyring
    keyring.forget(5, person_id)
    with pytest.raises(KeyDestroyed):
        await keyring.open(5, person_id, recorded["full_name"])
    put = await registry.http.put(f"/people/{person_id}", json=person(1), headers=headers)
    assert put.status_code == 410
    assert await registered(registry, 5, 1) != person_id


async def test_the_days_of_birth_and_adoption_leave_the_enrolment_with_the_person(
    registry: Served,
) -> None:
    headers = registry.as_(11, "integration")
    child = {"role": "dependant", "holder_ref": "E-9", "adopted_on": "2026-10-25"}
    born = {"newborn_on": "2026-10-20", "person": person(1, birth_on="2026-10-20")}
    body = enrolment(1) | child | born
    joined = (await registry.http.post("/enrolments", json=body, headers=headers)).json()
    days = "select newborn_on, adopted_on, fingerprint, told from enrolment where tenant_id = 11"
    [kept] = await registry.rows(days)
    assert all(kept.values())
    path = f"/enrolments/{joined['enrolment_id']}/end"
    end = {"reason": "cancelled", "ended_on": "2026-12-01"}
    assert (await registry.http.post(path, json=end, headers=headers)).status_code == 200
    assert (await erase(registry, 11, joined["person_id"])).status_code == 204
    [left] = await registry.rows(days)
    assert not any(left.values())
    again = await registry.http.post("/enrolments", json=body, headers=headers)
    assert (again.status_code, again.json()["code"]) == (409, "enrolment-exists")


async def test_erasing_a_person_takes_their_merged_records_along(registry: Served) -> None:
    survivor, absorbed = await registered(registry, 6, 1), await registered(registry, 6, 2)
    body = {"survivor_id": survivor, "absorbed_id": absorbed, "reason": "mesma pessoa"}
    headers = registry.as_(6, "registrar")
    await registry.http.post("/people/merges", json=body, headers=headers)
    assert (await erase(registry, 6, absorbed)).status_code == 204
    erased = {fact["person_id"] for fact in await registry.facts(6, events.PersonErased)}
    assert erased == {survivor, absorbed}


async def test_only_the_data_protection_officer_may_erase_or_export(registry: Served) -> None:
    person_id = await registered(registry, 7, 1)
    headers = registry.as_(7, "registrar", "integration", "analyst")
    export = await registry.http.get(f"/people/{person_id}/export", headers=headers)
    erasure = await registry.http.post(f"/people/{person_id}/erasure", headers=headers)
    assert (export.status_code, erasure.status_code) == (403, 403)
