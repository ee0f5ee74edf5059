"""Two who meet on one person, one enrolment or one file: each waits, none undoes the other."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import asyncpg
import pytest
from sqlalchemy import event

from contracts.registry import events
from services.registry.app import create
from services.registry.models import Person
from services.registry.settings import RegistrySettings
from services.registry.usecases import files
from tests.support.api import Served, databases, serving
from tests.support.bench import until
from tests.support.postgres import Postgres
from tests.support.registry_data import enrolment, line, person


@pytest.fixture(scope="module")
async def registry(postgres: Postgres) -> AsyncIterator[Served]:
    settings = RegistrySettings.model_validate(await databases(postgres, "registry"))
    async with serving(create(settings), postgres) as served:
        yield served


@pytest.fixture(autouse=True)
def kept() -> Iterator[list[Person]]:
    """Every person read stays in its session: it must not take the collector to read them anew."""
    people: list[Person] = []

    def keep(person: Person, _context: object) -> None:
        people.append(person)

    event.listen(Person, "load", keep)
    yield people
    event.remove(Person, "load", keep)


@asynccontextmanager
async def holding(registry: Served, query: str, *args: object) -> AsyncIterator[asyncpg.Connection]:
    """Somebody else's transaction, which holds what it asked for until the end of the block."""
    connection = await asyncpg.connect(registry.dsn)
    try:
        async with connection.transaction():
            await connection.fetch(query, *args)
            yield connection
    finally:
        await connection.close()


async def queue(registry: Served, *asked: Awaitable[Any]) -> list[asyncio.Task[Any]]:
    """The requests, each begun when the one before it waits for a lock."""
    tasks = []

    async def wait(many: int) -> bool:
        query = (
            "select 1 from pg_stat_activity"
            " where wait_event_type = 'Lock' and datname = current_database()"
        )
        return len(await registry.rows(query)) == many

    for number, one in enumerate(asked, start=1):
        tasks.append(asyncio.ensure_future(one))
        await until(partial(wait, number))
    return tasks


PERSON = "select 1 from person where tenant_id = $1 and id = $2 for update"


async def registered(registry: Served, tenant: int) -> str:
    headers = registry.as_(tenant, "registrar")
    answer = await registry.http.post("/people", json=person(1), headers=headers)
    person_id: str = answer.json()["person_id"]
    return person_id


async def test_a_correction_and_a_preference_at_once_are_both_kept(registry: Served) -> None:
    person_id = await registered(registry, 1)
    path, headers = f"/people/{person_id}", registry.as_(1, "registrar")
    phone = [{"channel": "whatsapp", "value": "(41) 98888-7777"}]
    right, liked = person(1, contacts=phone), {"channels": ["sms", "whatsapp"]}
    async with holding(registry, PERSON, 1, person_id):
        asked = await queue(
            registry,
            registry.http.put(path, json=right, headers=headers),
            registry.http.put(f"{path}/preferences", json=liked, headers=headers),
        )
    assert [(await one).status_code for one in asked] == [200, 200]
    revisions = [fact["revision"] for fact in await registry.facts(1, events.PersonRecorded)]
    assert revisions == [1, 2, 3]
    known = (await registry.http.get(path, headers=headers)).json()
    assert [one["value"] for one in known["contacts"]] == ["+5541988887777"]
    assert known["preferences"] == liked["channels"]


async def test_a_correction_that_waited_for_a_merge_is_refused(registry: Served) -> None:
    person_id = await registered(registry, 2)
    path, headers = f"/people/{person_id}", registry.as_(2, "registrar")
    other = await registry.http.post("/people", json=person(2), headers=headers)
    merge = "update person set merged_into = $3 where tenant_id = $1 and id = $2"
    async with holding(registry, merge, 2, person_id, other.json()["person_id"]):
        [asked] = await queue(registry, registry.http.put(path, json=person(1), headers=headers))
    assert ((await asked).status_code, (await asked).json()["code"]) == (409, "person-merged")


async def test_two_erasures_at_once_erase_once(registry: Served) -> None:
    person_id = await registered(registry, 3)
    path, headers = f"/people/{person_id}/erasure", registry.as_(3, "dpo")
    async with holding(registry, PERSON, 3, person_id):
        asked = await queue(
            registry,
            registry.http.post(path, headers=headers),
            registry.http.post(path, headers=headers),
        )
    assert [(await one).status_code for one in asked] == [204, 204]
    assert len(await registry.facts(3, events.PersonErased)) == 1


async def test_a_file_in_parts_waits_once_for_all_it_touches(
    registry: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parts that each wait for their own meet a batch of the topic that waits for them."""
    monkeypatch.setattr(files, "_AT_ONCE", 2)
    waits: list[list[int]] = []

    def seen(_connection: Any, _cursor: Any, statement: str, told: Any, *_: Any) -> None:
        if "pg_advisory_xact_lock" in statement and "stripe" in statement:
            waits.append(next(one for one in told if isinstance(one, list)))

    engine = registry.app.state.resources.engine.sync_engine
    event.listen(engine, "before_cursor_execute", seen)
    body = "\n".join(json.dumps(line(number)) for number in range(6))
    headers = registry.as_(4, "integration") | {"Content-Type": "application/x-ndjson"}
    answer = await registry.http.post("/enrolment-files", content=body, headers=headers)
    event.remove(engine, "before_cursor_execute", seen)
    assert answer.json()["applied"] == 6
    first, *later = waits
    assert first == sorted(first)
    assert len(later) == 3
    assert all(set(part) <= set(first) for part in later), "already held"


async def test_an_erasure_locks_enrolments_before_people_as_a_feed_does(registry: Served) -> None:
    headers = registry.as_(5, "integration", "dpo")
    joined = (await registry.http.post("/enrolments", json=enrolment(1), headers=headers)).json()
    ended = {"reason": "cancelled", "ended_on": "2026-12-01"}
    await registry.http.post(
        f"/enrolments/{joined['enrolment_id']}/end", json=ended, headers=headers
    )
    held = "select 1 from enrolment where tenant_id = $1 and id = $2 for update"
    erasure = f"/people/{joined['person_id']}/erasure"
    async with holding(registry, held, 5, joined["enrolment_id"]) as feed:
        [asked] = await queue(registry, registry.http.post(erasure, headers=headers))
        assert await feed.fetch(f"{PERSON} nowait", 5, joined["person_id"])
    assert (await asked).status_code == 204
