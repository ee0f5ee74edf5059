"""Temporal's own account of the story: how long histories grew, and that nothing still runs."""

import contextlib
from collections import defaultdict
from typing import Any

from temporalio.client import Client

from deploy.story.attended import unattended
from deploy.story.gate import patiently
from deploy.story.report import Report
from deploy.story.seen import Seen
from deploy.story.world import World

CLEAN, LONGEST = 60, 150
ENDED = ("COMPLETED", "CONTINUED_AS_NEW")
AT_ONCE = ("limpa_", "menor_", "balcao_")
"""Branches that declare nothing and sign on the first day."""
CLOCK = 150
QUERY = "WorkflowId STARTS_WITH '{kind}/{tenant}'"
RUNNING = "WorkflowId STARTS_WITH 'cpt_end/{tenant}' AND ExecutionStatus = 'Running'"
WAKING_SECONDS = 30.0
"""What the last move of the clock woke may take this long to end."""


async def check(world: World, key: dict[str, Any], seen: Seen, report: Report) -> None:
    """Events per process against the budgets; every process has ended."""
    told = world.stack.told["temporal"]
    client = await Client.connect(told["address"], namespace=told["namespace"])
    at_once = {
        seen.members[line["ref"]].declaration_id
        for line in key["people"]
        if line["branch"].startswith(AT_ONCE) and line["ref"] in seen.members
    }
    with contextlib.suppress(TimeoutError):
        await patiently(lambda: _running(client, world), WAKING_SECONDS, "processos")
    longest: dict[str, int] = {}
    running: list[str] = []
    for kind in ("health_declaration", "cpt_end"):
        query = QUERY.format(kind=kind, tenant=world.batch.tenant)
        async for found in client.list_workflows(query):
            if found.id.split("/")[1] != str(world.batch.tenant):
                continue
            name = found.id if kind != "cpt_end" else f"{found.id}/{found.run_id}"
            longest[name] = found.history_length
            if found.status is None or found.status.name not in ENDED:
                running.append(f"{found.id} {found.status}")
    report.check("todo processo terminou", running, f"{len(longest)} processos")
    report.check("nenhum caso aberto ficou sem processo", await unattended(world))
    ours = {name: n for name, n in longest.items() if name.startswith("health_declaration/")}
    clean = {name: n for name, n in ours.items() if name.split("/")[-1] in at_once}
    report.check(
        f"declaração limpa ≤ {CLEAN} eventos",
        [f"{name} {n}" for name, n in clean.items() if n > CLEAN],
        f"{len(clean)} processos, maior {max(clean.values(), default=0)}",
    )
    report.check(
        f"o processo mais longo ≤ {LONGEST} eventos",
        [f"{name} {n}" for name, n in ours.items() if n > LONGEST],
        f"maior {max(ours.values(), default=0)}",
    )
    clocks = {name: n for name, n in longest.items() if name not in ours}
    report.check(
        f"relógio das CPTs ≤ {CLOCK} eventos",
        [f"{name} {n}" for name, n in clocks.items() if n > CLOCK],
        f"maior {max(clocks.values(), default=0)}",
    )
    report.line(f"eventos por processo: {_spread(ours)}")


async def _running(client: Client, world: World) -> str:
    found = client.list_workflows(RUNNING.format(tenant=world.batch.tenant))
    return ", ".join([one.id async for one in found])


def _spread(histories: dict[str, int]) -> str:
    count: defaultdict[int, int] = defaultdict(int)
    for n in histories.values():
        count[n // 10 * 10] += 1
    return ", ".join(f"{low}–{low + 9}: {n}" for low, n in sorted(count.items()))
