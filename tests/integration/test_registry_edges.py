"""Odd lines harm no other, and what was refused is not kept for ever."""

import json
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from services.registry.app import create
from services.registry.settings import RegistrySettings
from services.registry.usecases import intake, tables
from services.registry.usecases.forgetting import forget_lines
from tests.support.api import Served, databases, serving
from tests.support.postgres import Postgres
from tests.support.registry_data import end_line, enrolment, line, person

FILES = "/enrolment-files"


@pytest.fixture(scope="module")
async def registry(postgres: Postgres) -> AsyncIterator[Served]:
    known = await databases(postgres, "registry")
    async with serving(create(RegistrySettings.model_validate(known)), postgres) as ready:
        yield ready


async def sent(registry: Served, tenant: int, *lines: object) -> dict[str, object]:
    headers = registry.as_(tenant, "integration") | {"Content-Type": "application/x-ndjson"}
    body = "\n".join(json.dumps(one) for one in lines)
    answer = await registry.http.post(FILES, content=body, headers=headers)
    assert answer.status_code == 201, answer.text
    receipt: dict[str, object] = answer.json()
    return receipt


async def test_one_odd_line_leaves_the_others_alone(registry: Served) -> None:
    def called(number: int, name: str) -> object:
        return line(number, enrolment=enrolment(number, person=person(number, full_name=name)))

    odd = [
        called(1, "Ana \\u0000 Lima"),
        line(2, source="s\0"),
        called(3, "Ana \ue000"),
        line(4, enrolment=enrolment(4, joining_on="9999-12-31")),
        json.loads("[" * 900 + "]" * 900),
    ]
    receipt = await sent(registry, 60, *odd, line(5))
    assert (receipt["applied"], receipt["rejected"]) == (2, 4), receipt
    page = await registry.http.get("/enrolment-rejections", headers=registry.as_(60, "integration"))
    told = [error["field"] for one in page.json()["items"] for error in one["errors"]]
    assert told == ["linha", "enrolment.person.full_name", "enrolment.joining_on", "linha"]


async def test_a_body_larger_than_any_request_is_refused_before_who_sent_it(
    registry: Served,
) -> None:
    answer = await registry.http.post("/people", content=b"x" * 300_000)
    assert (answer.status_code, answer.json()["status"]) == (413, 413)
    answer = await registry.http.post(FILES, content=b"x" * 300_000)
    assert answer.status_code == 401


async def test_a_file_is_read_beside_the_loop_that_answers_everybody(
    registry: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside: list[bool] = []

    def noting(read: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*given: Any) -> Any:
            beside.append(threading.current_thread() is not threading.main_thread())
            return read(*given)

        return noted

    monkeypatch.setattr(tables, "read", noting(tables.read))
    monkeypatch.setattr(intake, "read", noting(intake.read))
    assert (await sent(registry, 65, line(1)))["applied"] == 1
    assert beside == [True, True]


@pytest.mark.parametrize(("tenant", "cpf"), [(63, None), (64, "não tem")])
async def test_who_answers_for_another_takes_their_refused_lines_along(
    registry: Served, tenant: int, cpf: str | None
) -> None:
    """By their CPF, or by the enrolment where the line does not tell it."""
    child, answers = person(1, birth_on="2020-05-05"), person(2)
    good = line(1, enrolment=enrolment(1, person=child, representative=answers))
    await sent(registry, tenant, good, end_line(1, 2))
    told = answers | ({"cpf": cpf} if cpf else {})
    wrong = enrolment(7, person=child | {"cns": "1"}, representative=told)
    await sent(registry, tenant, line(1 if cpf else 7, 3, enrolment=wrong), {"enrolment_ref": "X"})
    [row] = await registry.rows(
        "select representative_person_id as id from enrolment where tenant_id = $1", tenant
    )
    headers = registry.as_(tenant, "dpo")
    erased = await registry.http.post(f"/people/{row['id']}/erasure", headers=headers)
    assert erased.status_code == 204, erased.text
    left = await registry.rows(
        "select enrolment_ref from rejection where tenant_id = $1"
        " and (sealed is not null or representative_index is not null)",
        tenant,
    )
    assert [one["enrolment_ref"] for one in left] == ["X"]


async def test_of_an_old_refused_line_only_the_reasons_are_kept(registry: Served) -> None:
    for tenant in (61, 62):
        await sent(registry, tenant, {"enrolment_ref": "old"}, {"enrolment_ref": "new"})
    await registry.rows(
        "update rejection set received_at = now() - interval '31 days'"
        " where tenant_id in (61, 62) and enrolment_ref = 'old'"
    )
    assert await forget_lines(registry.app.state.begin, 30, most=1) == 1
    assert await forget_lines(registry.app.state.begin, 30) == 1
    assert await forget_lines(registry.app.state.begin, 30) == 0
    rows = await registry.rows(
        "select enrolment_ref, sealed, errors from rejection"
        " where tenant_id in (61, 62) order by enrolment_ref, tenant_id"
    )
    assert [(row["enrolment_ref"], row["sealed"] is None) for row in rows] == [
        ("new", False),
        ("new", False),
        ("old", True),
        ("old", True),
    ]
    assert all(row["errors"] for row in rows)
