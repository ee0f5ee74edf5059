"""An event id is done once, a poison parks its key alone, an outage loses and parks nothing."""

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from kit.consumer import Outage, consume
from kit.db import Transaction
from kit.inbox import Inbox
from kit.kafka import Envelope
from kit.keyring import Eraser
from tests.support.api import envelope
from tests.support.bench import until
from tests.support.bus import Bus
from tests.support.cut import Way, way_to
from tests.support.postgres import Postgres
from tests.support.probe import (
    Noted,
    Probe,
    Said,
    fresh,
    note,
    on_topic,
    probe,
    relaying,
    write,
)

POISON = 666
Fact = type[Noted]


@pytest.fixture(scope="module")
async def way(postgres: Postgres) -> AsyncIterator[Way]:
    async with way_to(postgres.port) as opened:
        yield opened


@pytest.fixture(scope="module")
async def service(postgres: Postgres, way: Way) -> AsyncIterator[Probe]:
    def over_the_way(url: str) -> str:
        return url.replace(f":{postgres.port}/", f":{way.port}/")

    async with probe(postgres, change=over_the_way) as made:
        yield made


@pytest.fixture
def tenant() -> int:
    return random.randrange(10, 10**9)  # noqa: S311 (no secret)


def said(tenant: int, key: str, *numbers: int) -> list[Envelope]:
    return [envelope(Noted(tenant_id=tenant, note=key, number=n)) for n in numbers]


class Handler:
    """Writes a note, and refuses the poison until it is mended."""

    def __init__(self) -> None:
        self.mended = False

    async def __call__(self, tx: Transaction, fact: Any) -> None:
        await write(tx, fact)
        if fact.number >= POISON and not self.mended:
            raise ValueError(fact.note)


async def by_key(service: Probe, tenant: int) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for key, number in await service.notes(tenant):
        found[key].append(number)
    return dict(found)


async def doubled(service: Probe, tenant: int) -> list[tuple[str, int]]:
    """Effects that there are twice: the check that the inbox must keep empty."""
    notes = await service.notes(tenant)
    return sorted({one for one in notes if notes.count(one) > 1})


async def test_duplicates_in_a_batch_and_after_it_are_done_once(
    service: Probe, tenant: int
) -> None:
    messages = said(tenant, "a", *range(20))
    inbox = service.inbox({Noted: write})
    await inbox.handle([*messages, *messages])
    await inbox.handle(messages[5:])
    await asyncio.gather(*(inbox.handle(messages) for _ in range(4)))
    assert await service.notes(tenant) == [("a", n) for n in range(20)]


async def test_two_consumers_with_the_same_messages_do_them_once(
    service: Probe, tenant: int
) -> None:
    messages = said(tenant, "a", *range(50))
    inboxes = [service.inbox({Noted: write}) for _ in range(5)]
    await asyncio.gather(*(inbox.handle(messages) for inbox in inboxes))
    assert await doubled(service, tenant) == []
    assert len(await service.notes(tenant)) == 50


async def test_planted_without_the_claim_the_effect_doubles_and_is_noticed(
    service: Probe, tenant: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def claims_all(_inbox: Inbox, _tx: Transaction, group: list[Envelope]) -> set[str]:
        return {one.event_id for one in group}

    monkeypatch.setattr(Inbox, "_claim", claims_all)
    messages = said(tenant, "a", 1, 2)
    inbox = service.inbox({Noted: write})
    await inbox.handle(messages)
    await inbox.handle(messages)
    assert await doubled(service, tenant) == [("a", 1), ("a", 2)]


async def test_a_poison_parks_its_key_alone_and_later_ones_wait_in_order(
    service: Probe, tenant: int
) -> None:
    bad = said(tenant, "bad", 1, POISON, 2)
    good = said(tenant, "good", 1, 2)
    later = said(tenant, "bad", 3)
    inbox = service.inbox({Noted: Handler()})
    await inbox.handle([bad[0], good[0], bad[1], bad[2], good[1]])
    await inbox.handle(later)
    assert await by_key(service, tenant) == {"bad": [1], "good": [1, 2]}
    waiting = [bad[1], bad[2], later[0]]
    assert await service.parked(tenant) == [("bad", m.event_id) for m in waiting]
    rows = await service.rows("select error, payload from parked where tenant_id = $1", tenant)
    assert [row["error"] for row in rows] == ["ValueError", None, None]
    assert all(row["payload"].startswith("sealed:") for row in rows)


async def test_poison_among_many_costs_the_others_no_transaction_of_their_own(
    service: Probe, tenant: int
) -> None:
    handler, begun = Handler(), 0
    inbox = service.inbox({Noted: handler})
    begin = inbox._begin

    @asynccontextmanager
    async def counted(tenant_id: int) -> AsyncIterator[Transaction]:
        nonlocal begun
        begun += 1
        async with begin(tenant_id) as tx:
            yield tx

    inbox._begin = counted
    keys = [f"k{n}" for n in range(150)]
    bad = keys[7::40]
    batch = [one for key in keys for one in said(tenant, key, POISON if key in bad else 1)]
    await inbox.handle(batch)
    assert begun == 2
    await inbox.handle(said(tenant, "bad later", POISON))
    await inbox.handle(said(tenant, "good later", 1))
    assert begun == 4
    assert (await by_key(service, tenant)).keys() == {*keys, "good later"} - {*bad}
    assert {key for key, _ in await service.parked(tenant)} == {*bad, "bad later"}


@pytest.mark.parametrize("state", ["55P03", "25P03"])
async def test_what_the_server_would_not_wait_for_any_longer_parks_nothing(
    service: Probe, tenant: int, state: str
) -> None:
    async def waits(tx: Transaction, _fact: Any) -> None:
        await tx.session.execute(text(f"do $$ begin raise sqlstate '{state}'; end $$"))

    with pytest.raises(Outage):
        await service.inbox({Noted: waits}).handle(said(tenant, "k", 1))
    assert await service.parked(tenant) == []


async def test_a_redrive_does_the_key_in_order_with_the_same_ids(
    service: Probe, tenant: int
) -> None:
    handler = Handler()
    inbox = service.inbox({Noted: handler})
    messages = said(tenant, "k", POISON, 1, 2)
    topic = messages[0].topic
    await inbox.handle(messages)
    async with service.begin(tenant) as tx:
        still = await inbox.redrive(tx, topic, "k")
    assert (still.handled, still.still_parked) == (0, True)
    assert await service.notes(tenant) == []
    handler.mended = True
    async with service.begin(tenant) as tx:
        done = await inbox.redrive(tx, topic, "k")
    assert (done.handled, done.still_parked) == (3, False)
    await inbox.handle(messages)
    assert await service.notes(tenant) == [("k", POISON), ("k", 1), ("k", 2)]
    assert await service.parked(tenant) == []


async def test_a_redrive_that_meets_another_poison_keeps_what_it_did_before_it(
    service: Probe, tenant: int
) -> None:
    handler = Handler()
    inbox = service.inbox({Noted: handler})
    messages = said(tenant, "k", POISON, 1, POISON + 1, 2)
    await inbox.handle(messages)

    async def only_the_first(tx: Transaction, fact: Any) -> None:
        handler.mended = fact.number == POISON
        await handler(tx, fact)

    async with service.begin(tenant) as tx:
        outcome = await service.inbox({Noted: only_the_first}).redrive(tx, messages[0].topic, "k")
    assert (outcome.handled, outcome.still_parked) == (2, True)
    assert await service.notes(tenant) == [("k", POISON), ("k", 1)]
    assert [m for _, m in await service.parked(tenant)] == [m.event_id for m in messages[2:]]


async def test_what_comes_while_its_key_is_redriven_waits_for_nobody_afterwards(
    service: Probe, tenant: int
) -> None:
    handler = Handler()
    inbox = service.inbox({Noted: handler})
    first, second = said(tenant, "k", POISON, 1)
    await inbox.handle([first])
    handler.mended = True
    async with service.begin(tenant) as tx:
        await inbox.redrive(tx, first.topic, "k")
        arriving = asyncio.create_task(inbox.handle([second]))
        await until(lambda: _waits_for_a_lock(service))
    await arriving
    assert await service.parked(tenant) == []
    assert await service.notes(tenant) == [("k", POISON), ("k", 1)]


async def test_a_value_that_postgres_cannot_take_is_parked_and_not_waited_for(
    service: Probe, tenant: int
) -> None:
    async def too_wide(tx: Transaction, fact: Any) -> None:
        row = {"tenant_id": tx.tenant_id, "key": fact.note, "number": fact.number * 2**40}
        await tx.session.execute(note.insert().values(row))

    async def half_a_letter(tx: Transaction, fact: Any) -> None:
        row = {"tenant_id": tx.tenant_id, "key": "\ud800", "number": 1}
        await tx.session.execute(note.insert().values(row))

    for handler, key in ((too_wide, "wide"), (half_a_letter, "half")):
        await service.inbox({Noted: handler}).handle(said(tenant, key, 1))
    assert [key for key, _ in await service.parked(tenant)] == ["wide", "half"]


async def test_a_message_that_is_no_json_parks_and_names_no_value(
    service: Probe, tenant: int
) -> None:
    (good,) = said(tenant, "k", 1)
    wrong = Envelope(**vars(good) | {"payload": '{"note": "k", "number": "segredo"}'})
    broken = Envelope(**vars(good) | {"payload": "{", "key": "j", "event_id": str(uuid4())})
    await service.inbox({Noted: write}).handle([wrong, broken])
    rows = await service.rows("select error from parked where tenant_id = $1 order by seq", tenant)
    assert [row["error"] for row in rows] == ["ValidationError: number", "JSONDecodeError"]


async def test_an_erased_persons_message_is_done_without_effect(
    service: Probe, tenant: int
) -> None:
    heard: list[str] = []

    async def listen(_tx: Transaction, fact: Any) -> None:
        heard.append(fact.words)

    event = Said(tenant_id=tenant, person_id="p-1", words="Asma")
    await service.record(tenant, [event])
    (row,) = await service.rows("select payload from outbox where tenant_id = $1", tenant)
    message = Envelope(**vars(envelope(event)) | {"payload": row["payload"]})
    await service.inbox({Said: listen}).handle([message])
    assert heard == ["Asma"]
    engine = create_async_engine(service.settings.keyring_eraser_url)
    assert await Eraser(engine).destroy(tenant, "p-1")
    await engine.dispose()
    service.held.keyring.forget(tenant, "p-1")
    again = Envelope(**vars(message) | {"event_id": str(uuid4())})
    await service.inbox({Said: listen}).handle([again])
    assert heard == ["Asma"]
    assert await service.parked(tenant) == []
    done = await service.rows("select 1 from inbox where event_id = $1", again.event_id)
    assert len(done) == 1


async def test_a_fact_whose_key_the_keyring_lost_parks_and_is_done_once_the_key_is_back(
    service: Probe, tenant: int
) -> None:
    heard: list[str] = []

    async def listen(_tx: Transaction, fact: Any) -> None:
        heard.append(fact.words)

    event = Said(tenant_id=tenant, person_id="p-1", words="Asma")
    await service.record(tenant, [event])
    (row,) = await service.rows("select payload from outbox where tenant_id = $1", tenant)
    message = Envelope(**vars(envelope(event)) | {"payload": row["payload"]})
    inbox = service.inbox({Said: listen})
    async with _restored_to_before(service, tenant, "p-1"):
        await inbox.handle([message])
        assert await service.parked(tenant) == [(message.key, message.event_id)]
        found = await service.rows("select error from parked where tenant_id = $1", tenant)
        assert found[0]["error"] == "KeyMissing"
        assert await service.rows("select 1 from inbox where event_id = $1", str(event.id)) == []
    async with service.begin(tenant) as tx:
        outcome = await inbox.redrive(tx, message.topic, message.key)
    assert (outcome.handled, outcome.still_parked, heard) == (1, False, ["Asma"])


@asynccontextmanager
async def _restored_to_before(service: Probe, tenant: int, person_id: str) -> AsyncIterator[None]:
    """Within it the keyring is one of an earlier time, which knows nothing of the person."""
    engine = create_async_engine(service.owner_of_keys)
    which = {"tenant": tenant, "person": person_id}
    theirs = "from person_key where tenant_id = :tenant and person_id = :person"
    async with engine.begin() as keys:
        await keys.execute(text(f"create table kept as select * {theirs}"), which)
        await keys.execute(text(f"delete {theirs}"), which)
    service.held.keyring.forget(tenant, person_id)
    yield
    async with engine.begin() as keys:
        await keys.execute(text("insert into person_key select * from kept"))
        await keys.execute(text("drop table kept"))
    await engine.dispose()


async def test_keys_in_another_order_give_the_same_state(service: Probe, tenant: int) -> None:
    keys = [f"k{n}" for n in range(10)]
    orders = []
    for shift in (0, 1):
        messages = {key: said(tenant + shift, key, *range(10)) for key in keys}
        await service.inbox({Noted: write}).handle(_shuffled(messages, seed=shift))
        orders.append(await by_key(service, tenant + shift))
    assert orders[0] == orders[1] == {key: list(range(10)) for key in keys}


async def test_an_outage_of_the_database_parks_nothing_and_loses_nothing(
    service: Probe, bus: Bus, way: Way, tenant: int
) -> None:
    fact = on_topic(Noted, fresh())
    await bus.create(fact.topic)
    settings = service.settings.model_copy(update={"kafka_servers": bus.servers})
    stopping = asyncio.Event()
    inbox = service.inbox({fact: write})
    facts = [fact(tenant_id=tenant, note=f"k{n % 7}", number=n) for n in range(700)]
    async with relaying(settings), asyncio.TaskGroup() as group:
        group.create_task(consume(settings, fresh(), [fact.topic], inbox.handle, stopping))
        await service.record(tenant, facts[:100])
        await until(lambda: _at_least(service, tenant, 1), seconds=180)
        backends = "select pg_terminate_backend(pid) from pg_stat_activity where usename = $1"
        await service.rows(backends, "probe_app")
        await until(lambda: _recorded(service, tenant, facts[100:400]))
        await way.cut()
        await until(lambda: _refused(service, tenant))
        await way.join()
        await until(lambda: _recorded(service, tenant, facts[400:]))
        await until(lambda: _at_least(service, tenant, 700), seconds=180)
        stopping.set()
    # Connections that broke unused must not meet the next test.
    await service.held.engine.dispose()
    assert await service.parked(tenant) == []
    assert await doubled(service, tenant) == []
    assert await by_key(service, tenant) == {f"k{r}": list(range(r, 700, 7)) for r in range(7)}


async def test_a_message_without_tenant_or_type_stops_nobody(service: Probe, tenant: int) -> None:
    good, nobody, untyped = said(tenant, "k", 1, 2, 3)
    messages = [
        Envelope(**vars(nobody) | {"tenant_id": 0}),
        Envelope(**vars(untyped) | {"type": ""}),
        good,
    ]
    await service.inbox({Noted: write}).handle(messages)
    assert await service.notes(tenant) == [("k", 1)]


def _shuffled(messages: dict[str, list[Envelope]], seed: int) -> list[Envelope]:
    """All of them, keys mixed at random, each key in its own order."""
    queues = {key: list(waiting) for key, waiting in messages.items()}
    turns = [key for key, waiting in queues.items() for _ in waiting]
    random.Random(seed).shuffle(turns)  # noqa: S311 (no secret)
    return [queues[key].pop(0) for key in turns]


async def _recorded(service: Probe, tenant: int, facts: list[Noted]) -> bool:
    """Once the way is free again; a second try repeats the ids."""
    try:
        await service.record(tenant, facts)
    except (DBAPIError, OSError):
        return False
    return True


async def _refused(service: Probe, tenant: int) -> bool:
    return not await _recorded(service, tenant, [])


async def _at_least(service: Probe, tenant: int, count: int) -> bool:
    return len(await service.notes(tenant)) >= count


async def _waits_for_a_lock(service: Probe) -> bool:
    waiting = await service.rows("select 1 from pg_locks where not granted")
    return bool(waiting)
