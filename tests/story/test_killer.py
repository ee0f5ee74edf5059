"""Who kills waits for the return of each victim, and for work; people wait for who kills."""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast

import pytest

from deploy.story import kills
from deploy.story.attended import suspects
from deploy.story.gate import Gate, patiently
from deploy.story.kills import Killer
from deploy.story.quiet import Quiet
from deploy.story.report import Report
from deploy.story.world import World

NAMES = ("contact.app", "contact.worker", "kafka")


def first_pids() -> dict[str, int | None]:
    return {name: pid for pid, name in enumerate(NAMES, 1)}


@dataclass
class Stack:
    """Dies at once, is down for a while, and serves again only later, as another process."""

    pids: dict[str, int | None] = field(
        default_factory=lambda: dict(zip(NAMES, (1, 2, 3), strict=True))
    )
    down: set[str] = field(default_factory=set)
    heard: list[tuple[str, frozenset[str]]] = field(default_factory=list)
    looks: int = 0
    since: int = 0

    @property
    def ready(self) -> dict[str, int]:
        """Each look brings a victim nearer to its return: death, new pid, then ready."""
        self.looks += 1
        self.since += 1
        if self.since == 3:
            self.pids |= dict.fromkeys(self.down, 1000 + self.looks)
        elif self.since == 6:
            self.down.clear()
        return {
            name: pid
            for name, pid in self.pids.items()
            if pid is not None and name not in self.down
        }

    def kill(self, pid: int, number: int) -> None:
        assert number == signal.SIGKILL
        name = next(name for name, one in self.pids.items() if one == pid)
        self.heard.append((name, frozenset(self.down)))
        self.pids[name] = None
        self.down.add(name)
        self.since = 0


@dataclass
class Wire:
    open: int = 1


@dataclass
class Place:
    """The little of the world that a killer looks at."""

    stack: Stack = field(default_factory=Stack)
    wire: Wire = field(default_factory=Wire)
    gate: Gate = field(default_factory=lambda: Gate(datetime.now(UTC)))


class NoFacts:
    async def unpublished(self) -> int:
        return 0


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Place:
    here = Place()
    monkeypatch.setattr(kills, "BREATH_SECONDS", 0.0)
    monkeypatch.setattr(kills, "LOOK_SECONDS", 0.001)
    monkeypatch.setattr("deploy.story.gate.LOOK_SECONDS", 0.001)
    monkeypatch.setattr(os, "kill", here.stack.kill)
    return here


def killer(place: Place) -> Killer:
    return Killer(cast(World, place), cast(Quiet, NoFacts()), Report(), NAMES)


@contextmanager
def at_work(place: Place) -> Iterator[None]:
    with place.gate.work("alguém"):
        yield


async def test_the_next_victim_falls_only_once_the_last_one_serves_again(place: Place) -> None:
    one = killer(place)
    with at_work(place):
        async with asyncio.timeout(10):
            await one.run(asyncio.Event())
    assert sorted(name for name, _ in place.stack.heard) == sorted(NAMES)
    assert {down for _, down in place.stack.heard} == {frozenset()}, "two were down together"
    assert one.spared() == []


async def test_who_is_down_already_waits_its_turn(place: Place) -> None:
    place.stack.pids["contact.app"] = None
    place.stack.down.add("contact.app")
    with at_work(place):
        async with asyncio.timeout(10):
            await killer(place).run(asyncio.Event())
    assert {down for _, down in place.stack.heard} == {frozenset()}


async def test_who_does_not_come_back_is_told(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kills, "RETURN_SECONDS", 0.0)
    over = asyncio.Event()
    one = killer(place)
    with at_work(place):
        async with asyncio.timeout(10):
            await one.run(over)
    assert any("não voltou" in line for line in one.spared())


async def test_nobody_is_killed_while_no_work_is_in_flight(place: Place) -> None:
    one, over = killer(place), asyncio.Event()
    running = asyncio.create_task(one.run(over))
    looks = place.stack.looks

    async def few() -> str:
        return "" if place.stack.looks >= looks + 20 else "few looks"

    await patiently(few, 10.0, "looks")
    over.set()
    await running
    assert place.stack.heard == []
    assert sorted(one.spared()) == sorted(NAMES)


async def test_people_come_in_as_victims_fall_and_all_of_them_once_nobody_is_left(
    place: Place,
) -> None:
    one = killer(place)
    came: list[int] = []

    async def person(number: int) -> None:
        await one.turn(number, 6)
        came.append(number)

    with at_work(place):
        people = [asyncio.create_task(person(number)) for number in range(6)]
        await asyncio.wait(people, timeout=0.1)
        assert came == [0], "the others wait for a victim"
        async with asyncio.timeout(10):
            await one.run(asyncio.Event())
            await asyncio.gather(*people)
    assert came == list(range(6))


async def test_nobody_comes_in_while_a_victim_is_down(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    back, over = asyncio.Event(), asyncio.Event()

    async def later(_killer: Killer, _name: str, _pid: int) -> bool:
        return await back.wait()

    async def fallen() -> str:
        return "" if place.stack.heard else "nobody fell"

    monkeypatch.setattr(Killer, "_back", later)
    one = killer(place)
    with at_work(place):
        killing = asyncio.create_task(one.run(over))
        await patiently(fallen, 10.0, "a victim")
    next_one = asyncio.create_task(one.turn(1, 3))
    await asyncio.wait([next_one], timeout=0.1)
    assert not next_one.done(), "came in to a house without work for the next victim"
    back.set()
    async with asyncio.timeout(10):
        await next_one
        over.set()
        await killing


async def test_when_those_inside_rest_the_next_one_comes_in_all_the_same(place: Place) -> None:
    one = killer(place)
    async with asyncio.timeout(10):
        for number in range(6):
            await one.turn(number, 6)


def test_planted_fault_an_open_case_without_a_running_process_is_named() -> None:
    cases = [
        {"declaration_id": "a", "stage": "audit"},
        {"declaration_id": "b", "stage": "released"},
        {"declaration_id": "c", "stage": "integrated"},
    ]
    assert suspects(cases, ["hd/7/a"], "hd/7/") == ["b"]
    assert suspects(cases, ["hd/7/a", "hd/7/b"], "hd/7/") == []
