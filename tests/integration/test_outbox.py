"""A fact is recorded together with its rows, sealed, or not at all."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import registry

from kit.crypto import Unreadable
from kit.db import LARGEST_FACT_BYTES, AlreadyRolledBack, FactTooLarge, Transaction
from kit.errors import Conflict, Problem
from kit.outages import leave
from kit.relay import BATCH, UNPUBLISHED, reader
from tests.support.postgres import Postgres
from tests.support.probe import Noted, Probe, Said, note, probe

TENANT = 7
BACKLOG = """
    insert into outbox (tenant_id, id, topic, type, key, payload, occurred_at)
    select 7, n, 'probe.notes', 'probe.note.written.v1', 'k' || n % 97, '{}', now()
    from generate_series(1, 20000) n
"""


class Written:
    """A note as the session writes it."""

    tenant_id: int


registry().map_imperatively(Written, note)


@pytest.fixture
async def service(postgres: Postgres) -> AsyncIterator[Probe]:
    async with probe(postgres) as made:
        yield made


def fact(number: int, filler: str = "") -> Noted:
    return Noted(tenant_id=TENANT, note="k", number=number, filler=filler)


async def act(tx: Transaction, number: int) -> None:
    """What a use case does: rows, a fact and an audit entry."""
    row = {"tenant_id": tx.tenant_id, "key": "k", "number": number}
    await tx.session.execute(note.insert().values(row))
    await tx.record(fact(number))
    await tx.audit("note.written", "k", details={"number": number})


async def acted(service: Probe, *numbers: int, then: Exception | None = None) -> None:
    """One transaction, which may fail at its end."""
    async with service.begin(TENANT) as tx:
        for number in numbers:
            await act(tx, number)
        if isinstance(then, Problem):
            tx.keep_and_refuse(then)
        if then is not None:
            await tx.flush()
            raise then


async def recorded(service: Probe, event: Noted) -> None:
    """A row, and then this fact."""
    async with service.begin(TENANT) as tx:
        await act(tx, 1)
        await tx.record(event)


async def gone_on(service: Probe) -> None:
    """A note without its key is refused, and the work goes on all the same."""
    async with service.begin(TENANT) as tx:
        unkeyed = Written()
        unkeyed.tenant_id = TENANT
        tx.session.add(unkeyed)
        with pytest.raises(DBAPIError):
            await tx.session.flush()
        await tx.record(fact(1))


async def kept(service: Probe) -> tuple[int, int, int]:
    """How many rows, facts and audit entries there are."""
    (row,) = await service.rows(
        "select (select count(*) from note), (select count(*) from outbox),"
        " (select count(*) from audit)"
    )
    return row[0], row[1], row[2]


async def test_rows_facts_and_audit_are_kept_together(service: Probe) -> None:
    async with service.begin(TENANT) as tx:
        await act(tx, 1)
    assert await kept(service) == (1, 1, 1)


async def test_nothing_is_kept_when_the_work_fails_after_the_fact(service: Probe) -> None:
    with pytest.raises(ZeroDivisionError):
        await acted(service, 1, then=ZeroDivisionError())
    assert await kept(service) == (0, 0, 0)


async def test_nothing_is_kept_when_the_database_refuses_a_row(service: Probe) -> None:
    with pytest.raises(DBAPIError):
        await acted(service, 1, 2**40)
    assert await kept(service) == (0, 0, 0)


async def test_who_goes_on_after_a_rollback_is_told_that_nothing_would_be_kept(
    service: Probe,
) -> None:
    with pytest.raises(AlreadyRolledBack):
        await gone_on(service)
    assert await kept(service) == (0, 0, 0)


async def test_a_refusal_that_is_kept_keeps_all_that_was_done_before_it(service: Probe) -> None:
    with pytest.raises(Problem):
        await acted(service, 1, then=Conflict("Já decidido", "already-decided"))
    assert await kept(service) == (1, 1, 1)


async def test_a_fact_above_900_kb_is_refused_and_its_transaction_with_it(service: Probe) -> None:
    around = len(fact(1).model_dump_json().encode())
    with pytest.raises(FactTooLarge):
        await recorded(service, fact(2, filler="x" * (LARGEST_FACT_BYTES - around + 1)))
    assert await kept(service) == (0, 0, 0)


async def test_a_fact_of_900_kb_is_taken_and_bytes_count_not_letters(service: Probe) -> None:
    around = len(fact(1).model_dump_json().encode())
    await service.record(TENANT, [fact(2, filler="x" * (LARGEST_FACT_BYTES - around))])
    assert await kept(service) == (0, 1, 0)
    with pytest.raises(FactTooLarge):
        await service.record(TENANT, [fact(2, filler="ã" * (LARGEST_FACT_BYTES // 2))])


async def test_what_is_sensitive_lies_sealed_and_opens_only_as_that_persons(
    service: Probe,
) -> None:
    said = Said(tenant_id=TENANT, person_id="p-1", words="Diabetes")
    await service.record(TENANT, [said])
    (row,) = await service.rows("select payload from outbox")
    lying = Said.model_validate_json(row["payload"])
    assert "Diabetes" not in row["payload"]
    keyring = service.held.keyring
    assert await keyring.open(TENANT, "p-1", lying.words) == "Diabetes"
    await keyring.key(TENANT, "p-2")
    with pytest.raises(Unreadable):
        await keyring.open(TENANT, "p-2", lying.words)


async def test_facts_and_entries_of_two_tenants_never_mix(service: Probe) -> None:
    async with service.begin(TENANT) as tx:
        await act(tx, 1)
        await tx.enter(8)
        await act(tx, 2)
    found = await service.rows(
        "select o.tenant_id as fact, n.tenant_id as row, a.tenant_id as entry from outbox o"
        " join note n on n.number = (o.payload::json->>'number')::int"
        " join audit a on (a.details->>'number')::int = n.number order by 1"
    )
    assert [tuple(row) for row in found] == [(7, 7, 7), (8, 8, 8)]


async def test_a_backlog_that_the_planner_knows_nothing_of_is_read_in_order_and_never_sorted(
    service: Probe,
) -> None:
    await service.rows("alter table outbox set (autovacuum_enabled = off)")
    await service.rows(BACKLOG)
    relay = await reader(service.settings)
    try:
        plan = await relay.fetch(f"explain {UNPUBLISHED}", BATCH)
    finally:
        await leave(relay)
    told = "\n".join(line for (line,) in plan)
    assert "Index Scan using outbox_unpublished" in told
    assert "Sort" not in told
