"""Dashboards and alerts ask for figures that the code tells, and each alert says what to do."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.local.processes import PROCESSES
from kit.metrics_text import scraped
from tests.support.watching import ALERTS, BOARDS, asked, expressions, rules

ROOT = Path(__file__).parents[2]
COUNTER, HISTOGRAM = ("_total",), ("_bucket", "_sum", "_count")
REQUESTS = "http_server_request_duration_seconds"
FRAMEWORK = ("http_server_active_requests", *(REQUESTS + ending for ending in HISTOGRAM))
"""Of FastAPI itself; tests/unit/kit/test_watched_figures.py sees it tell them."""
PROMETHEUS = ("ALERTS",)
SECTIONS = ("**For people.**", "**Look.**", "**Do.**", "**Escalate**")


def declared(root: Path = ROOT) -> set[str]:
    """Names under which the figures that kit, services and workflows make are scraped."""
    return {
        name
        for folder in ("kit", "services", "workflows")
        for file in sorted((root / folder).glob("**/*.py"))
        for name in _made(ast.parse(file.read_text(encoding="utf-8")))
    }


def _made(tree: ast.Module) -> Iterator[str]:
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            continue
        made = re.fullmatch(r"create_(?:observable_)?(gauge|counter|histogram)", call.func.attr)
        if made is None or not isinstance(call.args[0], ast.Constant):
            continue
        units = [k.value.value for k in call.keywords if k.arg == "unit" and _text(k.value)]
        name = scraped(str(call.args[0].value), str(units[0]) if units else None)
        endings = {"gauge": ("",), "counter": COUNTER, "histogram": HISTOGRAM}[made[1]]
        yield from (name + ending for ending in endings)


def _text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant)


def untold(found: Iterable[tuple[str, str]], known: set[str]) -> list[str]:
    """Figures that are asked for and that nobody tells."""
    return [f"{where} asks for {n}" for where, e in found for n in sorted(asked(e) - known)]


def helpless(found: Iterable[dict[str, Any]], root: Path) -> list[str]:
    """Alerts that do not say where to read what to do, or whose page does not say it."""
    told = []
    for rule in found:
        page = root / rule.get("annotations", {}).get("runbook", "absent")
        if not page.is_file():
            told.append(f"{rule['alert']} has no runbook")
            continue
        text = page.read_text(encoding="utf-8")
        told += [f"{rule['alert']}: no {part}" for part in SECTIONS if part not in text]
        if not text.startswith(f"# {rule['alert']}: "):
            told.append(f"{page.name} is the page of another")
        if "make " not in text:
            told.append(f"{page.name} names no command")
    return told


def unwatched(found: Iterable[tuple[str, str]]) -> list[str]:
    """Processes that no dashboard shows, by the name that they tell and by those of instances."""
    patterns = [
        match
        for _, expression in found
        for match in re.findall(r'process_up\{process=~"([^"]+)"', expression)
    ]
    return [
        f"no dashboard shows {name}"
        for process in PROCESSES
        for name in (process.name, *process.instance_names())
        if not any(re.fullmatch(pattern, name) for pattern in patterns)
    ]


KNOWN = declared() | set(FRAMEWORK) | set(PROMETHEUS)


def test_alerts_and_dashboards_ask_for_figures_that_are_told() -> None:
    alerts = [(rule["alert"], rule["expr"]) for rule in rules(ALERTS.read_text("utf-8"))]
    assert untold([*alerts, *expressions(BOARDS)], KNOWN) == []


def test_every_alert_says_who_is_woken_and_what_to_do() -> None:
    found = rules(ALERTS.read_text("utf-8"))
    assert helpless(found, ROOT) == []
    assert {rule["labels"]["severity"] for rule in found} <= {"critical", "warning"}
    pages = {page.name for page in (ROOT / "docs" / "runbooks").glob("*.md")} - {"README.md"}
    assert pages == {Path(rule["annotations"]["runbook"]).name for rule in found}


def test_every_process_is_shown_by_a_dashboard() -> None:
    assert unwatched(expressions(BOARDS)) == []


def test_every_figure_of_the_house_is_looked_at_by_somebody() -> None:
    looked = {name for _, expression in expressions(BOARDS) for name in asked(expression)}
    looked |= {name for rule in rules(ALERTS.read_text("utf-8")) for name in asked(rule["expr"])}
    assert declared() - looked == set()


def test_planted_faults_a_figure_that_nobody_tells_is_named() -> None:
    told = untold([("board", "sum(rate(consumer_lags[5m])) / max(consumer_lag offset 1h)")], KNOWN)
    assert told == ["board asks for consumer_lags"]
    with pytest.raises(ValueError, match="unclosed"):
        asked("sum by (")


def test_planted_faults_a_figure_that_is_renamed_in_the_code_is_named(tmp_path: Path) -> None:
    file = tmp_path / "kit" / "a.py"
    file.parent.mkdir()
    file.write_text(
        'm.create_gauge("a.age", unit="s")\nm.create_counter("b.done")\nm.create_histogram("c")\n'
    )
    assert declared(tmp_path) == {"a_age_seconds", "b_done_total", "c_bucket", "c_sum", "c_count"}


def test_planted_faults_an_alert_without_its_page_is_named(tmp_path: Path) -> None:
    page = tmp_path / "docs" / "runbooks" / "lag.md"
    page.parent.mkdir(parents=True)
    rule = {"alert": "Lag", "annotations": {"runbook": "docs/runbooks/lag.md"}}
    assert helpless([rule], tmp_path) == ["Lag has no runbook"]
    assert helpless([{"alert": "Lag"}], tmp_path) == ["Lag has no runbook"]
    page.write_text(f"# Lag: late\n{' '.join(SECTIONS)} `make status`")
    assert helpless([rule], tmp_path) == []
    page.write_text(f"# Other: late\n{' '.join(SECTIONS[1:])}")
    assert helpless([rule], tmp_path) == [
        "Lag: no **For people.**",
        "lag.md is the page of another",
        "lag.md names no command",
    ]


def test_planted_fault_a_process_that_no_dashboard_shows_is_named() -> None:
    kept = [one for one in expressions(BOARDS) if "worklist[.]worker" not in one[1]]
    assert unwatched(kept)[:1] == ["no dashboard shows worklist.worker"]
