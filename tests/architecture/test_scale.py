"""The sizing of docs/scale.md follows from its own figures, and topics are made as it says."""

import math
import re
from collections.abc import Mapping
from itertools import dropwhile, takewhile
from pathlib import Path

from contracts.topics import EXTERNAL, TOPICS, Topic

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "scale.md"
SIZES = (1, 10, 50)
"""Millions of beneficiaries."""


def rows(page: str, heading: str) -> list[list[str]]:
    """The cells of the first table under a heading, without its two head lines."""
    below = page.split(f"## {heading}\n", 1)[1].splitlines()
    table = dropwhile(lambda line: not line.startswith("|"), below)
    lines = list(takewhile(lambda line: line.startswith("|"), table))
    return [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in lines[2:]]


def number(cell: str) -> float:
    """The first number of a cell, thousands parted by commas."""
    found = re.search(r"[\d,]+(?:\.\d+)?", cell)
    return float(found[0].replace(",", "")) if found else math.nan


def figures(page: str) -> dict[str, float]:
    """What was measured or assumed, by its letter."""
    return {cells[0]: number(cells[2]) for cells in rows(page, "Figures")}


def sizing(known: Mapping[str, float], millions: int) -> dict[str, float]:
    """What so many beneficiaries need, by the formulas of the page."""
    journeys = millions * 1e6 * known["a"] / 100
    peak = journeys / (250 * 10 * 3600) * known["p"]
    return {
        "journeys a year": journeys,
        "journeys a second at the peak": peak,
        "facts a second at the peak": peak * known["f"],
        "cores for journeys at the peak": peak * known["c"],
        "hours of a full import on 16 cores": millions * 1e6 * known["e"] / 1000 / 16 / 3600,
        "GB a year in services' databases": journeys * known["d"] / 1e6,
        "GB of histories kept": journeys / 365 * known["r"] * known["t"] / 1e6,
        "GB on the bus": journeys / 52 * known["f"] * known["b"] / 1e9 * 3,
    }


def wrong(page: str) -> list[str]:
    """Cells that do not follow from the figures."""
    known = figures(page)
    wanted = [sizing(known, millions) for millions in SIZES]
    return [
        f"{cells[0]}, {millions} M: {cell}, not {size[cells[0]]:.3g}"
        for cells in rows(page, "Sizing")
        for millions, cell, size in zip(SIZES, cells[1:], wanted, strict=True)
        if not math.isclose(number(cell), size[cells[0]], rel_tol=0.06)
    ]


def unlike(page: str, topics: tuple[Topic, ...] = TOPICS) -> list[str]:
    """Topics that the page tells otherwise than the registry of topics, or not at all."""
    told = {cells[0]: (cells[1], number(cells[2])) for cells in rows(page, "Partitions")}
    made = {one.name: (one.key, float(one.partitions)) for one in topics}
    return [
        f"{name}: {told.get(name)} ≠ {made.get(name)}"
        for name in sorted(told | made)
        if told.get(name) != made.get(name)
    ]


def narrow(page: str, topics: tuple[Topic, ...] = TOPICS) -> list[str]:
    """Topics whose slowest reader, one process a partition, cannot bear the largest size."""
    known = figures(page)
    facts = sizing(known, max(SIZES))["facts a second at the peak"]
    able = 1000 / known["h"]
    return [
        f"{one.name}: {facts:.0f} facts a second, {one.partitions} × {able:.0f}"
        for one in topics
        if one.owner != EXTERNAL and one.personal_data and facts > one.partitions * able
    ]


def test_the_sizing_follows_from_the_figures() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert len(rows(page, "Sizing")) == len(sizing(figures(page), 1))
    assert wrong(page) == []


def test_topics_are_made_as_the_page_says_and_bear_the_largest_size() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert unlike(page) == []
    assert narrow(page) == []
    shards = re.search(r"\*\*(\d+) shards\*\*", page)
    assert shards is not None
    compose = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    assert f'NUM_HISTORY_SHARDS: "{shards[1]}"' in compose


def test_planted_faults_another_count_a_narrow_topic_and_a_stale_cell_are_named() -> None:
    page = PAGE.read_text(encoding="utf-8")
    first = TOPICS[0]
    fewer = first.model_copy(update={"partitions": 1})
    assert [line.split(":")[0] for line in unlike(page, (fewer, *TOPICS[1:]))] == [first.name]
    dearer = re.sub(r"(\| h \|[^|]*\|)[^|]*\|", r"\1 900 ms |", page)
    assert len(narrow(dearer)) == sum(one.owner != EXTERNAL and one.personal_data for one in TOPICS)
    assert wrong(re.sub(r"(\| f \|[^|]*\|)[^|]*\|", r"\1 1 |", page)) != []
