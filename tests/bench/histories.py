"""P10: events in the histories of the processes of a told story, as the real Temporal has them.

`make bench GOAL=P10`, on the stack of VINCULO_RUN or the benches' own; told first where it has no
story yet. A human process is one that waits for a person: one per declaration. A cohort run is one
run of the clock of a tenant's CPTs, which hands over to a fresh one. The longest is what counts.
"""

import asyncio
import statistics
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from temporalio.client import Client

from tests.bench.rounds import Figure, conclude
from tests.bench.story import told_stack

HUMAN = {"HealthDeclaration": 60}
COHORT = {"CptEnd": (500, 1_000_000)}


@dataclass(frozen=True)
class Run:
    """One history."""

    process_id: str
    events: int
    size: int


async def runs(address: str) -> Mapping[str, Sequence[Run]]:
    """Every run that the server keeps, open or ended, by its type."""
    client = await Client.connect(address)
    found: dict[str, list[Run]] = defaultdict(list)
    async for one in client.list_workflows():
        handle = client.get_workflow_handle(one.id, run_id=one.run_id)
        told = (await handle.describe()).raw_description.workflow_execution_info
        found[one.workflow_type].append(Run(one.id, told.history_length, told.history_size_bytes))
    return found


def figures(found: Mapping[str, Sequence[Run]]) -> list[Figure]:
    """The longest and the largest of each type against their bounds."""
    judged = []
    for name, most in HUMAN.items():
        events = [one.events for one in found[name]]
        judged.append(
            Figure(f"{name}: longest of {len(events)}", [max(events)], most, unit="events")
        )
        judged.append(Figure(f"{name}: all", events, unit="events"))
    for name, (most, largest) in COHORT.items():
        events = [one.events for one in found[name]]
        sizes = [one.size for one in found[name]]
        judged += [
            Figure(f"{name}: longest of {len(events)} runs", [max(events)], most, unit="events"),
            Figure(f"{name}: largest", [max(sizes)], largest, unit="bytes"),
        ]
    return judged


async def run(address: str) -> int:
    """Reads them all; a type that no bound names is a miss."""
    found = await runs(address)
    unnamed = sorted(set(found) - HUMAN.keys() - COHORT.keys())
    nameless = Figure("types of processes without a bound", [len(unnamed)], most=0, unit="")
    raw = {
        name: sorted(((one.events, one.size, one.process_id) for one in each), reverse=True)
        for name, each in found.items()
    }
    middle = {name: statistics.median(one.events for one in each) for name, each in found.items()}
    told = f"a told story; median events: {middle}"
    return conclude("P10", told, [*figures(found), nameless], raw)


def main() -> int:
    """Says by its exit code whether the goals were met."""
    with told_stack() as told:
        return asyncio.run(run(told["temporal"]["address"]))


if __name__ == "__main__":
    sys.exit(main())
