"""The cells of a rule table as forms send them: one field each, or all of them in one."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from services.console.rules.rule_content import Row, Sheet
from services.console.rules.rule_sets import HEAD, Part, RuleTable

MOST_ROWS = 5000
"""More than any rule set holds, and as much as a browser still shows."""
_CELL = re.compile(r"(?P<part>[a-z]+)\.(?P<row>[0-9]{1,5})\.(?P<column>[0-9]{1,2}|tirar)")


def told(sheet: Sheet) -> str:
    """A sheet in one field."""
    return json.dumps(sheet, ensure_ascii=False, separators=(",", ":"))


def heard(table: RuleTable, text: str) -> Sheet | None:
    """The sheet of such a field; None where it is none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    return {part.slug: _fitted(part, _rows(found.get(part.slug))) for part in table.parts}


def typed_sheet(table: RuleTable, typed: Mapping[str, str]) -> Sheet:
    """What stands in the table that was sent, without the rows that were to go."""
    whole = heard(table, typed.get("grade", ""))
    if whole is not None:
        return whole
    rows: dict[tuple[str, int], dict[str, str]] = {}
    for name, value in typed.items():
        cell = _CELL.fullmatch(name)
        if cell is not None:
            rows.setdefault((cell["part"], int(cell["row"])), {})[cell["column"]] = value
    kept = [(part, at, cells) for (part, at), cells in sorted(rows.items()) if "tirar" not in cells]
    return {
        part.slug: _fitted(part, [_listed(cells) for slug, _, cells in kept if slug == part.slug])
        for part in table.parts
    }


def with_blanks(table: RuleTable, sheet: Sheet, slug: str, count: int) -> Sheet:
    """The sheet with so many blank rows at the end of a part."""
    part = table.part(slug)
    blank = ("",) * len(part.columns)
    return {**sheet, slug: (*sheet.get(slug, ()), *(blank for _ in range(count)))}


def _rows(found: Any) -> list[list[str]]:
    if not isinstance(found, list):
        return []
    return [[str(cell) for cell in row] for row in found[:MOST_ROWS] if isinstance(row, list)]


def _listed(cells: Mapping[str, str]) -> list[str]:
    last = max((int(at) for at in cells), default=-1)
    return [cells.get(str(at), "") for at in range(last + 1)]


def _fitted(part: Part, rows: Iterable[Sequence[str]]) -> tuple[Row, ...]:
    """As many cells as the part has columns; a head is one row, whatever was sent."""
    wide = len(part.columns)
    found = [tuple([*row, *[""] * wide][:wide]) for row in rows]
    return tuple(found[:1] or [("",) * wide]) if part.slug == HEAD else tuple(found)
