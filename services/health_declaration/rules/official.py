"""The official public files (CID-10, Rol, TUSS) turned into rows, and rows into compact text."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, fields


class BadOfficialFile(ValueError):
    """Not the file its source publishes; the Portuguese message says what is missing."""


@dataclass(frozen=True, slots=True)
class CidRow:
    """A CID-10 category or subcategory, without dot, and its name."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class RolRow:
    """One correspondence of a TUSS code with a procedure of the Rol; `pac` is S or N."""

    tuss: str
    term: str
    procedure: str
    pac: str
    subgroup: str
    group: str
    chapter: str


@dataclass(frozen=True, slots=True)
class TussRow:
    """A TUSS code and its term."""

    tuss: str
    term: str


_ROL_COLUMNS = ("tuss", "termo", "procedimento_rol", "pac", "subgrupo", "grupo", "capitulo")


def parse_cid10(categories: str, subcategories: str) -> tuple[CidRow, ...]:
    """Rows of the two DATASUS files (decoded from Latin-1), by code.

    A category without subcategories comes in both files and is kept once.
    """
    names = {line["CAT"]: line["DESCRICAO"] for line in _lines(categories, "CAT", "DESCRICAO")}
    for line in _lines(subcategories, "SUBCAT", "DESCRICAO"):
        names[line["SUBCAT"]] = line["DESCRICAO"]
    return tuple(CidRow(code, names[code]) for code in sorted(names))


def parse_rol(text: str) -> tuple[RolRow, ...]:
    """Correspondences in the Rol (`no_rol` = S) of the ANS file, in its order."""
    return tuple(
        RolRow(*(line[column].strip() for column in _ROL_COLUMNS))
        for line in _lines(text, "no_rol", *_ROL_COLUMNS)
        if line["no_rol"] == "S"
    )


def parse_tuss(table22: str, rol: str) -> tuple[TussRow, ...]:
    """Every TUSS procedure that table 22 or the Rol's correspondence knows, by code."""
    terms = {line["tuss"]: line["termo"] for line in _lines(rol, "tuss", "termo")}
    code, term = "Código do Termo", "Termo"
    terms.update((line[code], line[term]) for line in _lines(table22, code, term))
    return tuple(TussRow(tuss, terms[tuss].strip()) for tuss in sorted(terms))


def _lines(text: str, *columns: str) -> Iterator[dict[str, str]]:
    reader = csv.DictReader(text.removeprefix("\ufeff").splitlines(), delimiter=";")
    missing = set(columns) - set(reader.fieldnames or ())
    if missing:
        raise BadOfficialFile(f"arquivo oficial sem a coluna {', '.join(sorted(missing))}")
    yield from reader


def to_compact[Row: (CidRow, RolRow, TussRow)](rows: Iterable[Row]) -> str:
    """One line per row, columns apart by tabs: official texts hold none."""
    return "".join("\t".join(astuple(row)) + "\n" for row in rows)


def from_compact[Row: (CidRow, RolRow, TussRow)](kind: type[Row], text: str) -> tuple[Row, ...]:
    """Rows of a compact text. Raises `BadOfficialFile` naming the first line that does not fit."""
    width = len(fields(kind))
    return tuple(kind(*_cells(line, width, at)) for at, line in enumerate(text.splitlines(), 1))


def _cells(line: str, width: int, at: int) -> Sequence[str]:
    cells = line.split("\t")
    if len(cells) != width:
        raise BadOfficialFile(f"linha {at}: esperadas {width} colunas, vieram {len(cells)}")
    return cells
