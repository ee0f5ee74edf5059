"""Enrolments by API, topic and file on a real Postgres: one of each, in any order they come."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from itertools import permutations
from typing import Any

import pytest
from joserfc import jwe
from joserfc.jwk import ECKey
from sqlalchemy import event

from contracts.erp.events import ErpEnrolmentReported
from contracts.registry import events
from services.registry.app import create
from services.registry.settings import RegistrySettings
from tests.support.api import Served, databases, serving
from tests.support.postgres import Postgres
from tests.support.registry_data import contract, cpf, end_line, enrolment, line, person

OUR_KEY = ECKey.generate_key("P-256", {"use": "enc"}, private=True)


@pytest.fixture(scope="module")
async def registry(postgres: Postgres) -> AsyncIterator[Served]:
    key = json.dumps(OUR_KEY.as_dict(private=True))
    settings = RegistrySettings.model_validate(
        await databases(postgres, "registry") | {"erp_private_jwk": key}
    )
    async with serving(create(settings), postgres) as served:
        yield served


def reported(tenant: int, body: dict[str, Any]) -> ErpEnrolmentReported:
    ref = str(body.get("enrolment_ref", "?"))
    return ErpEnrolmentReported(tenant_id=tenant, enrolment_ref=ref, line=body)


def encrypted(tenant: int, body: dict[str, Any]) -> ErpEnrolmentReported:
    header = {"alg": "ECDH-ES+A256KW", "enc": "A256GCM"}
    sealed = jwe.encrypt_compact(header, json.dumps(body).encode(), OUR_KEY)
    return ErpEnrolmentReported(tenant_id=tenant, enrolment_ref=body["enrolment_ref"], jwe=sealed)


async def enrolments(registry: Served, tenant: int) -> list[dict[str, Any]]:
    return await registry.rows(
        "select * from enrolment where tenant_id = $1 order by enrolment_ref", tenant
    )


async def post(registry: Served, tenant: int, path: str, body: Any, **more: Any) -> Any:
    headers = registry.as_(tenant, "integration") | more
    return await registry.http.post(path, json=body, headers=headers)


async def test_an_enrolment_by_api_tells_person_contract_and_beneficiary(registry: Served) -> None:
    company = {"cnpj": "12.ABC.345/01DE-35", "name": "Padaria Sol"}
    body = enrolment(1, contract=contract("K", kind="company", lives=40, company=company))
    answer = await post(registry, 1, "/enrolments", body)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["status"], told["sequence"]) == ("active", 0)
    fact = (await registry.facts(1, events.BeneficiaryEnrolled))[0]
    assert fact["enrolment_id"] == told["enrolment_id"]
    assert (fact["contract_kind"], fact["contract_lives"]) == ("company", 40)
    assert len(await registry.facts(1, events.PersonRecorded)) == 1
    assert [f["contract_id"] for f in await registry.facts(1, events.ContractRecorded)] == [
        told["contract_id"]
    ]
    headers = registry.as_(1, "registrar")
    path = f"/enrolments/{told['enrolment_id']}"
    assert (await registry.http.get(path, headers=headers)).json() == told
    path = f"/contracts/{told['contract_id']}"
    assert (await registry.http.get(path, headers=headers)).json()["lives"] == 40


async def test_the_same_enrolment_twice_gives_the_same_answer(registry: Served) -> None:
    first = await post(registry, 2, "/enrolments", enrolment(1))
    second = await post(registry, 2, "/enrolments", enrolment(1))
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    other = await post(registry, 2, "/enrolments", enrolment(1, joining_on="2026-12-01"))
    assert (other.status_code, other.json()["code"]) == (409, "enrolment-exists")
    assert len(await registry.facts(2, events.BeneficiaryEnrolled)) == 1


async def test_a_hundred_identical_posts_at_once_make_one_row_and_one_fact(
    registry: Served,
) -> None:
    key = {"Idempotency-Key": "uma-chave-para-todos"}
    bare = [post(registry, 3, "/enrolments", enrolment(1)) for _ in range(50)]
    keyed = [post(registry, 3, "/enrolments", enrolment(2), **key) for _ in range(50)]
    answers = await asyncio.gather(*bare, *keyed)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers[:50]}) == 1
    assert len({answer.text for answer in answers[50:]}) == 1
    assert len(await enrolments(registry, 3)) == 2
    assert len(await registry.facts(3, events.BeneficiaryEnrolled)) == 2
    assert len(await registry.facts(3, events.PersonRecorded)) == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"person": person(1, cpf="123.456.789-00")}, "person.cpf"),
        ({"person": {k: v for k, v in person(1).items() if k != "birth_on"}}, "person.birth_on"),
        ({"role": "dependant"}, "holder_ref"),
        ({"contract": contract(kind="company")}, "contract.company"),
        ({"representative": person(1)}, "representative.cpf"),
        ({"person": person(1, birth_on="2015-05-05")}, "representative"),
        ({"joining_on": "2016-11-01"}, "joining_on"),
        ({"joining_on": "2062-11-01"}, "joining_on"),
        (
            {"contract": contract(kind="company", company={"cnpj": "0" * 14, "name": "Nada"})},
            "contract.company.cnpj",
        ),
    ],
)
async def test_a_bad_enrolment_is_refused_by_field_in_portuguese(
    registry: Served, changes: dict[str, Any], field: str
) -> None:
    answer = await post(registry, 4, "/enrolments", enrolment(1, **changes))
    assert answer.status_code == 422
    errors = answer.json()["errors"]
    assert [error["field"] for error in errors] == [field]
    assert errors[0]["reason"]
    assert await enrolments(registry, 4) == []


async def test_joining_moves_and_ends_are_told_once(registry: Served) -> None:
    told = (await post(registry, 5, "/enrolments", enrolment(1))).json()
    path = f"/enrolments/{told['enrolment_id']}"
    for _ in range(2):
        body = {"joining_on": "2026-12-15"}
        moved = await post(registry, 5, f"{path}/joining-date", body)
        assert moved.json()["joining_on"] == "2026-12-15"
    for _ in range(2):
        body = {"reason": "cancelled", "ended_on": "2027-01-01"}
        ended = await post(registry, 5, f"{path}/end", body)
        assert ended.json()["status"] == "cancelled"
    late = await post(registry, 5, f"{path}/joining-date", {"joining_on": "2027-02-01"})
    assert (late.status_code, late.json()["code"]) == (409, "enrolment-ended")
    other = await post(registry, 5, f"{path}/end", {"reason": "deceased", "ended_on": "2027-01-01"})
    assert other.status_code == 409
    assert len(await registry.facts(5, events.EnrolmentChanged)) == 1
    assert len(await registry.facts(5, events.EnrolmentEnded)) == 1


async def test_a_representative_is_a_person_of_their_own(registry: Served) -> None:
    body = enrolment(1, person=person(1, birth_on="2020-05-05"), representative=person(2))
    told = (await post(registry, 6, "/enrolments", body)).json()
    people = {fact["person_id"] for fact in await registry.facts(6, events.PersonRecorded)}
    assert people == {told["person_id"], told["representative_person_id"]}
    fact = (await registry.facts(6, events.BeneficiaryEnrolled))[0]
    assert fact["representative_person_id"] == told["representative_person_id"]


async def test_another_representative_is_told_once_and_a_joining_date_keeps_them(
    registry: Served,
) -> None:
    child = person(1, birth_on="2020-05-05")

    def represented(number: int, sequence: int) -> dict[str, Any]:
        body = enrolment(1, person=child, representative=person(number))
        return line(1, sequence, "changed", enrolment=body)

    await registry.hear(reported(7, represented(2, 1)), reported(7, represented(3, 2)))
    await registry.hear(reported(7, represented(3, 3)))
    [row] = await enrolments(registry, 7)
    path = f"/enrolments/{row['id']}/joining-date"
    await post(registry, 7, path, {"joining_on": "2026-12-15"})
    first = (await registry.facts(7, events.BeneficiaryEnrolled))[0]["representative_person_id"]
    told = await registry.facts(7, events.EnrolmentChanged)
    assert [fact["joining_on"] for fact in told] == [first_day(), "2026-12-15"]
    assert {fact["representative_person_id"] for fact in told} == {row["representative_person_id"]}
    assert row["representative_person_id"] != first


Told = dict[str, Any] | None
CHANGES: list[tuple[dict[str, Any], Told]] = [
    ({"portability": True}, {"portability": True}),
    ({"linked_on": "2026-10-20"}, {"linked_on": "2026-10-20"}),
    ({"requested_on": "2026-10-30"}, {"requested_on": "2026-10-30"}),
    ({"adopted_on": "2026-10-30"}, {"adopted_on": "2026-10-30"}),
    (
        {"role": "dependant", "holder_ref": "E-9"},
        {"role": "dependant", "holder_ref": "E-9", "newborn_on": None},
    ),
    ({"contract": contract("C-1", lives=3)}, {"contract_lives": 3}),
    ({"person": person(1, mother_name="Joana Alves")}, None),
]


@pytest.mark.parametrize(("changes", "told"), CHANGES)
async def test_whatever_changes_in_an_enrolment_is_told_whole_and_once(
    registry: Served, changes: dict[str, Any], told: Told
) -> None:
    tenant = 200 + CHANGES.index((changes, told))
    await registry.hear(reported(tenant, line(1)))
    body = enrolment(1, **changes)
    await registry.hear(reported(tenant, line(1, 2, "changed", enrolment=body)))
    await registry.hear(reported(tenant, line(1, 3, "changed", enrolment=body)))
    await registry.hear(reported(tenant, line(1, 2, "changed")))
    facts = await registry.facts(tenant, events.EnrolmentChanged)
    assert len(facts) == (told is not None)
    kinds = "select kind from timeline_entry where tenant_id = $1 and kind = $2"
    shown = await registry.rows(kinds, tenant, events.EnrolmentChanged.type)
    assert len(shown) == len(facts)
    if told is not None:
        joined = (await registry.facts(tenant, events.BeneficiaryEnrolled))[0]
        same = set(joined) & set(facts[0]) - {"id", "occurred_at", *told}
        assert told.items() <= facts[0].items()
        assert {name: facts[0][name] for name in same} == {name: joined[name] for name in same}


def first_day() -> str:
    day: str = enrolment(1)["joining_on"]
    return day


MINOR = person(1, birth_on="2015-05-05")


async def test_a_minors_line_is_kept_and_says_that_nobody_answers_until_somebody_does(
    registry: Served,
) -> None:
    alone = json.dumps(line(1, enrolment=enrolment(1, person=MINOR)))
    headers = registry.as_(8, "integration") | {"Content-Type": "application/x-ndjson"}
    answer = await registry.http.post("/enrolment-files", content=alone, headers=headers)
    receipt = answer.json()
    assert (receipt["applied"], receipt["unrepresented"]) == (1, ["E-1"])
    [row] = await enrolments(registry, 8)
    path = f"/enrolments/{row['id']}"
    shown = (await registry.http.get(path, headers=registry.as_(8, "registrar"))).json()
    assert [notice["field"] for notice in shown["notices"]] == ["representative"]
    body = enrolment(1, person=MINOR, representative=person(2))
    await registry.hear(reported(8, line(1, 2, "changed", enrolment=body)))
    shown = (await registry.http.get(path, headers=registry.as_(8, "registrar"))).json()
    assert shown["notices"] == []
    assert len(await registry.facts(8, events.EnrolmentChanged)) == 1


@pytest.mark.parametrize(
    ("tenant", "waives"), [(400, {"portability": True}), (401, {"adopted_on": "2026-10-30"})]
)
async def test_a_minor_whose_declaration_is_waived_may_come_alone(
    registry: Served, tenant: int, waives: dict[str, Any]
) -> None:
    body = enrolment(1, person=MINOR, role="dependant", holder_ref="E-0", **waives)
    answer = await post(registry, tenant, "/enrolments", body)
    assert answer.status_code == 201, answer.text
    assert [notice["field"] for notice in answer.json()["notices"]] == ["representative"]


async def test_a_joining_date_out_of_reach_comes_back_and_an_old_one_that_stands_stays(
    registry: Served,
) -> None:
    far = line(1, enrolment=enrolment(1, joining_on="2016-11-01"))
    await registry.hear(reported(9, far), reported(9, line(2)))
    facts = await registry.facts(9, events.EnrolmentRejected)
    assert [fact["fields"] for fact in facts] == [["enrolment.joining_on"]]
    await registry.rows("update enrolment set joining_on = '2016-11-01' where tenant_id = 9")
    same = enrolment(2, joining_on="2016-11-01", portability=True)
    await registry.hear(reported(9, line(2, 2, "changed", enrolment=same)))
    [row] = await enrolments(registry, 9)
    assert (row["portability"], row["sequence"]) == (True, 2)
    path = f"/enrolments/{row['id']}/joining-date"
    for day in ("2015-11-01", "2062-01-01"):
        refused = await post(registry, 9, path, {"joining_on": day})
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "joining_on")


async def test_nobody_moves_to_a_day_before_their_birth(registry: Served) -> None:
    newborn = person(1, birth_on="2026-10-20")
    more = {"newborn_on": "2026-10-20", "role": "dependant", "holder_ref": "E-0"}
    told = await post(registry, 10, "/enrolments", enrolment(1, person=newborn, **more))
    path = f"/enrolments/{told.json()['enrolment_id']}/joining-date"
    refused = await post(registry, 10, path, {"joining_on": "2026-10-19"})
    assert refused.json()["errors"] == [
        {"field": "joining_on", "reason": "ingresso antes do nascimento"}
    ]


ORDERS = list(permutations([0, 1, 2]))


@pytest.mark.parametrize("order", ORDERS)
async def test_lines_in_any_order_make_one_enrolment(
    registry: Served, order: tuple[int, ...]
) -> None:
    tenant = 100 + ORDERS.index(order)
    moved = enrolment(1, joining_on="2026-12-01")
    lines = [
        line(1),
        line(1, 2, "changed", enrolment=moved),
        line(1, 3, "changed", enrolment=moved),
    ]
    for place in order:
        await registry.hear(reported(tenant, lines[place]))
    found = await enrolments(registry, tenant)
    assert [(row["sequence"], str(row["joining_on"])) for row in found] == [(3, "2026-12-01")]
    assert len(await registry.facts(tenant, events.BeneficiaryEnrolled)) == 1


async def test_duplicates_and_stale_lines_are_counted_and_change_nothing(registry: Served) -> None:
    first = reported(20, line(1, 2, "changed"))
    await registry.hear(first, first, reported(20, line(1, 2, "changed")), reported(20, line(1)))
    feed = await registry.rows("select * from feed where tenant_id = 20")
    assert [(f["applied"], f["duplicate"], f["stale"]) for f in feed] == [(1, 1, 1)]
    assert len(await registry.facts(20, events.BeneficiaryEnrolled)) == 1


async def test_a_cancellation_that_comes_first_wins(registry: Served) -> None:
    await registry.hear(reported(21, end_line(1, 2)))
    await registry.hear(reported(21, line(1)))
    assert await registry.facts(21, events.BeneficiaryEnrolled) == []
    await registry.hear(reported(21, line(1, 3, "changed")))
    rejected = await registry.facts(21, events.EnrolmentRejected)
    assert [fact["fields"] for fact in rejected] == [["kind"]]


async def test_an_end_is_told_with_its_reason(registry: Served) -> None:
    await registry.hear(reported(22, line(1)), reported(22, end_line(1, 2, "deceased")))
    fact = (await registry.facts(22, events.EnrolmentEnded))[0]
    assert (fact["reason"], fact["ended_on"]) == ("deceased", "2026-11-11")
    assert [row["status"] for row in await enrolments(registry, 22)] == ["deceased"]


async def test_a_bad_line_is_given_back_and_the_good_ones_of_its_batch_go_on(
    registry: Served,
) -> None:
    bad = line(2, enrolment=enrolment(2, person=person(2, cpf=cpf(5)[:-1] + "x")))
    odd = {"source": "notus", "enrolment_ref": "E-9"}
    await registry.hear(reported(23, line(1)), reported(23, bad), reported(23, odd))
    assert [row["enrolment_ref"] for row in await enrolments(registry, 23)] == ["E-1"]
    facts = await registry.facts(23, events.EnrolmentRejected)
    assert [fact["fields"] for fact in facts] == [["enrolment.person.cpf"], ["sequence", "kind"]]
    headers = registry.as_(23, "integration")
    page = (await registry.http.get("/enrolment-rejections?limit=1", headers=headers)).json()
    assert page["items"][0]["errors"][0]["reason"] == "CPF inválido: são 11 dígitos"
    more = {"limit": 1, "cursor": page["next_cursor"]}
    answer = await registry.http.get("/enrolment-rejections", params=more, headers=headers)
    assert answer.json()["items"][0]["enrolment_ref"] == "E-9"
    assert await registry.rows("select * from parked where tenant_id = 23") == []
    assert "de Souza" not in str(await registry.rows("select * from rejection"))


async def test_text_that_no_database_keeps_is_given_back_not_parked(registry: Served) -> None:
    odd = [
        line(1, enrolment=enrolment(1, contract=contract("C\x00"))),
        line(2, enrolment=enrolment(2, person=person(2, full_name="Ana \ud800 Lima"))),
        line(3, sequence=2**53),
        line(4, sequence=2**53 - 1),
    ]
    body = "\n".join(json.dumps(one) for one in odd)
    headers = registry.as_(26, "integration") | {"Content-Type": "application/x-ndjson"}
    answer = await registry.http.post("/enrolment-files", content=body, headers=headers)
    assert (answer.json()["applied"], answer.json()["rejected"]) == (1, 3), answer.text
    facts = await registry.facts(26, events.EnrolmentRejected)
    assert [fact["fields"] for fact in facts] == [["linha"], ["linha"], ["sequence"]]


async def test_an_encrypted_line_is_opened_and_a_broken_one_given_back(registry: Served) -> None:
    broken = ErpEnrolmentReported(tenant_id=24, enrolment_ref="E-2", jwe="a.b.c.d.e")
    await registry.hear(encrypted(24, line(1)), broken)
    assert [row["enrolment_ref"] for row in await enrolments(registry, 24)] == ["E-1"]
    facts = await registry.facts(24, events.EnrolmentRejected)
    assert [fact["fields"] for fact in facts] == [["jwe"]]


async def test_a_change_about_somebody_else_is_refused(registry: Served) -> None:
    await registry.hear(reported(25, line(1)), reported(25, line(2)))
    swapped = line(1, 2, "changed", enrolment=enrolment(1, person=person(2)))
    stranger = line(2, 2, "changed", enrolment=enrolment(2, person=person(3)))
    await registry.hear(reported(25, swapped), reported(25, stranger))
    assert len(await registry.facts(25, events.EnrolmentRejected)) == 2
    retyped = line(1, 3, "changed", enrolment=enrolment(1, person=person(1, cpf=cpf(77))))
    await registry.hear(reported(25, retyped))
    fact = (await registry.facts(25, events.PersonRecorded))[-1]
    assert await registry.opened(25, fact, "cpf") == cpf(77)


async def test_a_file_goes_on_and_its_bad_lines_come_back_as_a_file(registry: Served) -> None:
    bad = line(3, enrolment=enrolment(3, person=person(3, cns="123456")))
    lines = [json.dumps(one) for one in (line(1), line(2), bad, line(1))] + ["{não é json"]
    headers = registry.as_(30, "integration") | {"Content-Type": "application/x-ndjson"}
    answer = await registry.http.post("/enrolment-files", content="\n".join(lines), headers=headers)
    assert answer.status_code == 201, answer.text
    receipt = answer.json()
    counts = ("lines", "applied", "duplicate", "stale", "rejected")
    assert [receipt[name] for name in counts] == [5, 2, 1, 0, 2]
    path = f"/enrolment-files/{receipt['file_id']}/rejected"
    back = await registry.http.get(path, headers=registry.as_(30, "integration"))
    given = [json.loads(one) for one in back.text.splitlines()]
    assert given[0]["errors"].startswith("enrolment.person.cns: CNS inválido")
    assert given[1] == {"line": "{não é json", "errors": "linha: não é um JSON válido"}
    given[0]["enrolment"]["person"]["cns"] = None
    again = json.dumps(given[0])
    answer = await registry.http.post("/enrolment-files", content=again, headers=headers)
    assert answer.json()["applied"] == 1


async def test_a_csv_file_has_field_paths_as_columns(registry: Served) -> None:
    rows = [line(1), line(2, enrolment=enrolment(2, person=person(2, cpf="123456")))]
    columns = list(flat(rows[0]))
    table = "\n".join(";".join(cells) for cells in [columns, *(flat(r).values() for r in rows)])
    headers = registry.as_(31, "integration") | {"Content-Type": "text/csv; charset=utf-8"}
    answer = await registry.http.post("/enrolment-files", content=table, headers=headers)
    assert (answer.json()["applied"], answer.json()["rejected"]) == (1, 1)
    path = f"/enrolment-files/{answer.json()['file_id']}/rejected"
    back = (await registry.http.get(path, headers=headers)).text.splitlines()
    assert back[0].endswith(",errors")
    assert "CPF inválido" in back[1]
    assert len(await registry.facts(31, events.BeneficiaryEnrolled)) == 1


async def test_other_kinds_of_file_are_refused(registry: Served) -> None:
    headers = registry.as_(32, "integration") | {"Content-Type": "application/pdf"}
    answer = await registry.http.post("/enrolment-files", content="%PDF", headers=headers)
    assert answer.status_code == 415


async def test_a_batch_costs_a_handful_of_statements_whatever_its_size(registry: Served) -> None:
    batch = [reported(40, line(number)) for number in range(500)]
    with statements(registry) as executed:
        started = time.process_time()
        await registry.hear(*batch)
        spent = time.process_time() - started
    assert len(await enrolments(registry, 40)) == 500
    assert len(await registry.facts(40, events.BeneficiaryEnrolled)) == 500
    assert len(await registry.facts(40, events.ContractRecorded)) == 5
    assert len(executed) <= 30, executed
    assert spent < 5, f"{spent:.1f} s of CPU"


async def test_hearing_a_day_again_changes_nothing(registry: Served) -> None:
    day = [reported(41, line(number)) for number in range(20)]
    day += [reported(41, end_line(number, 2)) for number in range(0, 20, 4)]
    await registry.hear(*day)
    before = await enrolments(registry, 41)
    told = await registry.rows("select id from outbox where tenant_id = 41 order by id")
    await registry.rows("delete from inbox")
    await registry.hear(*day)
    assert await enrolments(registry, 41) == before
    assert await registry.rows("select id from outbox where tenant_id = 41 order by id") == told


@contextmanager
def statements(registry: Served) -> Iterator[list[str]]:
    """The statements that the service sends to its database meanwhile."""
    executed: list[str] = []

    def seen(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        executed.append(statement)

    engine = registry.app.state.resources.engine.sync_engine
    event.listen(engine, "before_cursor_execute", seen)
    yield executed
    event.remove(engine, "before_cursor_execute", seen)


def flat(node: Any, path: str = "") -> dict[str, str]:
    if not isinstance(node, dict | list):
        return {path: str(node)}
    items = node.items() if isinstance(node, dict) else enumerate(node)
    found: dict[str, str] = {}
    for name, value in items:
        found |= flat(value, f"{path}.{name}" if path else str(name))
    return found
