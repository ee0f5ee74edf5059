"""What a service's tables come to: one digest, whatever the order in which rows were written."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

type Row = Mapping[str, Any]
type Tables = Mapping[str, Iterable[Row]]


def state_hash(tables: Tables, local: Iterable[str] = ()) -> str:
    """Of all columns of all rows but `local`, each named `table.column` or `*.column`.

    A row counts as often as it is there, also where all its columns are local.
    """
    left_out = frozenset(local)
    parts = {name: _table(name, rows, left_out) for name, rows in tables.items()}
    return _digest(sorted(parts.items()))


def differing(one: Tables, other: Tables, local: Iterable[str] = ()) -> list[str]:
    """Tables, and columns of them, of which the two do not hold the same."""
    left_out = frozenset(local)
    found = []
    for name in sorted({*one, *other}):
        mine, theirs = list(one.get(name, ())), list(other.get(name, ()))
        if _table(name, mine, left_out) == _table(name, theirs, left_out):
            continue
        if len(mine) != len(theirs):
            found.append(f"{name}: {len(mine)} e {len(theirs)} linhas")
        columns = sorted({c for row in (*mine, *theirs) for c in _kept(name, row, left_out)})
        apart = [c for c in columns if _column(mine, c) != _column(theirs, c)]
        found += [f"{name}.{column}" for column in apart] or [f"{name}: linhas combinadas"]
    return found


def _table(name: str, rows: Iterable[Row], left_out: frozenset[str]) -> list[str]:
    return sorted(_digest(_kept(name, row, left_out)) for row in rows)


def _kept(name: str, row: Row, left_out: frozenset[str]) -> dict[str, Any]:
    return {c: v for c, v in row.items() if not {f"{name}.{c}", f"*.{c}"} & left_out}


def _column(rows: Iterable[Row], column: str) -> list[str]:
    return sorted(_digest(row.get(column)) for row in rows)


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
