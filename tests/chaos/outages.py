"""R3: the broker, the database, Temporal away, and the broker behind a slow line.

Somebody enrols people all the while, which needs only the database. Each accepted one leads to
one declaration, one process and one message with a link; a case is done when its process
started, and catching up is told by that. SECONDS= shortens each outage, RATE= is how many come in a
second.
"""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from deploy.story.gate import patiently
from deploy.story.journal import Journal, read
from deploy.story.report import Report
from deploy.story.stack import Stack
from tests.chaos import catching
from tests.chaos.arrivals import Arrivals
from tests.chaos.frozen import frozen, slowed
from tests.chaos.kept import differing, processes
from tests.support.live import House, house

USUAL_SECONDS, CATCH_SECONDS = 10.0, 300.0


@dataclass(frozen=True)
class Outage:
    """What happens to which part, for how long."""

    name: str
    part: str
    seconds: float
    how: Callable[[Stack, str], AbstractAsyncContextManager[None]] = frozen
    at_once: bool = True
    """Whether an enrolment is accepted meanwhile, without coming again."""


OUTAGES = (
    Outage("broker fora", "kafka", 300),
    Outage("banco fora", "postgres", 60, at_once=False),
    Outage("Temporal fora", "temporal", 60),
    Outage("rede lenta até o broker", "kafka", 60, slowed),
)


def main() -> int:
    """0 when nothing was lost and all was caught up with."""
    # Told to end, it lets the part that stands still go on first.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    report = Report()
    asyncio.run(_run(report))
    return int(bool(report.failed))


async def _run(report: Report) -> None:
    async with house() as opened:
        file = opened.world.stack.folder(opened.tenant) / "accepted.jsonl"
        journal = Journal(file)
        arrivals = Arrivals(opened, journal, float(os.environ.get("RATE", "1")))
        coming = asyncio.create_task(arrivals.run())
        await asyncio.sleep(USUAL_SECONDS)
        for outage in OUTAGES:
            await _suffer(opened, arrivals, outage, report)
        arrivals.end()
        await coming
        journal.close()
        accepted = [one.about for one in read(file)]
        report.title(f"Ao todo: {len(accepted)} aceitas, em {file}")

        wrong: list[str] = []

        async def left() -> str:
            await opened.world.mailbox.look()
            started = await processes(opened.world)
            wrong[:] = differing(opened.world, started, accepted, arrivals.phones)
            return f"{len(wrong)} por conferir" if wrong else ""

        try:
            await patiently(left, CATCH_SECONDS, "contatos", report.say)
        except TimeoutError as late:
            report.say(str(late))
        report.check("cada aceita é um caso, um processo e uma mensagem, nunca dois", wrong)


async def _suffer(opened: House, arrivals: Arrivals, outage: Outage, report: Report) -> None:
    seconds = float(os.environ.get("SECONDS", outage.seconds))
    began = len(arrivals.came)
    async with outage.how(opened.world.stack, outage.part):
        await asyncio.sleep(seconds)
    back, last = time.time(), len(arrivals.came)
    caught: catching.Catch | None = None

    async def left() -> str:
        nonlocal caught
        done = (await processes(opened.world)).values()
        caught = catching.caught_up(arrivals.came, sorted(done), back)
        return "" if caught else "atrasadas"

    try:
        await patiently(left, CATCH_SECONDS + seconds, outage.name)
    except TimeoutError as late:
        report.say(str(late))
    first = arrivals.first[began:last]
    share = sum(first) / len(first)
    told = f"{seconds:.0f} s, {len(first)} pedidos, aceitos à primeira {share:.2%}"
    if caught:
        told += f"; {caught.waiting} atrasados, em dia em {caught.seconds:.1f} s"
        told += f" a {caught.rate:.1f}/s = {caught.rate / arrivals.rate:.1f}× a chegada"
    # Whoever is not accepted at once is in the end, or the arrivals never end.
    wrong = catching.faults(share if outage.at_once else 1.0, caught, arrivals.rate)
    report.check(outage.name, wrong, told)
