"""One service fed once: what its database holds then, and how fast it got there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from deploy.local import postgres
from tests.chaos import bus
from tests.chaos.arena import SECONDS, Arena
from tests.chaos.feed import Message
from tests.chaos.snapshot import keys_of, snapshot
from tests.chaos.state_hash import Told, hash_of, state_lines
from tests.support.bench import until

LOOK_SECONDS = 0.2
LEFT_OUT = (
    "*.seq",
    "outbox.published_at",
    "audit.id",
    "audit.chain_seq",
    "audit.prev",
    "audit.hash",
)
"""Drawn by counters, or by when another process came to it."""
POISONING = (
    "create table chaos_poison (event_id text primary key)",
    "grant select on chaos_poison to public",
    """create function chaos_poison() returns trigger language plpgsql as $$ begin
        if exists (select 1 from chaos_poison where event_id = new.event_id) then
            raise exception 'poison';
        end if;
        return new; end $$""",
    """create trigger chaos_poison before insert on inbox
        for each row execute function chaos_poison()""",
)
NAMED = "insert into chaos_poison select unnest($1::text[])"
MENDED = (
    "drop trigger chaos_poison on inbox",
    "drop function chaos_poison",
    "drop table chaos_poison",
)
PUT_OFF = {
    "contact": (
        """create function chaos_later() returns trigger language plpgsql as $$ begin
            new.due_at := '2100-01-01'; return new; end $$""",
        """create trigger chaos_later before insert on attempt
            for each row execute function chaos_later()""",
    )
}
"""What a service does of its own accord after a fact, put off: its consumers alone are tried."""
INBOX_OFF = ("alter table inbox drop constraint inbox_pkey",)
"""The planted fault: a fact that comes twice is done twice."""
PACE = """
    select array_agg(event_id) as done,
        extract(epoch from max(done_at) - (select min(done_at) from inbox))::float as seconds
    from inbox where event_id = any($1)
"""
NOT_OF_FACTS = ("parked.redriven",)
"""What the audit trail tells of the operator who had parked keys done again."""


@dataclass(frozen=True)
class Feeding:
    """What one service is fed, for whom, and what is done to it."""

    service: str
    topics: tuple[str, ...]
    messages: Sequence[Message]
    tenant: int
    told: Told
    poisoned: frozenset[str] = frozenset()
    inbox_off: bool = False

    @property
    def others(self) -> list[str]:
        """Ids of the facts whose key no poison touches."""
        touched = {m.place for m in self.messages if m.id in self.poisoned}
        return sorted({m.id for m in self.messages if m.place not in touched})


@dataclass(frozen=True)
class Fed:
    """What came of it."""

    hashes: dict[str, str]
    rows: dict[str, list[str]]
    taken: int
    """Deliveries of keys that no poison touches."""
    seconds: float
    done: frozenset[str]
    """Ids of the facts that concerned the service and touched no poisoned key."""
    parked: int = 0
    stuck: tuple[str, ...] = ()


async def feed(arena: Arena, feeding: Feeding, token: str) -> Fed:
    """From an empty database to the last fact, parked keys done again."""
    service, servers = feeding.service, arena.world.bootstrap
    await arena.fresh(service)
    await _prepare(arena, feeding)
    await bus.put(servers, feeding.messages)
    async with arena.worker(service):
        await until(lambda: bus.read_all(servers, service, feeding.topics), SECONDS, LOOK_SECONDS)
    pace = (await arena.rows(service, PACE, feeding.others))[0]
    if feeding.poisoned:
        await arena.run(service, *MENDED)
    parked = len(await arena.rows(service, "select 1 from parked"))
    stuck = await _redrive(arena, service, token) if parked else ()
    hashes, rows = await _state(arena, feeding)
    done = frozenset(pace["done"])
    taken = sum(message.id in done for message in feeding.messages)
    return Fed(hashes, rows, taken, pace["seconds"], done, parked, stuck)


async def _prepare(arena: Arena, feeding: Feeding) -> None:
    if feeding.service in PUT_OFF:
        await arena.run(feeding.service, *PUT_OFF[feeding.service])
    if feeding.inbox_off:
        await arena.run(feeding.service, *INBOX_OFF)
    if feeding.poisoned:
        await arena.run(feeding.service, *POISONING)
        await arena.rows(feeding.service, NAMED, sorted(feeding.poisoned))


async def _redrive(arena: Arena, service: str, token: str) -> tuple[str, ...]:
    """Has every parked key done again, as an operator would; those that still cannot be."""
    stuck: list[str] = []
    async with arena.app(service) as client:
        client.headers["Authorization"] = f"Bearer {token}"
        while keys := (await _asked(client, "GET", "/ops/parked?limit=100"))["items"]:
            for one in keys:
                asked = {"topic": one["topic"], "key": one["key"]}
                if (await _asked(client, "POST", "/ops/parked/redrive", asked))["still_parked"]:
                    stuck.append(f"{one['topic']}/{one['key']}: {one['first_error']}")
            if stuck:
                break
    return tuple(stuck)


async def _asked(client: httpx.AsyncClient, method: str, path: str, body: object = None) -> Any:
    answer = await client.request(method, path, json=body)
    answer.raise_for_status()
    return answer.json()


async def _state(arena: Arena, feeding: Feeding) -> tuple[dict[str, str], dict[str, list[str]]]:
    world = arena.world
    keyring = postgres.admin_dsn(world, "keyring")
    keys = await keys_of(keyring, feeding.tenant, world.vault.kek_file().read_text())
    held = dict(await snapshot(postgres.admin_dsn(world, feeding.service), keys))
    held["audit"] = [row for row in held["audit"] if row["action"] not in NOT_OF_FACTS]
    lines = state_lines(held, feeding.told, LEFT_OUT)
    return {table: hash_of(ours) for table, ours in lines.items()}, lines
