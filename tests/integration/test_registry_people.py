"""People over HTTP on a real Postgres: linked, corrected, merged, found, and what was told."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from contracts.health_declaration import events as declarations
from contracts.registry import events
from services.registry.app import create
from services.registry.settings import RegistrySettings
from tests.support.api import Served, databases, serving
from tests.support.postgres import Postgres
from tests.support.registry_data import contract, enrolment, masked, person


@pytest.fixture(scope="module")
async def registry(postgres: Postgres) -> AsyncIterator[Served]:
    settings = RegistrySettings.model_validate(await databases(postgres, "registry"))
    async with serving(create(settings), postgres) as served:
        yield served


async def register(registry: Served, tenant: int, body: dict[str, Any]) -> httpx.Response:
    headers = registry.as_(tenant, "registrar")
    return await registry.http.post("/people", json=body, headers=headers)


async def registered(registry: Served, tenant: int, number: int, **changes: Any) -> str:
    answer = await register(registry, tenant, person(number, **changes))
    assert answer.status_code == 201, answer.text
    person_id: str = answer.json()["person_id"]
    return person_id


async def get(registry: Served, tenant: int, path: str, *roles: str) -> httpx.Response:
    return await registry.http.get(path, headers=registry.as_(tenant, *(roles or ("registrar",))))


async def search(registry: Served, tenant: int, **body: Any) -> httpx.Response:
    headers = registry.as_(tenant, "desk")
    return await registry.http.post("/people/search", json=body, headers=headers)


async def test_a_person_written_another_way_links_and_says_why(registry: Served) -> None:
    body = person(1, full_name="José Antônio da Silva")
    first = await register(registry, 1, body)
    assert (first.status_code, first.json()["outcome"]) == (201, "created")
    again = body | {"full_name": "JOSE ANTONIO SILVA", "cpf": masked(body["cpf"])}
    second = await register(registry, 1, again)
    assert second.status_code == 200
    assert second.json() == {
        "person_id": first.json()["person_id"],
        "outcome": "linked",
        "reasons": [
            "mesmo CPF",
            "mesmo nome, escrito igual ou de outra forma",
            "mesma data de nascimento",
        ],
    }
    people = await registry.facts(1, events.PersonRecorded)
    assert [fact["person_id"] for fact in people] == [first.json()["person_id"]]
    links = await registry.facts(1, events.PersonLinked)
    assert [fact["reasons"][0] for fact in links] == ["mesmo CPF"]


async def test_a_professional_links_by_cpf_and_the_state_of_their_register_is_filled_in(
    registry: Served,
) -> None:
    first = await register(registry, 11, person(1, councils=["CRM 12345", "COREN-SP 777-ENF"]))
    again = person(1, cpf=masked(person(1)["cpf"]), councils=["12.345/pr"])
    second = (await register(registry, 11, again)).json()
    assert (second["outcome"], second["person_id"]) == ("linked", first.json()["person_id"])
    assert second["reasons"][:2] == ["mesmo CPF", "mesmo número de CRM, um deles sem a UF"]
    third = (await register(registry, 11, again)).json()
    assert third["reasons"][:2] == ["mesmo CPF", "mesmo CRM"]
    known = (await get(registry, 11, f"/people/{second['person_id']}")).json()
    assert (known["councils"], known["revision"]) == (["COREN-SP 777", "CRM-PR 12345"], 2)
    for table in ("outbox", "person", "council_index"):
        dump = str(await registry.rows(f"select * from {table} where tenant_id = 11"))  # noqa: S608
        assert "12345" not in dump


async def test_a_register_never_joins_two_cpfs_but_says_what_to_look_at(registry: Served) -> None:
    named = {"full_name": "Rosa Maria Lins", "birth_on": "1970-02-03"}
    first = await registered(registry, 12, 1, councils=["CRM-PR 12345"], **named)
    other = (await register(registry, 12, person(2, councils=["CRM-PR 12345"], **named))).json()
    assert other["outcome"] == "created"
    assert other["person_id"] != first
    assert other["reasons"][:3] == ["possível repetição a conferir", "CPF diferente", "mesmo CRM"]
    far = (await register(registry, 12, person(3, councils=["CRM-SP 12345"]))).json()
    assert (far["outcome"], far["reasons"]) == ("created", [])


async def test_a_feed_that_knows_of_no_register_takes_none_away(registry: Served) -> None:
    person_id = await registered(registry, 13, 1, councils=["CRM-PR 12345"])
    headers = registry.as_(13, "registrar")
    path = f"/people/{person_id}"
    plain = await registry.http.put(path, json=person(1, mother_name="Rosa"), headers=headers)
    assert plain.json()["councils"] == ["CRM-PR 12345"]
    right = person(1, councils=["CRM-SP 9"])
    assert (await registry.http.put(path, json=right, headers=headers)).json()["councils"] == [
        "CRM-SP 9"
    ]
    assert len(await registry.rows("select * from council_index where tenant_id = 13")) == 1


async def test_the_fact_and_the_row_hold_no_identity_in_clear(registry: Served) -> None:
    await registered(registry, 2, 2, full_name="Canarinho Amarelo", mother_name="Rosa Canarinho")
    fact = (await registry.facts(2, events.PersonRecorded))[0]
    assert await registry.opened(2, fact, "full_name") == "Canarinho Amarelo"
    assert await registry.opened(2, fact, "contacts") == [
        {"channel": "whatsapp", "value": "+5541900021234", "preferred": False},
        {"channel": "email", "value": "pessoa2@exemplo.test", "preferred": False},
    ]
    for table in ("outbox", "person", "name_index", "timeline_entry"):
        dump = str(await registry.rows(f"select * from {table} where tenant_id = 2"))  # noqa: S608
        for secret in ("anarinho", person(2)["cpf"], "exemplo.test", "+5541"):
            assert secret not in dump


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"cpf": "111.111.111-11"}, "cpf", "CPF inválido: todos os dígitos são iguais"),
        ({"cns": "123"}, "cns", "CNS inválido: são 15 dígitos começando por 1, 2, 7, 8 ou 9"),
        (
            {"councils": ["CRM-XX 1"]},
            "councils.0",
            "registro profissional inválido: use CRM-PR 12345",
        ),
        ({"birth_on": None}, "birth_on", "deve ser uma data (AAAA-MM-DD)"),
        (
            {"contacts": [{"channel": "sms", "value": "123456"}]},
            "contacts.0.value",
            "telefone inválido: DDD ou quantidade de dígitos não existe",
        ),
        (
            {"contacts": [{"channel": "email", "value": "sem arroba"}]},
            "contacts.0.value",
            "e-mail inválido: use nome@dominio",
        ),
        (
            {"contacts": [{"channel": "email", "value": "josé@exemplo.com.br"}]},
            "contacts.0.value",
            "e-mail inválido: use letras sem acento",
        ),
    ],
)
async def test_a_bad_field_is_named_with_its_reason(
    registry: Served, changes: dict[str, Any], field: str, reason: str
) -> None:
    answer = await register(registry, 3, person(3, **changes))
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": field, "reason": reason}]


async def test_a_cpf_with_another_name_and_birth_is_refused(registry: Served) -> None:
    await registered(registry, 3, 4)
    answer = await register(registry, 3, person(5, cpf=person(4)["cpf"]))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "cpf"


async def test_a_correction_is_a_new_revision_told_once(registry: Served) -> None:
    person_id = await registered(registry, 4, 6)
    body = person(6, full_name="Nome Corrigido", cpf=person(7)["cpf"])
    headers = registry.as_(4, "registrar")
    answer = await registry.http.put(f"/people/{person_id}", json=body, headers=headers)
    assert answer.status_code == 200
    assert (answer.json()["revision"], answer.json()["full_name"]) == (2, "Nome Corrigido")
    revisions = [fact["revision"] for fact in await registry.facts(4, events.PersonRecorded)]
    assert revisions == [1, 2]
    assert (await search(registry, 4, name="corrig")).json()["items"][0]["person_id"] == person_id
    assert (await search(registry, 4, name=person(6)["full_name"])).json()["items"] == []


async def test_a_correction_cannot_take_anothers_cpf(registry: Served) -> None:
    await registered(registry, 4, 8)
    other = await registered(registry, 4, 9)
    body = person(9, cpf=person(8)["cpf"])
    headers = registry.as_(4, "registrar")
    answer = await registry.http.put(f"/people/{other}", json=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "cpf-taken")


async def test_people_are_found_by_beginning_of_name_cpf_and_contract_in_pages(
    registry: Served,
) -> None:
    for number in range(10, 15):
        await registered(registry, 5, number, full_name=f"Mariana Teste {'abcde'[number - 10]}xyz")
    found = [(await search(registry, 5, name="mari TÉS", limit=2)).json()]
    while found[-1]["next_cursor"]:
        more = {"limit": 2, "cursor": found[-1]["next_cursor"]}
        found.append((await search(registry, 5, name="mari TÉS", **more)).json())
    names = [item["name"] for page in found for item in page["items"]]
    assert names == [f"Mariana Teste {letter}xyz" for letter in "abcde"]
    by_cpf = (await search(registry, 5, cpf=masked(person(12)["cpf"]))).json()["items"]
    assert [item["name"] for item in by_cpf] == ["Mariana Teste cxyz"]
    assert by_cpf[0]["cpf_masked"] == f"***.{person(12)['cpf'][3:6]}.{person(12)['cpf'][6:9]}-**"
    body = enrolment(
        13, contract=contract("K-1"), person=person(13, full_name="Mariana Teste dxyz")
    )
    headers = registry.as_(5, "integration")
    assert (await registry.http.post("/enrolments", json=body, headers=headers)).status_code == 201
    by_contract = (await search(registry, 5, contract_ref="K-1")).json()["items"]
    assert [(item["name"], item["enrolments"]) for item in by_contract] == [
        ("Mariana Teste dxyz", 1)
    ]
    assert (await search(registry, 6, name="mariana")).json()["items"] == []


@pytest.mark.parametrize(
    "body",
    [{}, {"name": "ana", "contract_ref": "x"}, {"name": "---"}, {"name": "a", "cursor": "!"}],
)
async def test_an_unclear_search_is_refused(registry: Served, body: dict[str, Any]) -> None:
    assert (await search(registry, 5, **body)).status_code == 422


async def test_a_merge_keeps_both_histories_and_can_be_undone(registry: Served) -> None:
    survivor = await registered(registry, 7, 20)
    absorbed = await registered(registry, 7, 21)
    headers = registry.as_(7, "registrar")
    body = {"survivor_id": survivor, "absorbed_id": absorbed, "reason": "mesma pessoa"}
    merged = await registry.http.post("/people/merges", json=body, headers=headers)
    assert merged.status_code == 201
    histories = [
        (await get(registry, 7, f"/people/{one}/timeline")).json()["entries"]
        for one in (survivor, absorbed)
    ]
    assert histories[0] == histories[1]
    assert [entry["kind"] for entry in histories[0]] == [
        "registry.person.recorded.v1",
        "registry.person.recorded.v1",
        "registry.people.merged.v1",
    ]
    assert {entry["author"] for entry in histories[0]} == {"user-1"}
    again = await registry.http.post("/people/merges", json=body, headers=headers)
    assert (again.status_code, again.json()["code"]) == (409, "not-mergeable")
    linked = await register(registry, 7, person(21))
    assert linked.json()["person_id"] == survivor
    found = (await search(registry, 7, cpf=person(21)["cpf"])).json()["items"]
    assert [item["person_id"] for item in found] == [survivor]
    undo = f"/people/merges/{merged.json()['merge_id']}/undo"
    for _ in range(2):
        answer = await registry.http.post(undo, json={"reason": "engano"}, headers=headers)
        assert answer.json()["undone_at"]
    assert len(await registry.facts(7, events.MergeUndone)) == 1
    history = (await get(registry, 7, f"/people/{absorbed}/timeline")).json()["entries"]
    assert [entry["kind"] for entry in history] == ["registry.person.recorded.v1"]
    assert (await get(registry, 7, f"/people/{absorbed}")).json()["merged_into"] is None


async def test_a_consent_given_on_the_persons_own_pages_stands_with_the_others(
    registry: Served,
) -> None:
    person_id = await registered(registry, 15, 31)
    at = datetime.now(UTC) - timedelta(hours=2)
    said = declarations.OwnConsentRecorded(
        tenant_id=15,
        occurred_at=at,
        actor=f"person:{person_id}",
        person_id=person_id,
        purpose="news",
        text_version="1",
        given=True,
    )
    await registry.hear(said)
    await registry.hear(said)
    dpo = registry.as_(15, "dpo")
    taken_back = {"purpose": "news", "text_version": "1"}
    path = f"/people/{person_id}"
    await registry.http.post(f"{path}/consent-revocations", json=taken_back, headers=dpo)
    listed = (await get(registry, 15, f"{path}/consents")).json()
    assert [one["given"] for one in listed] == [True, False]
    assert datetime.fromisoformat(listed[0]["recorded_at"]) == at
    assert listed[0]["recorded_by"] == f"person:{person_id}"
    facts = await registry.facts(15, events.ConsentRecorded)
    assert [(one["given"], one["actor"]) for one in facts] == [
        (True, f"person:{person_id}"),
        (False, "user-1"),
    ]
    entries = (await get(registry, 15, f"{path}/timeline")).json()["entries"]
    assert [one["kind"] for one in entries].count("registry.consent.recorded.v1") == 2


async def test_consents_and_preferences_are_recorded_and_told(registry: Served) -> None:
    person_id = await registered(registry, 8, 30)
    headers = registry.as_(8, "registrar", sub="ana")
    for given in (True, False):
        body = {"purpose": "contato", "text_version": "v3", "given": given}
        path = f"/people/{person_id}/consents"
        answer = await registry.http.post(path, json=body, headers=headers)
        assert answer.status_code == 201
        assert answer.json()["recorded_by"] == "ana"
    listed = (await get(registry, 8, f"/people/{person_id}/consents")).json()
    assert [consent["given"] for consent in listed] == [True, False]
    assert [f["given"] for f in await registry.facts(8, events.ConsentRecorded)] == [True, False]
    path = f"/people/{person_id}/preferences"
    body = {"channels": ["email", "whatsapp"]}
    answer = await registry.http.put(path, json=body, headers=headers)
    assert answer.json()["preferences"] == ["email", "whatsapp"]
    fact = (await registry.facts(8, events.PersonRecorded))[-1]
    contacts = await registry.opened(8, fact, "contacts")
    assert [(c["channel"], c["preferred"]) for c in contacts] == [
        ("email", True),
        ("whatsapp", False),
    ]


async def test_another_tenant_sees_nobody(registry: Served) -> None:
    person_id = await registered(registry, 9, 40)
    for path in ("", "/timeline", "/consents"):
        assert (await get(registry, 10, f"/people/{person_id}{path}")).status_code == 404
    headers = registry.as_(10, "registrar")
    put = await registry.http.put(f"/people/{person_id}", json=person(40), headers=headers)
    assert put.status_code == 404
