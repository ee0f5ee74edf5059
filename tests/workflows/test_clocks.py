"""Moves of a clock reach every open process of the tenant, however long Temporal is away."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import cast

import pytest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from contracts.sandbox.events import ClockMoved
from workflows import clocks
from workflows.clocks import SWEEPS, Clocks
from workflows.timers import ClockMove

OPEN = ("health_declaration/7/a", "health_declaration/71/b", "cpt_end/7")


def refused(status: RPCStatusCode) -> RPCError:
    return RPCError("refused", status, b"")


@dataclass
class Found:
    """An open process, as Temporal lists it."""

    id: str


@dataclass
class Temporal:
    """Stands in for the client: refuses as told, then obeys."""

    listing: list[RPCError] = field(default_factory=list)
    signalling: dict[str, list[RPCError]] = field(default_factory=dict)
    told: dict[str, ClockMove] = field(default_factory=dict)
    heard: list[tuple[str, int]] = field(default_factory=list)

    async def list_workflows(self, query: str) -> AsyncIterator[Found]:
        if self.listing:
            raise self.listing.pop()
        for one in OPEN:
            if one.startswith(query.split("'")[1]):
                yield Found(one)

    def get_workflow_handle(self, process_id: str) -> "Handle":
        return Handle(self, process_id)


@dataclass
class Handle:
    """One process of it."""

    temporal: Temporal
    process_id: str

    async def signal(self, name: str, move: ClockMove) -> None:
        assert name == "clock_moved"
        if waiting := self.temporal.signalling.get(self.process_id):
            raise waiting.pop()
        self.temporal.told[self.process_id] = move
        self.temporal.heard.append((self.process_id, move.version))


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clocks, "VISIBILITY_LAG_SECONDS", 0.0)
    monkeypatch.setattr(clocks, "AGAIN_SECONDS", 0.0)


async def told(temporal: Temporal) -> dict[str, int]:
    """The version each process heard of once one move was passed on."""
    passing = Clocks(cast(Client, temporal))
    passing.hear(ClockMoved(tenant_id=7, offset_seconds=60, version=3))
    await passing.pass_on()
    return {process_id: heard.version for process_id, heard in temporal.told.items()}


async def test_an_outage_while_processes_are_listed_is_waited_for() -> None:
    temporal = Temporal(listing=[refused(RPCStatusCode.UNAVAILABLE)])
    assert await told(temporal) == {"health_declaration/7/a": 3, "cpt_end/7": 3}


async def test_an_outage_while_a_process_is_told_is_waited_for() -> None:
    lost = {"cpt_end/7": [refused(RPCStatusCode.UNAVAILABLE)] * 3}
    temporal = Temporal(signalling=lost)
    assert await told(temporal) == {"health_declaration/7/a": 3, "cpt_end/7": 3}


async def test_a_process_that_has_ended_keeps_nobody_waiting() -> None:
    ended = {"health_declaration/7/a": [refused(RPCStatusCode.NOT_FOUND)] * 9}
    assert await told(Temporal(signalling=ended)) == {"cpt_end/7": 3}


async def test_of_all_the_moves_read_after_a_restart_only_the_newest_of_a_tenant_is_told() -> None:
    temporal = Temporal()
    passing = Clocks(cast(Client, temporal))
    for version in range(1, 200):
        passing.hear(ClockMoved(tenant_id=7, offset_seconds=60 * version, version=version))
        passing.hear(ClockMoved(tenant_id=71, offset_seconds=60 * version, version=version))
    await passing.pass_on()
    assert sorted(temporal.heard) == sorted((one, 199) for one in OPEN for _ in range(SWEEPS))


async def test_a_process_that_cannot_be_told_keeps_nobody_waiting() -> None:
    broken = {"health_declaration/7/a": [refused(RPCStatusCode.FAILED_PRECONDITION)] * 9}
    assert await told(Temporal(signalling=broken)) == {"cpt_end/7": 3}


async def test_a_list_that_is_refused_for_good_is_not_asked_for_ever() -> None:
    assert await told(Temporal(listing=[refused(RPCStatusCode.INVALID_ARGUMENT)])) != {}
    assert await told(Temporal(listing=[refused(RPCStatusCode.INVALID_ARGUMENT)] * 9)) == {}
