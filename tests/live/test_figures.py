"""What dashboards and alerts ask for is told by the processes of a stack that runs."""

import re

import httpx

from tests.support.live import House
from tests.support.watching import ALERTS, BOARDS, asked, expressions, rules

OF_PROMETHEUS = {"ALERTS"}
ON_A_FAULT = {
    "background_failures_total",
    "consumer_unreadable_total",
    "inbox_erased_total",
    "inbox_parked_total",
    "keyring_missing_total",
    "listener_untold_total",
    "outbox_parked_total",
    "processes_refused_total",
}
"""Counters that begin with the first fault: alerts expect them to be absent before."""
SILENT = {"console.public"}
"""It tells strangers nothing of how it is made; its figures go to a collector alone."""


async def told(house: House) -> dict[str, set[str]]:
    """The names of the figures that each process tells."""
    stack = house.world.stack.told
    pages = {n: f"{one['url']}/metrics" for n, one in stack["services"].items() if n not in SILENT}
    found: dict[str, set[str]] = {}
    async with httpx.AsyncClient(timeout=30) as http:
        for name, url in (pages | stack["metrics"]).items():
            answer = await http.get(url)
            assert answer.status_code == 200, f"{name}: {answer.status_code}"
            found[name] = set(re.findall(r"^(\w+)[{ ]", answer.text, re.MULTILINE))
    return found


def wanted() -> set[str]:
    asking = [expression for _, expression in expressions(BOARDS)]
    asking += [rule["expr"] for rule in rules(ALERTS.read_text("utf-8"))]
    return {name for one in asking for name in asked(one)} - OF_PROMETHEUS - ON_A_FAULT


async def test_every_figure_that_is_watched_is_told_by_somebody(house: House) -> None:
    await (await house.at_desk("Q16")).to_analysis()

    async def missing() -> set[str]:
        return wanted() - set().union(*(await told(house)).values())

    async def complete() -> bool:
        return not await missing()

    await house.until(complete, "figuras", 90)
    assert wanted()


async def test_every_process_that_is_asked_says_that_it_runs(house: House) -> None:
    assert {
        name for name, figures in (await told(house)).items() if "process_up" not in figures
    } == (set())
