"""Temporal's own account of the story: how long histories grew, and that nothing still runs."""

from collections import defaultdict

from temporalio.client import Client

from deploy.story.report import Report
from deploy.story.seen import Seen
from deploy.story.world import World

CLEAN, LONGEST = 60, 150
CLOCK = 500
QUERY = "WorkflowId STARTS_WITH '{kind}/{tenant}'"


async def check(world: World, seen: Seen, report: Report) -> None:
    """Events per process against the budgets; every process has ended."""
    told = world.stack.told["temporal"]
    client = await Client.connect(told["address"], namespace=told["namespace"])
    straight = {m.declaration_id for m in seen.members.values() if m.straight}
    longest: dict[str, int] = {}
    running: list[str] = []
    for kind in ("health_declaration", "cpt_end"):
        query = QUERY.format(kind=kind, tenant=world.batch.tenant)
        async for found in client.list_workflows(query):
            if found.id.split("/")[1] != str(world.batch.tenant):
                continue
            longest[found.id] = found.history_length
            if found.status is None or found.status.name != "COMPLETED":
                running.append(f"{found.id} {found.status}")
    report.check("todo processo terminou", running, f"{len(longest)} processos")
    ours = {name: n for name, n in longest.items() if name.startswith("health_declaration/")}
    clean = {name: n for name, n in ours.items() if name.split("/")[-1] in straight}
    crowd = _first_day(clean)
    report.check(
        f"declaração limpa ≤ {CLEAN} eventos",
        [f"{name} {n}" for name, n in crowd.items() if n > CLEAN],
        f"maior {max(crowd.values(), default=0)}",
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


def _first_day(clean: dict[str, int]) -> dict[str, int]:
    """Half of them and more: those whom no jump of days reached; the rest waited on purpose."""
    ordered = sorted(clean.items(), key=lambda one: one[1])
    return dict(ordered[: max(1, len(ordered) * 9 // 10)])


def _spread(histories: dict[str, int]) -> str:
    count: defaultdict[int, int] = defaultdict(int)
    for n in histories.values():
        count[n // 10 * 10] += 1
    return ", ".join(f"{low}–{low + 9}: {n}" for low, n in sorted(count.items()))
