"""What must hold in production at all times: counted every so often, with an alert for each.

Moments are compared with the real clock: where the sandbox moved a tenant's, it is ahead of that.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable
from typing import NamedTuple

from opentelemetry.metrics import get_meter

from kit.logs import logger
from kit.outages import rest

LOOK_SECONDS = 60.0
log = logger("kit.invariants")
_meter = get_meter("kit.invariants")
checked = _meter.create_counter("invariants.checked", description="looks at what must hold")
broken = _meter.create_gauge("invariants.broken", description="cases that break what must hold")
overdue = _meter.create_gauge(
    "deadlines.overdue", description="moments that passed and that nobody acted on"
)


class Finding(NamedTuple):
    """How many cases break one thing that must hold; `overdue` when it is about a moment."""

    kind: str
    overdue: bool
    cases: int


Look = Callable[[], Awaitable[Iterable[Finding]]]


def tell(findings: Iterable[Finding]) -> None:
    """Sets the figures, and says aloud what does not hold."""
    for found in findings:
        (overdue if found.overdue else broken).set(found.cases, {"kind": found.kind})
        if found.cases:
            log.error("what must hold does not", kind=found.kind, cases=found.cases)
        checked.add(1, {"kind": found.kind})


def verdict(findings: Iterable[Finding]) -> int:
    """A line for each, for whoever asked now; 1 when something does not hold."""
    every = list(findings)
    sys.stdout.write("".join(f"{found.kind}: {found.cases}\n" for found in every))
    return int(any(found.cases for found in every))


async def keep_looking(look: Look, stopping: asyncio.Event, seconds: float = LOOK_SECONDS) -> None:
    """Until told to stop. An outage ends it: whoever started it starts it again."""
    while not stopping.is_set():
        tell(await look())
        await rest(stopping, seconds)
