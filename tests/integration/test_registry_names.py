"""What people are called, asked for a whole list at once."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.registry.app import create
from services.registry.settings import RegistrySettings
from tests.support.api import Served, databases, serving
from tests.support.postgres import Postgres
from tests.support.registry_data import person


@pytest.fixture(scope="module")
async def registry(postgres: Postgres) -> AsyncIterator[Served]:
    settings = RegistrySettings.model_validate(await databases(postgres, "registry"))
    async with serving(create(settings), postgres) as served:
        yield served


async def registered(registry: Served, tenant: int, number: int, **more: Any) -> str:
    headers = registry.as_(tenant, "registrar")
    answer = await registry.http.post("/people", json=person(number, **more), headers=headers)
    assert answer.status_code == 201, answer.text
    person_id: str = answer.json()["person_id"]
    return person_id


async def named(
    registry: Served, tenant: int, *ids: str, role: str = "desk"
) -> dict[str, str | None]:
    headers = registry.as_(tenant, role)
    answer = await registry.http.post("/people/names", json={"person_ids": ids}, headers=headers)
    assert answer.status_code == 200, answer.text
    return {one["person_id"]: one["name"] for one in answer.json()["items"]}


async def test_a_list_is_told_the_names_of_those_who_are_known(registry: Served) -> None:
    first = await registered(registry, 1, 1, full_name="Bia Moura")
    second = await registered(registry, 1, 2, full_name="Caio Luz", social_name="Cris Luz")
    told = await named(registry, 1, first, second, first, "nobody")
    assert told == {first: "Bia Moura", second: "Cris Luz"}


async def test_of_whoever_was_erased_it_is_told_that_they_have_no_name(registry: Served) -> None:
    gone = await registered(registry, 2, 3)
    stays = await registered(registry, 2, 4, full_name="Davi Reis")
    officer = registry.as_(2, "dpo")
    answer = await registry.http.post(f"/people/{gone}/erasure", headers=officer)
    assert answer.status_code == 204, answer.text
    assert await named(registry, 2, gone, stays) == {gone: None, stays: "Davi Reis"}


async def test_nobody_is_named_to_another_operator(registry: Served) -> None:
    theirs = await registered(registry, 3, 5)
    assert await named(registry, 4, theirs) == {}


@pytest.mark.parametrize("count", [0, 201])
async def test_neither_nobody_nor_more_than_two_hundred_are_asked_for(
    registry: Served, count: int
) -> None:
    asked = {"person_ids": [f"p{number}" for number in range(count)]}
    headers = registry.as_(5, "desk")
    answer = await registry.http.post("/people/names", json=asked, headers=headers)
    assert answer.status_code == 422


@pytest.mark.parametrize("role", ["interviewer", "operator"])
async def test_whoever_may_know_names_opens_nothing_more_of_people(
    registry: Served, role: str
) -> None:
    known = await registered(registry, 7, 7 if role == "operator" else 8, full_name="Eva Sá")
    assert await named(registry, 7, known, role=role) == {known: "Eva Sá"}
    headers = registry.as_(7, role)
    assert (await registry.http.get(f"/people/{known}", headers=headers)).status_code == 403
    search = {"words": "Eva Sá"}
    answer = await registry.http.post("/people/search", json=search, headers=headers)
    assert answer.status_code == 403


async def test_whoever_may_not_read_people_is_told_no_names(registry: Served) -> None:
    headers = registry.as_(6, "rule_owner")
    answer = await registry.http.post("/people/names", json={"person_ids": ["p"]}, headers=headers)
    assert answer.status_code == 403
