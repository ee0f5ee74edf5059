"""CPT: which rows a confirmed disease brings, from when to when."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from contracts.values import cid_bounds
from services.health_declaration.rules.law import CptLimit

_MONTHS_A_YEAR = 12


def add_months(start: date, months: int) -> date:
    """The same day `months` later; a missing day becomes the 1st of the next month (CC 132 §3)."""
    year, month = divmod(start.year * _MONTHS_A_YEAR + start.month - 1 + months, _MONTHS_A_YEAR)
    try:
        return start.replace(year=year, month=month + 1)
    except ValueError:
        # Only days 29 to 31 can be missing: 28th plus four days always lies in the next month.
        return (date(year, month + 1, 28) + timedelta(days=4)).replace(day=1)


@dataclass(frozen=True, slots=True)
class CptRow:
    """One row of the CPT table: a question, a CID range, what it touches, for how many months."""

    question: str
    cid_range: str
    families: frozenset[str]
    months: int


@dataclass(frozen=True, slots=True)
class CptItem:
    """One restriction offered: in force from `starts_on` until the day before `ends_on`."""

    question: str
    cid_range: str
    cids: tuple[str, ...]
    families: frozenset[str]
    months: int
    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class CptProposal:
    """The items found, and what only a person can place."""

    items: tuple[CptItem, ...]
    unmatched: tuple[tuple[str, str], ...]
    """Pairs of question and confirmed CID that no row of the table covers."""
    rule_version: int
    table_version: int


@dataclass(frozen=True, slots=True)
class CptTable:
    """A version of the CPT table; a catch-all question looks through the rows of every one."""

    version: int
    rows: tuple[CptRow, ...]
    catch_all: frozenset[str] = frozenset()

    def rows_for(self, question: str, cid: str) -> tuple[CptRow, ...]:
        """Rows of the question whose range holds all that the CID or range means."""
        wanted = cid_bounds(cid)
        own = [row for row in self.rows if row.question == question]
        candidates = [*own, *self.rows] if question in self.catch_all else own
        found = (row for row in candidates if _holds(row, wanted.low, wanted.high))
        return tuple(dict.fromkeys(found))


def _holds(row: CptRow, low: str, high: str) -> bool:
    bounds = cid_bounds(row.cid_range)
    return bounds.low <= low and high <= bounds.high


def propose(
    confirmed: Mapping[str, Sequence[str]],
    table: CptTable,
    joining_on: date,
    limit: CptLimit,
    rule_version: int,
) -> CptProposal:
    """The CPT of the CIDs an analyst confirmed, by question (DS-001, DS-002).

    Months never pass the limit; the count starts on the joining date, never on the analysis.
    """
    cids: dict[CptRow, list[str]] = {}
    unmatched: list[tuple[str, str]] = []
    for question, codes in sorted(confirmed.items()):
        for code in codes:
            rows = table.rows_for(question, code)
            if not rows:
                unmatched.append((question, code))
            for row in rows:
                cids.setdefault(row, []).append(code)
    items = tuple(_item(row, codes, joining_on, limit) for row, codes in cids.items())
    return CptProposal(items, tuple(unmatched), rule_version, table.version)


def _item(row: CptRow, cids: Iterable[str], joining_on: date, limit: CptLimit) -> CptItem:
    months = min(row.months, limit.months_max)
    return CptItem(
        question=row.question,
        cid_range=row.cid_range,
        cids=tuple(dict.fromkeys(cids)),
        families=row.families,
        months=months,
        starts_on=joining_on,
        ends_on=add_months(joining_on, months),
    )


def in_force(starts_on: date, ends_on: date, on: date) -> bool:
    """Whether a CPT restricts on that day: coverage is integral from `ends_on` on."""
    return starts_on <= on < ends_on
