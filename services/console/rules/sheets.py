"""A list as a file for spreadsheets, as those of São Paulo open it."""

import csv
import io
from collections.abc import Iterable, Sequence

MARK = "\ufeff"
"""Without it spreadsheets take the text for another encoding."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def sheet(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Values apart by semicolons, for a comma divides decimals here."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([[_harmless(one) for one in row] for row in rows])
    return MARK + text.getvalue()


def _harmless(value: str) -> str:
    """What somebody typed is no formula of whoever opens the file."""
    return f"'{value}" if value.startswith(_FORMULA) else value
