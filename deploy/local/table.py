"""The table of `make status`."""

from typing import Any

HEADS = ("processo", "pid", "desde", "pronto", "recomeços")


def lines(state: dict[str, Any]) -> list[str]:
    rows = [HEADS, *(cells(row) for row in state["processes"] or [])]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
    text = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return [*text, *([state["doing"]] if state["doing"] else []), *failure(state)]


def cells(row: dict[str, Any]) -> tuple[str, ...]:
    ready = "retido" if row["held"] else "sim" if row["ready"] else "não"
    return (row["name"], str(row["pid"] or "-"), row["since"] or "-", ready, str(row["restarts"]))


def failure(state: dict[str, Any]) -> list[str]:
    return [state["failed"]] if state["failed"] else []
