"""What somebody typed is no formula of whoever opens the file, in any file that is given out."""

import ast
import csv
import io
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from services.console.rules import rule_csv, sheets, tables
from services.console.rules.rule_sets import BY_SLUG
from services.registry.usecases import tables as lines
from tests.security.attacks import attack, both

ROOT = Path(__file__).parents[2]
RUN = ("=", "+", "-", "@", "\t", "\r", "\n")
HOSTILE = ["=1+1", "+1", "-1+1", '@SUM(A1)"', "\t=1", "\r=1", "\n=1", "=HYPERLINK(1)"]
Writer = Callable[[str], str]


def of_rules(cell: str) -> str:
    part = BY_SLUG["tabela-cpt"].parts[1]
    return rule_csv.file_of(part, [[cell] * len(part.columns)])


WRITERS: dict[str, tuple[ModuleType, str, Writer]] = {
    "services/console/rules/tables.py": (
        tables,
        "plain",
        lambda cell: tables.table(["Nome"], [[cell]]).decode(),
    ),
    "services/console/rules/sheets.py": (
        sheets,
        "_harmless",
        lambda cell: sheets.sheet(["Nome"], [[cell]]),
    ),
    "services/console/rules/rule_csv.py": (rule_csv, "_guarded", of_rules),
    "services/registry/usecases/tables.py": (
        lines,
        "_harmless",
        lambda cell: lines.write(lines.CSV, [({"nome": cell}, cell)]),
    ),
}


@attack("fórmula em planilha")
@both
@pytest.mark.parametrize("where", WRITERS)
@pytest.mark.parametrize("typed", HOSTILE)
def test_no_export_gives_out_a_formula(
    monkeypatch: pytest.MonkeyPatch, where: str, typed: str, planted: bool
) -> None:
    module, guard, write = WRITERS[where]
    if planted:
        monkeypatch.setattr(module, guard, lambda cell: cell)
    text = io.StringIO(write(typed).removeprefix("\ufeff"), newline="")
    between = "," if module is lines else ";"
    _, *rows = csv.reader(text, delimiter=between)
    assert any(cell.startswith(RUN) for row in rows for cell in row) is planted


def test_every_file_of_the_product_that_is_a_sheet_is_attacked() -> None:
    writing = {
        str(file.relative_to(ROOT))
        for folder in ("kit", "services", "workflows")
        for file in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("writer", "DictWriter")
    }
    assert writing == set(WRITERS)
