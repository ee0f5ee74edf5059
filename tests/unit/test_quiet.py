"""The clock moved only when every process that runs says so, each asked by its name."""

from collections.abc import Iterator
from itertools import cycle
from types import SimpleNamespace
from typing import Any, cast

import pytest

from deploy.story.quiet import Quiet, instances
from deploy.story.world import World

WORKERS = {"registry.worker": "http://w/registry", "workflows.listener": "http://w/listener"}
RUNNING = {
    "registry.app.1": 1,
    "registry.app.2": 2,
    "health_declaration.app.1": 3,
    "health_declaration.app.2": 4,
    "contact.app": 5,
    "sandbox.app": 6,
    "registry.worker": 7,
    "workflows.listener": 8,
    "kafka": 9,
}


class Stack:
    """Answers for every process with its own version, whichever a connection meets."""

    def __init__(self, pids: dict[str, int | None], luck: dict[str, list[str]]) -> None:
        self.pids, self.told = pids, {"clocks": WORKERS}
        self.versions = dict.fromkeys(RUNNING, 7)
        self.asked = 0
        self._turns: dict[str, Iterator[str]] = {name: cycle(who) for name, who in luck.items()}

    def url(self, service: str) -> str:
        return service

    async def ask(self, _method: str, url: str, _body: Any, _headers: dict[str, str]) -> Any:
        self.asked += 1
        service, _, route = url.partition("/")
        if route == "ops/clock":
            name = next(self._turns[service])
            return {"process": name, "version": self.versions[name]}
        name = next(one for one, at in WORKERS.items() if url == f"{at}?tenant=9")
        return {"version": self.versions[name]}


def quiet(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Quiet:
    world = SimpleNamespace(
        stack=stack,
        batch=SimpleNamespace(tenant=9),
        staff=lambda _sub, _service: SimpleNamespace(headers={}),
    )
    made = Quiet(cast(World, world))
    monkeypatch.setattr(made, "_fresh", stack)
    return made


def both(name: str) -> list[str]:
    return [f"{name}.app.1", f"{name}.app.2"]


LUCK = {
    "registry": both("registry"),
    "health_declaration": both("health_declaration"),
    "contact": ["contact.app"],
    "sandbox": ["sandbox.app"],
}


async def test_all_are_asked_once_when_all_have_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    stack = Stack(dict(RUNNING), LUCK)
    asked = quiet(stack, monkeypatch)
    assert await asked.clocks(7) == ""
    assert stack.asked == len(RUNNING) - 1
    assert await asked.clocks(7) == ""
    assert stack.asked == len(RUNNING) - 1, "who has heard is not asked again"


@pytest.mark.parametrize("late", ["registry.app.2", "workflows.listener", "sandbox.app"])
async def test_one_process_that_has_not_heard_is_named(
    monkeypatch: pytest.MonkeyPatch, late: str
) -> None:
    stack = Stack(dict(RUNNING), LUCK)
    stack.versions[late] = 6
    asked = quiet(stack, monkeypatch)
    assert await asked.clocks(7) == late
    stack.versions[late] = 7
    assert await asked.clocks(7) == ""


async def test_a_process_that_no_connection_met_yet_counts_as_not_having_heard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stack = Stack(dict(RUNNING), LUCK | {"registry": ["registry.app.1"]})
    assert await quiet(stack, monkeypatch).clocks(7) == "registry.app.2"


async def test_who_is_held_stopped_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    stack = Stack(RUNNING | {"registry.worker": None}, LUCK)
    stack.versions["registry.worker"] = 0
    assert await quiet(stack, monkeypatch).clocks(7) == ""


def test_a_service_is_told_by_the_names_of_its_processes() -> None:
    assert instances("registry", RUNNING) == {"registry.app.1", "registry.app.2"}
    assert instances("contact", [*RUNNING, "contact.apparel"]) == {"contact.app"}
