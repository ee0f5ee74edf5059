"""What differs between sheets: two versions compared, and three put together by a person."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from services.console.rules.rule_content import Row, Sheet, filled
from services.console.rules.rule_sets import Part, RuleTable

type _Keyed = dict[tuple[str, ...], Row]


@dataclass(frozen=True)
class Difference:
    """A row that is another in each of two sheets; None where it is not there."""

    part: Part
    label: str
    before: Row | None
    after: Row | None

    @property
    def changed(self) -> frozenset[int]:
        """The columns that differ."""
        if self.before is None or self.after is None:
            return frozenset()
        pairs = enumerate(zip(self.before, self.after, strict=True))
        return frozenset(at for at, (old, new) in pairs if old != new)


@dataclass(frozen=True)
class Clash:
    """A row that two people left each in their own way, and how it was before both."""

    name: str
    part: Part
    label: str
    base: Row | None
    theirs: Row | None
    mine: Row | None

    @property
    def both(self) -> bool:
        """Whether each of them changed it."""
        return self.base not in (self.theirs, self.mine)

    @property
    def suggested(self) -> str:
        """Whoever changed it is followed; of two, the one who is asked."""
        return "deles" if self.mine == self.base else "meu"

    def chosen(self, choice: str) -> Row | None:
        """The row of a choice."""
        return {"meu": self.mine, "deles": self.theirs, "base": self.base}.get(choice, self.mine)


def label_of(part: Part, row: Row) -> str:
    """What people know a row by."""
    return " · ".join(row[at] for at in part.key if row[at].strip())


def compared(table: RuleTable, before: Sheet, after: Sheet) -> tuple[Difference, ...]:
    """Every row that differs, part by part, in the order in which it stands."""
    return tuple(
        Difference(part, label_of(part, new or old or ()), old, new)
        for part in table.parts
        for old, new in _pairs(_keyed(part, before), _keyed(part, after))
        if old != new
    )


def clashes(table: RuleTable, base: Sheet, theirs: Sheet, mine: Sheet) -> tuple[Clash, ...]:
    """Every row that is not the same with both."""
    return tuple(
        clash for part in table.parts for clash in _clashes(part, base, theirs, mine).values()
    )


def merged(
    table: RuleTable, base: Sheet, theirs: Sheet, mine: Sheet, choices: Mapping[str, str]
) -> Sheet:
    """One's own sheet with what was chosen for each row that differs."""
    found = {}
    for part in table.parts:
        own = _keyed(part, mine)
        differing = _clashes(part, base, theirs, mine)
        rows = []
        for key in _order(own, _keyed(part, theirs)):
            clash = differing.get(key)
            chosen = clash.chosen(choices.get(clash.name, clash.suggested)) if clash else own[key]
            rows += [chosen] if chosen is not None else []
        found[part.slug] = tuple(rows)
    return found


def _clashes(part: Part, base: Sheet, theirs: Sheet, mine: Sheet) -> dict[tuple[str, ...], Clash]:
    old, other, own = (_keyed(part, one) for one in (base, theirs, mine))
    found: dict[tuple[str, ...], Clash] = {}
    for key in _order(own, other):
        if own.get(key) != other.get(key):
            name = f"{part.slug}.{len(found)}"
            label = label_of(part, own.get(key) or other[key])
            found[key] = Clash(name, part, label, old.get(key), other.get(key), own.get(key))
    return found


def _keyed(part: Part, sheet: Sheet) -> _Keyed:
    """Rows by what they are known by, and by which of the same name they are."""
    found: _Keyed = {}
    times: dict[tuple[str, ...], int] = {}
    for row in filled(sheet.get(part.slug, ())):
        key = tuple(row[at].strip() for at in part.key)
        times[key] = times.get(key, 0) + 1
        found[(*key, str(times[key]))] = row
    return found


def _order(first: _Keyed, other: _Keyed) -> list[tuple[str, ...]]:
    """The keys of one, and those of the other alone after what they follow there."""
    after: dict[tuple[str, ...] | None, list[tuple[str, ...]]] = {}
    last: tuple[str, ...] | None = None
    for key in other:
        if key in first:
            last = key
        else:
            after.setdefault(last, []).append(key)
    return [
        *after.get(None, ()),
        *(one for key in first for one in (key, *after.get(key, ()))),
    ]


def _pairs(before: _Keyed, after: _Keyed) -> Iterator[tuple[Row | None, Row | None]]:
    return ((before.get(key), after.get(key)) for key in _order(after, before))
