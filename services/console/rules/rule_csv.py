"""A rule table as the file of a spreadsheet: out for whoever likes to work there, and in again."""

import csv
import io
from collections.abc import Iterable

from services.console.rules.rule_content import Row
from services.console.rules.rule_sets import Part

MARK = "\ufeff"
"""By which spreadsheets know that the file is UTF-8."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def file_of(part: Part, rows: Iterable[Row]) -> str:
    """The rows beneath their titles."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([column.title for column in part.columns])
    writer.writerows([_guarded(cell) for cell in row] for row in rows)
    return MARK + out.getvalue()


def rows_in(part: Part, content: bytes) -> tuple[Row, ...] | None:
    """The rows of such a file; None where it is none, or of another table."""
    text = _text(content)
    if text is None or not text.strip():
        return None
    first = text.splitlines()[0]
    between = max(";\t,", key=first.count)
    try:
        title, *rows = csv.reader(io.StringIO(text), delimiter=between, strict=True)
    except csv.Error:
        return None
    if [one.strip() for one in title] != [column.title for column in part.columns]:
        return None
    wide = len(part.columns)
    return tuple(tuple(map(_plain, [*row, *[""] * wide][:wide])) for row in rows if any(row))


def _guarded(cell: str) -> str:
    """Text that a spreadsheet would reckon is written as text."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _plain(cell: str) -> str:
    guarded = cell.startswith("'") and cell[1:].startswith(_FORMULA)
    return (cell[1:] if guarded else cell).strip()


def _text(content: bytes) -> str | None:
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None
