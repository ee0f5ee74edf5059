"""R2: every consumer fed everything twice, keys out of order and poison: the same state.

The consumers are the live groups. Each service's worker is started as the stack starts it, over an
empty database and broker, and fed what its group has read: as it came, and disturbed.
"""

import asyncio
import json
import os
import statistics
import time
from collections.abc import Sequence, Set
from dataclasses import dataclass

from aiokafka.admin import AIOKafkaAdminClient

from contracts.topics import TOPICS
from deploy.story import telling
from deploy.story.report import Report
from deploy.story.stack import Stack, open_stack
from tests.chaos import disturbance
from tests.chaos.disturbance import Draw, Message
from tests.chaos.local_columns import LOCAL
from tests.chaos.replay import Service, broker, fed, handled, history, made, until
from tests.chaos.state_hash import Tables, differing, state_hash

ROUNDS = 3
LEAST = 0.9


@dataclass(frozen=True)
class Feed:
    """What is written, and which facts the trap refuses."""

    messages: list[Message]
    refused: Sequence[str] = ()
    planted: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Ended:
    """A replay at its end: its rows, how long the whole queue took, what parked and what stayed."""

    tables: Tables
    seconds: float
    parked: int = 0
    left: frozenset[str] = frozenset()


def main() -> int:
    """0 when every consumer came to the same state and the other keys kept their pace."""
    seed = int(os.environ.get("SEED", "0")) or int(time.time())
    return asyncio.run(_run(open_stack(), seed, Report()))


async def _run(stack: Stack, seed: int, report: Report) -> int:
    if not (stack.run / "story" / "last").exists():
        await telling.tell(stack, seed)
    tokens = json.loads((stack.last() / "tokens.json").read_text(encoding="utf-8"))
    tenant = stack.last().name
    folder = stack.run / "chaos" / f"deliveries-{seed}"
    folder.mkdir(parents=True, exist_ok=True)
    report.say(f"SEED={seed} · operadora {tenant} · {folder}")
    report.line(f"fora do resumo: {', '.join(LOCAL)}")
    ours = {name for topic in TOPICS for name in topic.consumers}
    for group in await _groups(stack):
        if group not in ours:
            report.line(f"{group}: de um parceiro, não é nosso")
        elif group not in stack.told["postgres"]:
            report.check(group, ["consumidor sem banco de dados: não foi alimentado"])
        else:
            told = [
                m for m in await history(stack.kafka, group) if m.header("ce_tenantid") == tenant
            ]
            service = Service(stack, group, folder)
            await _compare(service, told, tokens["integracao"], seed, report)
    return int(bool(report.failed))


async def _compare(
    service: Service, told: list[Message], token: str, seed: int, report: Report
) -> None:
    report.say(f"{service.name}: {len(told)} mensagens")
    await service.prepare()
    plain = Feed(told)
    clean, other = [await _replay(service, plain, token) for _ in range(2)]
    heard = {row["event_id"] for row in clean.tables["inbox"]}
    twice, poisoned = disturbed(told, heard, seed)
    report.check(f"{service.name}: o mesmo, limpo, duas vezes", _apart(clean, other))
    rounds = [
        (await _replay(service, twice, token), await _replay(service, poisoned, token))
        for _ in range(ROUNDS)
    ]
    hashed = state_hash(clean.tables, LOCAL)[:16]
    for number, (without, bad) in enumerate(rounds, 1):
        told_twice = f"tudo em dobro, 30 % fora de ordem, rodada {number}"
        report.check(f"{service.name}: {told_twice}", _apart(clean, without), hashed)
        with_poison = f"e {len(poisoned.planted) + len(poisoned.refused)} venenos"
        report.check(
            f"{service.name}: {with_poison}", _apart(clean, bad), f"{bad.parked} em espera"
        )
        report.check(
            f"{service.name}: só o ilegível ficou", bad.left ^ clean.left ^ poisoned.planted
        )
    kept = [without.seconds / bad.seconds for without, bad in rounds]
    figures = f"{statistics.median(kept):.2f}× [{min(kept):.2f}, {max(kept):.2f}], meta {LEAST}×"
    spent = " ".join(f"{a.seconds:.2f}/{b.seconds:.2f}" for a, b in rounds)
    slow = [f"segundos sem e com veneno: {spent}"] if statistics.median(kept) < LEAST else []
    report.check(f"{service.name}: as outras chaves mantêm o seu passo", slow, figures)


def _apart(clean: Ended, other: Ended) -> list[str]:
    if state_hash(clean.tables, LOCAL) == state_hash(other.tables, LOCAL):
        return []
    return differing(clean.tables, other.tables, LOCAL)


async def _replay(service: Service, feed: Feed, token: str) -> Ended:
    await service.renew()
    await service.asked("insert into planted select unnest($1::text[])", feed.refused)
    async with broker(service.folder / "broker.log") as servers:
        await made(servers)
        await fed(servers, feed.messages)
        async with handled(servers, service.name) as done, service.worker(servers):
            await until(done, f"{service.name}: fila")
            last = time.time()
            first = await service.asked("select extract(epoch from min(done_at)) from inbox")
            parked = await service.asked("select count(*) from parked")
            if parked:
                await _redriven(service, servers, token, feed)
            await until(lambda: _published(service), f"{service.name}: fatos publicados")
        tables = await service.tables()
    # That somebody drove a key again is told, as it must be.
    tables["audit"] = [row for row in tables["audit"] if row["action"] != "parked.redriven"]
    left = frozenset(row["event_id"] for row in tables.pop("parked"))
    return Ended(tables, last - float(first), parked, left)


async def _published(service: Service) -> bool:
    return not await service.asked("select count(*) from outbox where published_at is null")


async def _redriven(service: Service, servers: str, token: str, feed: Feed) -> None:
    """The fault is mended, and whoever minds integrations has each key done again."""
    await service.asked("truncate planted")
    async with service.api(servers, token) as api:
        answer = await api.get("/ops/parked", params={"limit": 200})
        for one in answer.raise_for_status().json()["items"]:
            body = {"topic": one["topic"], "key": one["key"]}
            (await api.post("/ops/parked/redrive", json=body)).raise_for_status()


async def _groups(stack: Stack) -> list[str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.kafka)
    await admin.start()
    try:
        return sorted({group for group, *_ in await admin.list_consumer_groups()})
    finally:
        await admin.close()


def disturbed(told: Sequence[Message], heard: Set[str], seed: int) -> tuple[Feed, Feed]:
    """The same bad day without its poison and with it; what nobody hears can poison nobody."""
    draw = Draw(seed)
    messages = disturbance.twice(disturbance.reordered(told, draw), draw)
    struck = [message for message in told if message.event_id in heard]
    refused, spoilt = disturbance.refused(struck, draw), disturbance.spoilt(struck, draw)
    whole = disturbance.among(messages, spoilt, draw)
    return Feed(messages), Feed(whole, refused, frozenset(m.event_id for m in spoilt))


if __name__ == "__main__":
    raise SystemExit(main())
