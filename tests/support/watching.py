"""What dashboards and alerts ask for, as Prometheus would read it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import yaml

DEPLOY = Path(__file__).parents[2] / "deploy"
ALERTS = DEPLOY / "prometheus" / "alerts.yml"
BOARDS = DEPLOY / "grafana" / "dashboards"


def asked(expression: str) -> set[str]:
    """Figures that an expression reads; ValueError when Prometheus would not read it."""
    return set(_selected(promql_parser.parse(expression)))


def _selected(expression: Any) -> Iterator[str]:
    if isinstance(expression, promql_parser.VectorSelector):
        yield expression.name
        return
    if isinstance(expression, promql_parser.MatrixSelector):
        yield expression.vector_selector.name
        return
    for part in ("expr", "lhs", "rhs", "param"):
        inner = getattr(expression, part, None)
        if inner is not None:
            yield from _selected(inner)
    for argument in getattr(expression, "args", ()):
        yield from _selected(argument)


def rules(text: str) -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(text)["groups"] for rule in group["rules"]]


def expressions(boards: Path) -> list[tuple[str, str]]:
    """Each expression of a dashboard, with where it stands."""
    return [
        (f"{file.name}: {panel['title']}", target["expr"])
        for file in sorted(boards.glob("*.json"))
        for panel in json.loads(file.read_text(encoding="utf-8"))["panels"]
        for target in panel["targets"]
    ]
