"""P8: what the chain adds to a transaction that writes an audit entry, and how fast it verifies.

`make bench GOAL=P8`. The transaction is the kit's: a row, a fact in the outbox and an audit entry,
under row-level security. The peer is the same transaction whose entries nobody seals. The chain is
sealed asynchronously, here after every 50 entries, which is dearer than the thousand that a sealer
under load takes at once. CPU is of this process and of Postgres.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from functools import partial

import asyncpg

from kit.audit import seal_chain, verify_chain
from tests.bench.parts import TENANT, server_pid, with_us
from tests.bench.rounds import Figure, conclude, cpu_seconds, in_turn, over
from tests.support.postgres import running
from tests.support.probe import Noted, Probe, probe, write

EACH, BATCH, VERIFICATIONS = 600, 50, 20
PLAIN, CHAINED, BARE = "entry, unsealed", "entry, sealed", "no entry"
Seal = Callable[[], Awaitable[object]]


async def nothing() -> None:
    """Nobody seals."""


async def commands(service: Probe, seal: Seal, *, audited: bool = True) -> int:
    """Transactions one after the other, sealed as they come."""
    for number in range(1, EACH + 1):
        async with service.begin(TENANT) as tx:
            fact = Noted(tenant_id=TENANT, note="n", number=number)
            await write(tx, fact)
            await tx.record(fact)
            if audited:
                await tx.audit("note.written", f"note-{number}", details={"number": number})
        if number % BATCH == 0:
            await seal()
    return EACH


async def verified(connection: asyncpg.Connection, pids: list[int]) -> float:
    """CPU milliseconds per entry of the whole chain, again and again."""
    before, entries = cpu_seconds(pids), 0
    for _ in range(VERIFICATIONS):
        report = await verify_chain(connection, TENANT)
        assert report.holds, report
        assert not report.unsealed, report
        entries += report.entries
    return 1000 * (cpu_seconds(pids) - before) / entries


async def run() -> int:
    """Both transactions in turn, then the chain that they left."""
    with running() as postgres:
        pids = list(with_us(await server_pid(postgres)))
        async with probe(postgres) as plain, probe(postgres) as chained, probe(postgres) as bare:
            sealer = await asyncpg.connect(
                chained.settings.relay_database_url.replace("+asyncpg", "")
            )
            ways = {
                BARE: partial(commands, bare, nothing, audited=False),
                PLAIN: partial(commands, plain, nothing),
                CHAINED: partial(commands, chained, partial(seal_chain, sealer)),
            }
            costs = await in_turn(ways, dict.fromkeys(ways, pids))
            reads = [await verified(sealer, pids) for _ in costs[CHAINED]]
            await sealer.close()
    figures = [
        Figure("chain sealed asynchronously ÷ none", over(costs[CHAINED], costs[PLAIN]), most=1.15),
        Figure("verifying ÷ inserting, entries", over(costs[CHAINED], reads), least=10),
        Figure("an entry at all ÷ none", over(costs[PLAIN], costs[BARE])),
        *(Figure(f"CPU of a transaction, {name}", each, unit="ms") for name, each in costs.items()),
        Figure("CPU of an entry verified", [1000 * one for one in reads], unit="µs"),
    ]
    told = f"{EACH} transactions a round, sealed every {BATCH}; CPU of Python and Postgres"
    return conclude("P8", told, figures, costs | {"verified": reads})


def main() -> int:
    """Says by its exit code whether the goal was met."""
    return asyncio.run(run())


if __name__ == "__main__":
    sys.exit(main())
