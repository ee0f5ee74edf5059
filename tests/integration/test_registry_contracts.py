"""A contract that says something else is told for everybody who stands in it."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from contracts.erp.events import ErpEnrolmentReported
from contracts.registry import events
from services.registry.app import create
from services.registry.settings import RegistrySettings
from services.registry.usecases import enrolment_facts, files
from tests.support.api import Served, databases, serving
from tests.support.postgres import Postgres
from tests.support.registry_data import contract, end_line, enrolment, line


@pytest.fixture(scope="module")
async def registry(postgres: Postgres) -> AsyncIterator[Served]:
    settings = RegistrySettings.model_validate(await databases(postgres, "registry"))
    async with serving(create(settings), postgres) as served:
        yield served


def reported(body: dict[str, Any]) -> ErpEnrolmentReported:
    return ErpEnrolmentReported(tenant_id=1, enrolment_ref=body["enrolment_ref"], line=body)


async def test_a_contract_that_one_line_corrects_is_told_for_all_who_stand_in_it(
    registry: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enrolment_facts, "_AT_ONCE", 2)
    await registry.hear(*(reported(line(number)) for number in (1, 6, 11, 16, 21, 26, 2)))
    await registry.hear(reported(end_line(26, 2)))
    right = contract("C-1", lives=9)
    for number in (1, 6):
        body = enrolment(number, contract=right)
        await registry.hear(reported(line(number, 2, "changed", enrolment=body)))
    facts = await registry.facts(1, events.EnrolmentChanged)
    told = [(fact["enrolment_ref"], fact["contract_lives"]) for fact in facts]
    assert sorted(told) == sorted((f"E-{number}", 9) for number in (1, 6, 11, 16, 21))


async def test_a_contract_corrected_by_api_is_told_for_all_who_stand_in_it_once(
    registry: Served,
) -> None:
    company = {"cnpj": "12.ABC.345/01DE-35", "name": "Padaria Sol"}
    headers = registry.as_(2, "registrar", "integration")
    first = contract("C-1", kind="company", lives=25, company=company)
    for number in (1, 6):
        body = enrolment(number, contract=first)
        joined = await registry.http.post("/enrolments", json=body, headers=headers)
        assert joined.status_code == 201, joined.text
    for lives in (25, 35, 35):
        body = first | {"lives": lives}
        answer = await registry.http.post("/contracts", json=body, headers=headers)
        assert answer.status_code == 201
    facts = await registry.facts(2, events.EnrolmentChanged)
    told = [(fact["enrolment_ref"], fact["contract_lives"]) for fact in facts]
    assert sorted(told) == [("E-1", 35), ("E-6", 35)]
    before = (await registry.facts(2, events.BeneficiaryEnrolled))[0]
    [after] = [fact for fact in facts if fact["enrolment_id"] == before["enrolment_id"]]
    same = set(before) & set(after) - {"id", "occurred_at", "contract_lives"}
    assert {name: after[name] for name in same} == {name: before[name] for name in same}


async def test_a_contract_that_changes_all_along_a_file_is_told_once_after_its_last_line(
    registry: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_AT_ONCE", 2)
    parts = [(1, (1, 6)), (2, (11, 16)), (1, (21, 26)), (2, (31, 36)), (1, (41, 46))]
    lines = [
        line(number, enrolment=enrolment(number, contract=contract("C-1", lives=lives)))
        for lives, numbers in parts
        for number in numbers
    ]
    headers = registry.as_(3, "integration") | {"Content-Type": "application/x-ndjson"}
    body = "\n".join(json.dumps(one) for one in lines)
    answer = await registry.http.post("/enrolment-files", content=body, headers=headers)
    assert answer.json()["applied"] == len(lines), answer.text
    facts = await registry.facts(3, events.EnrolmentChanged)
    told = [(fact["enrolment_ref"], fact["contract_lives"]) for fact in facts]
    assert sorted(told) == [(f"E-{number}", 1) for number in (11, 16, 31, 36)]
