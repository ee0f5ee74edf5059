"""Facts in another order, forged cursors, far days and odd names: each is answered, none parks."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import permutations
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from contracts.health_declaration.cpt import PartnerKeyIn
from contracts.registry.events import MergeUndone, PeopleMerged
from kit.db import Transaction
from kit.pages import encode_cursor
from services.health_declaration.queries import rulebook
from services.health_declaration.queries.people import same_person
from services.health_declaration.usecases import erp, partners
from tests.support.api import Served
from tests.support.bench import until
from tests.support.clinic import Desk
from tests.support.proponent import person

NOW = datetime(2026, 11, 3, 12, tzinfo=UTC)
Told = PeopleMerged | MergeUndone


@pytest.fixture
def desk(served: Served) -> Desk:
    return Desk(served, uuid4().int % (10**9 - 10) + 10)


def told(tenant: int, at: int, kind: type[Told], absorbed: str, survivor: str) -> Told:
    return kind(
        tenant_id=tenant,
        occurred_at=NOW + timedelta(minutes=at),
        person_id=survivor,
        absorbed_id=absorbed,
        merge_id=str(uuid4()),
        reason="teste",
    )


def orders(facts: Iterable[Told]) -> list[tuple[Told, ...]]:
    """Every order in which they may come: those of one survivor keep theirs."""
    return [
        order
        for order in permutations(facts)
        if all(
            one.occurred_at < two.occurred_at
            for n, one in enumerate(order)
            for two in order[n + 1 :]
            if one.person_id == two.person_id
        )
    ]


async def same(desk: Desk, person_id: str) -> list[str]:
    async with desk.served.app.state.begin(desk.tenant) as tx:
        return await same_person(tx, person_id)


async def test_a_merge_of_somebody_not_known_yet_is_not_lost(desk: Desk) -> None:
    survivor = await person(desk.served, desk.tenant)
    await desk.served.hear(told(desk.tenant, 1, PeopleMerged, "late", survivor))
    assert await same(desk, survivor) == sorted(["late", survivor])
    assert await same(desk, "late") == sorted(["late", survivor])


async def test_merges_told_in_any_order_leave_the_last_one(desk: Desk) -> None:
    for number in range(3):
        a, b, c = (f"{name}{number}" for name in "abc")
        steps = [
            told(desk.tenant, 1, PeopleMerged, a, b),
            told(desk.tenant, 2, MergeUndone, a, b),
            told(desk.tenant, 3, PeopleMerged, a, c),
        ]
        for fact in orders(steps)[number]:
            await desk.served.hear(fact)
        assert await same(desk, a) == [a, c]
        assert await same(desk, b) == [b]


async def test_a_merge_taken_back_before_it_was_heard_stays_taken_back(desk: Desk) -> None:
    await desk.served.hear(told(desk.tenant, 2, MergeUndone, "x", "y"))
    await desk.served.hear(told(desk.tenant, 1, PeopleMerged, "x", "y"))
    assert await same(desk, "x") == ["x"]


@pytest.mark.parametrize("path", ["/declarations", "/interviews", "/slots"])
async def test_a_forged_cursor_is_refused(desk: Desk, path: str) -> None:
    answer = await desk.get("sara", path, cursor=encode_cursor("x", "y"))
    assert (answer.status_code, answer.json()["code"]) == (422, "bad-cursor"), answer.text


async def test_no_slot_is_given_at_the_end_of_days(desk: Desk) -> None:
    slots = [{"doctor": "davi", "starts_at": "9999-12-31T23:30:00Z", "minutes": 30}]
    answer = await desk.post("sara", "/slots", {"slots": slots})
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == "slots.0.starts_at"


async def test_a_report_waits_for_a_key_being_registered(desk: Desk) -> None:
    begin = desk.served.app.state.begin
    reported: list[Any] = []

    async def report() -> None:
        async with begin(desk.tenant) as tx:
            cpt = await _of_nobody(tx)
            await erp.report(tx, cpt)
            reported.append(cpt.erp_status)

    async with begin(desk.tenant) as tx:
        await erp.changing_key(tx)
        waiting = asyncio.create_task(report())
        await until(lambda: _waits_for_a_lock(desk))
        assert reported == []
    await waiting
    assert reported == ["no_partner_key"]


async def test_a_registration_waits_for_reports_under_way(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = desk.served.app.state.begin
    seen: list[str] = []

    async def put(*_: Any) -> Any:
        seen.append("registered")
        raise LookupError

    monkeypatch.setattr(partners, "_put", put)

    async def register() -> None:
        async with begin(desk.tenant) as tx:
            await partners.register(tx, erp.ERP, PartnerKeyIn(jwk={}))

    async with begin(desk.tenant) as tx:
        await erp.report(tx, await _of_nobody(tx))
        waiting = asyncio.create_task(register())
        await until(lambda: _waits_for_a_lock(desk))
        seen.append("reported")
    with pytest.raises(LookupError):
        await waiting
    assert seen == ["reported", "registered"]


async def _of_nobody(tx: Transaction) -> Any:
    """As much of a CPT as a report without a partner looks at."""
    book = await rulebook.current(tx)
    return SimpleNamespace(erp_status="", report_tries=0, rules_version=book.version)


async def _waits_for_a_lock(desk: Desk) -> bool:
    query = "select 1 from pg_locks where not granted and locktype = 'advisory'"
    return bool(await desk.served.rows(query))
