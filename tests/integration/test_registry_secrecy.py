"""Words about a person stay under their key; former contacts are told; reading leaves a trail."""

import json
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest

from contracts.health_declaration.events import CptStarted
from contracts.registry import events
from services.registry.app import create
from services.registry.settings import RegistrySettings
from tests.support.api import Served, databases, serving
from tests.support.postgres import Postgres
from tests.support.registry_data import enrolment, line, person

CANARY = "zqcanario"


@pytest.fixture(scope="module")
async def registry(postgres: Postgres) -> AsyncIterator[Served]:
    settings = RegistrySettings.model_validate(await databases(postgres, "registry"))
    async with serving(create(settings), postgres) as served:
        yield served


async def registered(registry: Served, tenant: int, number: int) -> str:
    headers = registry.as_(tenant, "registrar")
    answer = await registry.http.post("/people", json=person(number), headers=headers)
    person_id: str = answer.json()["person_id"]
    return person_id


async def kept(registry: Served) -> str:
    """Every row of every table, as whoever has the database reads it."""
    tables = "select table_name from information_schema.tables where table_schema = 'public'"
    told = ""
    for row in await registry.rows(tables):
        query = f'select * from "{row["table_name"]}"'  # noqa: S608 (names of our own tables)
        told += repr(await registry.rows(query))
    return told


async def test_why_records_were_joined_is_kept_under_the_persons_key_alone(
    registry: Served,
) -> None:
    survivor, absorbed = [await registered(registry, 1, number) for number in (1, 2)]
    headers = registry.as_(1, "registrar")
    body = {"survivor_id": survivor, "absorbed_id": absorbed, "reason": f"irmã de {CANARY}"}
    once = headers | {"Idempotency-Key": "merge-once"}
    answers = [
        await registry.http.post("/people/merges", json=body, headers=once) for _ in range(2)
    ]
    assert [one.json()["reason"] for one in answers] == [body["reason"]] * 2
    undo = f"/people/merges/{answers[0].json()['merge_id']}/undo"
    undone = await registry.http.post(undo, json={"reason": f"não é {CANARY}"}, headers=headers)
    assert undone.json()["reason"] == body["reason"]
    assert CANARY not in await kept(registry)
    [merge] = await registry.rows("select * from merge where tenant_id = 1")
    keyring = registry.app.state.resources.keyring
    assert await keyring.open(1, survivor, merge["undone_because_sealed"]) == f"não é {CANARY}"


async def test_a_change_of_contacts_tells_the_former_ones_by_whatever_way_it_came(
    registry: Served,
) -> None:
    headers = registry.as_(2, "integration", "registrar")
    joined = (await registry.http.post("/enrolments", json=enrolment(1), headers=headers)).json()
    person_id, known = joined["person_id"], person(1)
    path, other = f"/people/{person_id}", [{"channel": "email", "value": "outra@exemplo.com"}]
    for contacts in (known["contacts"], other):
        put = await registry.http.put(path, json=known | {"contacts": contacts}, headers=headers)
        assert put.is_success, put.text
    changed = line(1, 9, "changed")
    changed["enrolment"]["person"]["contacts"] = [*other, *known["contacts"]]
    sent = await registry.http.post(
        "/enrolment-files",
        content=json.dumps(changed),
        headers=headers | {"Content-Type": "application/x-ndjson"},
    )
    assert sent.json()["applied"] == 1, sent.text
    told: list[Any] = []
    for fact in await registry.facts(2, events.PersonRecorded):
        assert fact["former_contacts"].startswith("sealed:")
        former = await registry.opened(2, fact, "former_contacts")
        told.append(former and [one["value"] for one in former])
    first = [one["value"] for one in await registry.opened(2, fact, "contacts")][-1:]
    assert told[:2] == [None, None], "the first record and one that changed no contact"
    assert told[2][-1:] == first
    assert told[3:] == [["outra@exemplo.com"]], "one that was added counts"


async def test_what_tells_of_health_on_a_timeline_leaves_a_trail_read_or_withheld(
    registry: Served,
) -> None:
    person_id, plain = [await registered(registry, 3, number) for number in (1, 2)]
    started = CptStarted(
        tenant_id=3,
        person_id=person_id,
        declaration_id="d-1",
        cpt_id="c-1",
        starts_on=date(2026, 11, 1),
        ends_on=date(2028, 11, 1),
    )
    await registry.hear(started)
    for one in (person_id, plain):
        for who, role in (("rita", "desk"), ("ana", "analyst")):
            headers = registry.as_(3, role, sub=who)
            read = await registry.http.get(f"/people/{one}/timeline", headers=headers)
            assert read.status_code == 200
    trail = await registry.rows("select actor, action, subject from audit where tenant_id = 3")
    assert [tuple(row.values()) for row in trail] == [
        ("rita", "clinical.denied", person_id),
        ("ana", "clinical.read", person_id),
    ]
