"""What a poison costs the batch it lies in, and in whose name a parked key is done again."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from kit.auth import Caller
from kit.db import Transaction
from kit.inbox import Inbox
from tests.support.api import envelope
from tests.support.postgres import Postgres
from tests.support.probe import SERVICE, Noted, Probe, probe, tables, write

POISON = 666


@pytest.fixture(scope="module")
async def service(postgres: Postgres) -> AsyncIterator[Probe]:
    async with probe(postgres) as made:
        yield made


@pytest.fixture
def tenant() -> int:
    return random.SystemRandom().randrange(10, 10**9)


async def test_one_poison_among_many_is_found_by_halving_not_one_by_one(
    service: Probe, tenant: int
) -> None:
    begun = 0

    @asynccontextmanager
    async def counting(tenant_id: int, caller: Caller | None = None) -> AsyncIterator[Transaction]:
        nonlocal begun
        begun += 1
        async with service.begin(tenant_id, caller) as tx:
            yield tx

    async def refusing(tx: Transaction, fact: Any) -> None:
        await write(tx, fact)
        if fact.number == POISON:
            raise ValueError

    numbers = [*range(100), POISON, *range(100, 155)]
    messages = [envelope(Noted(tenant_id=tenant, note=f"k{n}", number=n)) for n in numbers]
    inbox = Inbox(SERVICE, tables, counting, {Noted: refusing}, service.held.keyring)
    await inbox.handle(messages)
    assert begun <= 2 * 8 + 2
    done = await service.notes(tenant)
    assert sorted(done) == sorted((f"k{n}", n) for n in numbers if n != POISON)
    assert [key for key, _ in await service.parked(tenant)] == [f"k{POISON}"]


async def test_a_parked_fact_done_again_is_not_the_deed_of_whoever_drives_it(
    service: Probe, tenant: int
) -> None:
    mended, seen = False, []

    async def handler(tx: Transaction, fact: Any) -> None:
        if not mended:
            raise ValueError
        seen.append(tx.actor)
        await write(tx, fact)

    message = envelope(Noted(tenant_id=tenant, note="k", number=1))
    inbox = service.inbox({Noted: handler})
    await inbox.handle([message])
    mended = True
    driver = Caller("alguem", "Alguém", tenant, frozenset(), frozenset())
    async with service.begin(tenant, driver) as tx:
        assert (await inbox.redrive(tx, message.topic, message.key)).handled == 1
        assert tx.actor == "alguem"
    assert seen == [None]
