"""P10: events in the histories of the processes of a told story, as the real Temporal has them.

`make bench GOAL=P10`, on the stack of VINCULO_RUN or the benches' own; told first where it has no
story yet. A human process is one that waits for a person: one per declaration. A cohort run is one
run of the clock of a tenant's CPTs, which hands over to a fresh one. The longest is what counts.

A story moves its operator's clock, and every open process hears of it. What a process did nothing
about (a signal and the task that read it) no production has, so the goal is judged without it; what
it did then, it would have done when its timer fired, in as many events. The whole is told too.
"""

import asyncio
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client

from tests.bench.rounds import Figure, conclude
from tests.bench.story import told_stack

HUMAN = {"HealthDeclaration": 60}
COHORT = {"CptEnd": (500, 1_000_000)}
CLOCK = "clock_moved"
SIGNALLED = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
DONE = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED


@dataclass(frozen=True)
class Run:
    """One history."""

    process_id: str
    events: int
    size: int
    moves: int
    """Events of moves of the clock that changed nothing."""

    @property
    def own(self) -> int:
        """Events that production would have."""
        return self.events - self.moves


async def runs(address: str) -> Mapping[str, Sequence[Run]]:
    """Every run that the server keeps, open or ended, by its type."""
    client = await Client.connect(address)
    found: dict[str, list[Run]] = defaultdict(list)
    async for one in client.list_workflows():
        handle = client.get_workflow_handle(one.id, run_id=one.run_id)
        told = (await handle.describe()).raw_description.workflow_execution_info
        events = (await handle.fetch_history()).events
        size, moves = told.history_size_bytes, idle_moves(events)
        found[one.workflow_type].append(Run(one.id, len(events), size, moves))
    return found


def idle_moves(events: Sequence[HistoryEvent]) -> int:
    """Events of the signals of the sandbox's clock, and their tasks, that no command followed."""
    turns: list[list[HistoryEvent]] = [[]]
    for event in events:
        if event.event_type == SIGNALLED and any(one.event_type == DONE for one in turns[-1]):
            turns.append([])
        turns[-1].append(event)
    return sum(len(turn) for turn in turns[1:] if _idle(turn))


def _idle(turn: Sequence[HistoryEvent]) -> bool:
    names = {
        event.workflow_execution_signaled_event_attributes.signal_name
        for event in turn
        if event.event_type == SIGNALLED
    }
    return names == {CLOCK} and turn[-1].event_type == DONE


def figures(found: Mapping[str, Sequence[Run]]) -> list[Figure]:
    """The longest and the largest of each type against their bounds."""
    judged = []
    for name, most in HUMAN.items():
        own, whole = [one.own for one in found[name]], [one.events for one in found[name]]
        judged += [
            Figure(f"{name}: longest of {len(own)}", [max(own)], most, unit="events"),
            Figure(f"{name}: all", own, unit="events"),
            Figure(f"{name}: all, with the story's clock", whole, unit="events"),
        ]
    for name, (most, largest) in COHORT.items():
        events = [one.events for one in found[name]]
        sizes = [one.size for one in found[name]]
        judged += [
            Figure(f"{name}: longest of {len(events)} runs", [max(events)], most, unit="events"),
            Figure(f"{name}: largest run", [max(sizes)], largest, unit="bytes"),
        ]
    return judged


async def run(address: str) -> int:
    """Reads them all; a type that no bound names is a miss."""
    found = await runs(address)
    unnamed = sorted(set(found) - HUMAN.keys() - COHORT.keys())
    nameless = Figure("types of processes without a bound", [len(unnamed)], most=0, unit="")
    raw = {
        name: sorted(
            ((one.own, one.events, one.size, one.process_id) for one in each), reverse=True
        )
        for name, each in found.items()
    }
    return conclude("P10", "every process of a told story", [*figures(found), nameless], raw)


def main() -> int:
    """Says by its exit code whether the goals were met."""
    with told_stack() as told:
        return asyncio.run(run(told["temporal"]["address"]))


if __name__ == "__main__":
    sys.exit(main())
