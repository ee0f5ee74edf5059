"""What the check of a draft says, put at the cells it speaks of."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.console.rules.formats import number
from services.console.rules.rule_cells import LONGEST
from services.console.rules.rule_content import Sheet
from services.console.rules.rule_merge import label_of
from services.console.rules.rule_sets import CASES, HEAD, ROWS, RuleTable

_FORCED = "tabela da CPT em vigor", "questionário em vigor"
_VALUE = 2


@dataclass(frozen=True)
class Spot:
    """One cell."""

    part: str
    row: int
    column: int

    @property
    def anchor(self) -> str:
        """The id of its element."""
        return f"{self.part}-{self.row}-{self.column}"


@dataclass(frozen=True)
class Fault:
    """What is wrong, and where: None of what stands in no cell of this table."""

    reason: str
    where: str
    spot: Spot | None


def faults(
    table: RuleTable, sheet: Sheet, errors: Iterable[tuple[str, str, str]]
) -> tuple[Fault, ...]:
    """Of each error: where in people's words, why, and the path of its cell where it is told."""
    return tuple(_fault(table, sheet, *error) for error in errors)


def too_long(table: RuleTable, sheet: Sheet) -> tuple[Fault, ...]:
    """Cells longer than any may be: told before anything is read out of them."""
    reason = f"Passa de {number(LONGEST)} letras."
    spots = (
        Spot(part.slug, row, column)
        for part in table.parts
        for row, cells in enumerate(sheet.get(part.slug, ()))
        for column, cell in enumerate(cells)
        if len(cell) > LONGEST
    )
    return tuple(_told_at(table, sheet, spot, reason) for spot in spots)


def by_cell(found: Iterable[Fault]) -> dict[str, list[str]]:
    """The reasons of each cell, by its anchor."""
    told: dict[str, list[str]] = {}
    for one in found:
        if one.spot is not None:
            told.setdefault(one.spot.anchor, []).append(one.reason)
    return told


def _fault(table: RuleTable, sheet: Sheet, where: str, reason: str, at: str) -> Fault:
    spot = None if reason.startswith(_FORCED) else _spot(table, sheet, at or where)
    if spot is None:
        return Fault(reason, "" if where == "rules" else where, None)
    return _told_at(table, sheet, spot, reason)


def _told_at(table: RuleTable, sheet: Sheet, spot: Spot, reason: str) -> Fault:
    part = table.part(spot.part)
    label = label_of(part, sheet[spot.part][spot.row])
    title = part.columns[spot.column].title
    numbered = "" if spot.part == HEAD else f" {spot.row + 1}"
    return Fault(reason, ", ".join(filter(None, (part.one + numbered, label, title))), spot)


def _spot(table: RuleTable, sheet: Sheet, path: str) -> Spot | None:
    spot = _pathed(table, sheet, path) or _headed(table, path) or _named(table, sheet, path)
    there = spot is not None and spot.row < len(sheet.get(spot.part, ()))
    return spot if there else None


def _pathed(table: RuleTable, sheet: Sheet, path: str) -> Spot | None:
    """`rows.3.cid`, `cases.2`, `families.IMG.0.pac`."""
    start, _, rest = path.partition(".")
    part = next((one for one in table.parts if one.path == start), None)
    if part is None or not rest:
        return None
    number, _, name = rest.partition(".")
    if not number.isdigit():
        return _within_family(sheet, number, name, table)
    column = part.place(name)
    usual = len(part.columns) - 1 if part.slug == CASES else 0
    return Spot(part.slug, int(number), usual if column is None else column)


def _within_family(sheet: Sheet, family: str, rest: str, table: RuleTable) -> Spot | None:
    number, _, name = rest.partition(".")
    rows = [at for at, row in enumerate(sheet.get(ROWS, ())) if row[0] == family]
    if not number.isdigit() or int(number) >= len(rows):
        return None
    return Spot(ROWS, rows[int(number)], table.part(ROWS).place(name) or 0)


def _headed(table: RuleTable, path: str) -> Spot | None:
    head = next((one for one in table.parts if one.slug == HEAD), None)
    column = head.place(path) if head else None
    return None if column is None else Spot(HEAD, 0, column)


def _named(table: RuleTable, sheet: Sheet, path: str) -> Spot | None:
    """By what a row is known: a parameter, a question, a family."""
    rows = sheet.get(ROWS, ())
    if table.name == "parameters":
        fitting = [at for at, row in enumerate(rows) if _speaks_of(path, row[0], row[1])]
        # Of a rule as a whole the first row is told, of a parameter the one that says most of it.
        closest = max(fitting, key=lambda at: "." in path and len(rows[at][1]), default=None)
        return None if closest is None else Spot(ROWS, closest, _VALUE)
    found = next((at for at, row in enumerate(rows) if row[0] == path), None)
    told = 1 if table.name == "questionnaire" else 0
    return None if found is None else Spot(ROWS, found, told)


def _speaks_of(path: str, rule: str, param: str) -> bool:
    name = f"{rule}.{param}"
    return path in (rule, name) or path.startswith(name + ".") or name.startswith(path + ".")


def case_verdicts(sheet: Sheet, found: Iterable[Fault]) -> tuple[str, ...]:
    """Of each case what became of it: `held`, `failed`, or `unsure` while other cells are wrong."""
    told = tuple(found)
    failed = {one.spot.row for one in told if one.spot and one.spot.part == CASES}
    usual = "held" if all(one.spot and one.spot.part == CASES for one in told) else "unsure"
    return tuple("failed" if at in failed else usual for at in range(len(sheet.get(CASES, ()))))
