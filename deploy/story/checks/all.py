"""Every check of the story, in the order it is printed."""

from statistics import quantiles
from typing import Any

from deploy.story.checks import contacts, erp, facts, outcomes, people, processes
from deploy.story.mailbox import Mailbox
from deploy.story.report import Report
from deploy.story.seen import Seen
from deploy.story.world import World


async def check(
    world: World, mailbox: Mailbox, key: dict[str, Any], seen: Seen, report: Report
) -> None:
    """Prints each; what failed is left in the report."""
    report.title("Conferências")
    await outcomes.check(world, key, seen, report)
    await facts.check(world, seen, report)
    await contacts.check(world, mailbox, seen, report)
    await erp.check(world, key, seen, report)
    await processes.check(world, key, seen, report)
    await people.quiet_house(world, report)
    await people.timeline(world, key, seen, report)
    await people.trace(world, seen, report)
    if len(seen.latencies) > 1:
        spread = quantiles(seen.latencies, n=20)
        told = f"mediana {spread[9]:.2f} s, p95 {spread[18]:.2f} s"
        report.line(f"assinatura → liberada ouvida no Kafka, sem gente: {told}")
