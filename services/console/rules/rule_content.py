"""A rule set as cells of text, and cells of text as a rule set."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from services.console.rules import rule_parameters
from services.console.rules.rule_cells import Column, read, written
from services.console.rules.rule_sets import CASES, HEAD, ROWS, Part, RuleTable

type Content = Mapping[str, Any]
type Row = tuple[str, ...]
type Sheet = Mapping[str, tuple[Row, ...]]
"""The rows of each part, as text."""


def sheet_of(table: RuleTable, content: Content, cases: Sequence[Content]) -> Sheet:
    """The cells of a content and of its cases, those it brings and those beside it."""
    found = {part.slug: tuple(_rows_of(table, part, content)) for part in table.parts}
    own = content.get("cases")
    both = [*(own if isinstance(own, list) else ()), *cases]
    part = table.part(CASES)
    return found | {CASES: tuple(_row(part.columns, one) for one in both)}


def content_of(
    table: RuleTable, sheet: Sheet, product: Content
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The content and the cases that the cells say; blank rows say nothing.

    The product's own version tells of what kind each parameter is.
    """
    content: dict[str, Any] = {}
    for part in table.parts:
        rows = filled(sheet.get(part.slug, ()))
        if part.slug == HEAD:
            content |= _head_of(part, rows)
        elif part.slug == ROWS:
            content[part.path] = _BACK.get(table.name, _listed_back)(part, rows, product)
    part = table.part(CASES)
    return content, [_record(part.columns, row) for row in filled(sheet.get(CASES, ()))]


def filled(rows: Iterable[Sequence[str]]) -> list[Row]:
    """The rows in which anything stands."""
    return [tuple(row) for row in rows if any(cell.strip() for cell in row)]


def _rows_of(table: RuleTable, part: Part, content: Content) -> Iterable[Row]:
    if part.slug == HEAD:
        return [tuple(written(one, _within(content, one.name)) for one in part.columns)]
    if part.slug == ROWS:
        return _OUT.get(table.name, _listed)(part, content.get(part.path))
    return ()


def _within(content: Any, path: str) -> Any:
    for step in path.split("."):
        content = content.get(step) if isinstance(content, Mapping) else None
    return content


def _head_of(part: Part, rows: Sequence[Row]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for column, cell in zip(part.columns, rows[0] if rows else (), strict=False):
        outer, _, inner = column.name.partition(".")
        value = read(column, cell)
        if value is None:
            continue
        if inner:
            found.setdefault(outer, {})[inner] = value
        else:
            found[outer] = value
    return found


def _row(columns: Sequence[Column], record: Any) -> Row:
    record = record if isinstance(record, Mapping) else {}
    return tuple(written(one, record.get(one.name)) for one in columns)


def _record(columns: Sequence[Column], row: Sequence[str]) -> dict[str, Any]:
    found = {one.name: read(one, cell) for one, cell in zip(columns, row, strict=False)}
    return {name: value for name, value in found.items() if value is not None}


def _listed(part: Part, rows: Any) -> Iterable[Row]:
    return [_row(part.columns, one) for one in rows] if isinstance(rows, list) else ()


def _listed_back(part: Part, rows: Sequence[Row], _: Content) -> Any:
    return [_record(part.columns, row) for row in rows]


def _families(part: Part, families: Any) -> Iterator[Row]:
    for name, selectors in (families if isinstance(families, Mapping) else {}).items():
        for one in selectors:
            yield (name, *_row(part.columns[1:], one))


def _families_back(part: Part, rows: Sequence[Row], _: Content) -> Any:
    found: dict[str, list[dict[str, Any]]] = {}
    for name, *cells in rows:
        found.setdefault(name.strip(), []).append(_record(part.columns[1:], cells))
    return found


_OUT: Mapping[str, Callable[[Part, Any], Iterable[Row]]] = {
    "families": _families,
    "parameters": rule_parameters.rows_of,
}
_BACK: Mapping[str, Callable[[Part, Sequence[Row], Content], Any]] = {
    "families": _families_back,
    "parameters": rule_parameters.rules_of,
}
