"""What went wrong in the background is seen by a person, and let go by a person."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import asyncpg
import pytest
from structlog.testing import capture_logs

from contracts.sandbox.events import ClockMoved
from kit import outages, relay
from kit.audit import seal_chain
from kit.outages import connected, leave, passing
from kit.settings import Settings
from kit.worker import seal
from services.registry.app import create
from services.registry.settings import RegistrySettings
from tests.support.api import Served, databases, serving
from tests.support.bench import until
from tests.support.postgres import Postgres
from tests.support.registry_data import person

TOPIC = "registry.events"
PARK_SECOND = """
    update outbox set parked_at = now()
    where seq = (select seq from outbox order by seq offset 1 limit 1)
"""
PARK = "update outbox set parked_at = now() where seq = (select min(seq) from outbox)"


@dataclass(frozen=True)
class Watched:
    """The registry and the settings of its worker."""

    served: Served
    settings: Settings

    async def register(self, tenant: int, number: int) -> str:
        headers = self.served.as_(tenant, "registrar")
        answer = await self.served.http.post("/people", json=person(number), headers=headers)
        return str(answer.json()["person_id"])

    async def get(self, tenant: int, path: str, role: str) -> Any:
        answer = await self.served.http.get(path, headers=self.served.as_(tenant, role))
        assert answer.is_success, answer.text
        return answer.json()

    async def sendable(self) -> list[str]:
        """Keys of what the relay would send now, in order."""
        connection = await connected(self.settings)
        try:
            return [row["key"] for row in await connection.fetch(relay.UNPUBLISHED, 100)]
        finally:
            await leave(connection)

    async def chain(self, tenant: int) -> Any:
        return await self.get(tenant, "/ops/audit/chain", "dpo")


@pytest.fixture
async def watched(postgres: Postgres) -> AsyncIterator[Watched]:
    given = await databases(postgres, "registry")
    async with serving(create(RegistrySettings.model_validate(given)), postgres) as served:
        yield Watched(served, Settings.model_validate(given))


async def test_a_fact_the_broker_refuses_is_listed_and_sent_again_when_a_person_says_so(
    watched: Watched,
) -> None:
    first = await watched.register(1, 1)
    await watched.register(1, 2)
    await watched.served.rows(PARK)
    listed = (await watched.get(1, "/ops/outbox/parked", "integration"))["items"]
    assert [(one["topic"], one["key"], one["messages"]) for one in listed] == [(TOPIC, first, 1)]
    assert listed[0]["first_error"] == "MessageSizeTooLargeError"
    assert first not in await watched.sendable()
    body, path = {"topic": TOPIC, "key": first}, "/ops/outbox/parked/redrive"
    for tenant, facts in ((2, 0), (1, 1), (1, 0)):
        headers = watched.served.as_(tenant, "integration")
        answer = await watched.served.http.post(path, json=body, headers=headers)
        assert (answer.status_code, answer.json()) == (200, {"facts": facts})
    assert (await watched.sendable())[0] == first
    assert (await watched.get(1, "/ops/outbox/parked", "integration"))["items"] == []


async def test_what_was_recorded_before_a_parked_fact_is_sent_all_the_same(
    watched: Watched,
) -> None:
    first = await watched.register(1, 1)
    headers = watched.served.as_(1, "registrar")
    for name in ("Ana Prado", "Ana Prado Lima"):
        body = person(1) | {"name": name}
        answer = await watched.served.http.put(f"/people/{first}", json=body, headers=headers)
        assert answer.is_success
    await watched.served.rows(PARK_SECOND)
    assert await watched.sendable() == [first]


async def test_another_operator_sees_nothing_of_what_is_parked(watched: Watched) -> None:
    await watched.register(1, 1)
    await watched.served.rows(PARK)
    assert (await watched.get(2, "/ops/outbox/parked", "integration"))["items"] == []


async def test_entries_that_are_not_sealed_yet_are_told_apart(watched: Watched) -> None:
    began = datetime.now(UTC) - timedelta(seconds=5)
    headers = watched.served.as_(1, "integration")
    for _ in range(2):
        refused = await watched.served.http.get("/ops/audit/chain", headers=headers)
        assert refused.status_code == 403
    open_ones = await watched.chain(1)
    assert (open_ones["entries"], open_ones["sealed"], open_ones["unsealed"]) == (2, 0, 2)
    assert datetime.fromisoformat(open_ones["unsealed_since"]) > began
    connection = await connected(watched.settings)
    assert await seal_chain(connection) == 2
    await leave(connection)
    whole = await watched.chain(1)
    assert (whole["entries"], whole["sealed"], whole["unsealed"]) == (2, 2, 0)
    assert whole["unsealed_since"] is None


async def test_the_trail_is_asked_by_whom_what_whom_it_is_about_and_when(watched: Watched) -> None:
    people = [await watched.register(3, number) for number in (1, 2, 3)]
    for sub, person_id in zip(("ana", "ana", "rui"), people, strict=True):
        headers = watched.served.as_(3, "dpo", sub=sub)
        path = f"/people/{person_id}/export"
        assert (await watched.served.http.get(path, headers=headers)).is_success
    await watched.served.http.get("/ops/audit", headers=watched.served.as_(3, "integration"))

    async def found(query: str) -> list[str]:
        told = await watched.get(3, f"/ops/audit?{query}", "dpo")
        return [one["subject"] for one in told["items"]]

    exported = "action=person.exported"
    assert await found(f"{exported}&actor=ana") == [people[1], people[0]]
    assert await found(f"subject={people[0]}&subject={people[2]}") == [people[2], people[0]]
    assert await found("action=access.denied") == ["GET /ops/audit"]
    entries = (await watched.get(3, f"/ops/audit?{exported}", "dpo"))["items"]
    at = [quote(one["at"]) for one in entries]
    assert await found(f"{exported}&since={at[1]}") == [people[2], people[1]]
    assert await found(f"{exported}&until={at[1]}") == [people[0]]
    assert await found(f"{exported}&since={at[1]}&until={at[0]}") == [people[1]]


async def test_sealing_that_waiting_does_not_mend_is_told_and_goes_on_once_mended(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outages, "FIRST_SECONDS", 0.01)
    await watched.served.http.get("/ops/audit", headers=watched.served.as_(1, "integration"))
    await watched.served.rows("revoke update (chain_seq) on audit from registry_relay")
    stopping = asyncio.Event()
    with capture_logs() as logs, sealing(watched.settings, stopping):
        await until(lambda: told(logs))
        assert (await watched.chain(1))["unsealed"] == 1
        await watched.served.rows("grant update (chain_seq) on audit to registry_relay")
        await until(lambda: all_sealed(watched))
        stopping.set()
    (line,) = [line for line in logs if line["log_level"] == "error"][:1]
    assert (line["activity"], line["error"]) == ("audit.seal", "InsufficientPrivilegeError")
    assert line["state"] == "42501"


@contextmanager
def sealing(settings: Settings, stopping: asyncio.Event) -> Iterator[None]:
    task = asyncio.create_task(seal(settings, stopping))
    try:
        yield
    finally:
        task.cancel()


async def told(logs: list[Any]) -> bool:
    return any(line["log_level"] == "error" for line in logs)


async def all_sealed(watched: Watched) -> bool:
    return bool((await watched.chain(1))["unsealed"] == 0)


def test_only_what_an_absent_or_busy_database_says_is_waited_for_quietly() -> None:
    for error in (
        OSError(),
        asyncpg.AdminShutdownError("x"),
        asyncpg.DeadlockDetectedError("x"),
        asyncpg.LockNotAvailableError("x"),
        asyncpg.IdleInTransactionSessionTimeoutError("x"),
    ):
        assert passing(error)
    for error in (asyncpg.InsufficientPrivilegeError("x"), asyncpg.UniqueViolationError("x")):
        assert not passing(error)


async def test_no_statement_waits_for_ever_behind_a_line_that_was_cut(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outages, "STATEMENT_SECONDS", 2.0)
    connection = await connected(watched.settings)
    with pytest.raises(outages.LOST):
        await connection.execute("select pg_sleep(60)")
    await leave(connection)


async def test_the_newest_move_of_a_clock_outlives_the_retention_of_the_outbox(
    watched: Watched,
) -> None:
    old = (
        "insert into outbox (tenant_id, id, topic, type, key, payload, occurred_at, published_at)"
        " values ($1, $2, $3, 't', $4, '{}', now(), now() - interval '30 days')"
    )
    clock = ClockMoved.topic
    rows = ((1, "a", clock, "1"), (1, "b", clock, "1"), (2, "c", clock, "2"), (1, "d", TOPIC, "1"))
    for row in rows:
        await watched.served.rows(old, *row)
    connection = await connected(watched.settings)
    await relay.sweep(connection, watched.settings)
    await leave(connection)
    left = await watched.served.rows("select id from outbox order by seq")
    assert [row["id"] for row in left] == ["b", "c"]
