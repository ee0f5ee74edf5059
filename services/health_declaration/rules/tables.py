"""Reference tables ready to be asked: CID-10, and which TUSS codes a family or a CPT can touch."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from functools import cached_property
from itertools import islice
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from contracts.values import parse_cid
from services.health_declaration.rules.official import CidRow, RolRow
from services.health_declaration.rules.plain import plain

VERSION_PATTERN = r"^[a-z0-9][a-z0-9-]{0,19}$"
"""How a version of an official table is named, also in its file's name."""


class Restrictable(StrEnum):
    """Whether a CPT can suspend a procedure at all (DS-002)."""

    YES = "yes"
    UNCERTAIN = "uncertain"
    NO = "no"


class CidTable:
    """One version of the CID-10."""

    def __init__(self, version: str, rows: Iterable[CidRow]) -> None:
        self.version = version
        self._names = {row.code: row.name for row in rows}

    def __len__(self) -> int:
        return len(self._names)

    def exists(self, cid: str) -> bool:
        """Whether this version lists the CID, dotted or not; malformed ones it does not list."""
        try:
            return parse_cid(cid) in self._names
        except ValueError:
            return False

    def name(self, cid: str) -> str | None:
        """The official name, or None when not listed."""
        return self._names.get(parse_cid(cid))

    def search(self, text: str, most: int) -> tuple[tuple[str, str], ...]:
        """Codes and names, at most so many: codes that begin so, or names with all of the words."""
        words = plain(text.replace(".", "")).split()
        if not words:
            return ()
        code = words[0].upper() if len(words) == 1 else None
        found = (
            (known, self._names[known])
            for known, name in self._plain_names.items()
            if (code and known.startswith(code)) or all(word in name for word in words)
        )
        return tuple(islice(found, most))

    @cached_property
    def _plain_names(self) -> dict[str, str]:
        return {code: plain(name) for code, name in self._names.items()}

    def range_exists(self, cid_range: str) -> bool:
        """Whether both ends of the range are listed."""
        return all(self.exists(end) for end in cid_range.split("-"))


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


_PIECE = r"(?:\\b|[^\W_]\??|[ ,/-]\??)+"
_TERM = re.compile(rf"{_PIECE}(?:\|{_PIECE})*")
_LONGEST_TERM, _MOST_OPTIONAL = 200, 5


def _expression(text: str) -> str:
    """Only what any search is quick with, for it is tried on every row of the Rol: no repetition,
    and so few optional letters that the ways to match them stay few."""
    if len(text) > _LONGEST_TERM:
        raise ValueError(f"passa de {_LONGEST_TERM} letras")
    if _TERM.fullmatch(text) is None:
        raise ValueError("use só palavras, | entre elas, ? depois de uma letra e \\b")
    if text.count("?") > _MOST_OPTIONAL:
        raise ValueError(f"use ? no máximo {_MOST_OPTIONAL} vezes")
    return text


class Selector(_Model):
    """Rows of the Rol by columns; every key given must hold."""

    chapter: str | None = Field(default=None, alias="capitulo")
    group: str | None = Field(default=None, alias="grupo")
    subgroups: frozenset[str] | None = Field(default=None, alias="subgrupo")
    pac: Literal["S", "N"] | None = None
    term: Annotated[str, AfterValidator(_expression)] | None = Field(default=None, alias="termo")
    accommodation: Literal["high_technology"] | None = None

    def selects(self, row: RolRow) -> bool:
        """Whether a row of the Rol has all that is asked; a bed is no row."""
        return (
            self.accommodation is None
            and self.chapter in (None, row.chapter)
            and self.group in (None, row.group)
            and (self.subgroups is None or row.subgroup in self.subgroups)
            and self.pac in (None, row.pac)
            and (self.term is None or _mentions(self.term, row))
        )


def _mentions(term: str, row: RolRow) -> bool:
    return re.search(term, f"{row.term} {row.procedure}", re.IGNORECASE) is not None


class Surgical(_Model):
    """What counts as surgery: a chapter, but not these subgroups."""

    chapter: str = Field(alias="capitulo")
    except_subgroups: frozenset[str] = Field(alias="except_subgrupo")

    def holds(self, row: RolRow) -> bool:
        """Whether the row is a surgery."""
        return row.chapter == self.chapter and row.subgroup not in self.except_subgroups


class FamilyDocument(_Model):
    """A version of the procedure families and of what is surgical."""

    version: int
    confidence: str
    rol: str = Field(default="2026-01", pattern=VERSION_PATTERN)
    """Version of the Rol the selectors were written over: a newer one changes no signed CPT."""
    families: Mapping[str, Sequence[Selector]]
    surgical: Surgical


class FamilyIndex:
    """Families and restrictability of every TUSS code of one Rol version, built once."""

    def __init__(self, version: str, rows: Iterable[RolRow], document: FamilyDocument) -> None:
        self.version = version
        self.names = frozenset(document.families)
        self.bed_families = frozenset(
            name
            for name, selectors in document.families.items()
            if any(one.accommodation is not None for one in selectors)
        )
        self._tuss: dict[str, set[str]] = defaultdict(set)
        families: dict[str, set[str]] = defaultdict(set)
        verdicts: dict[str, set[bool]] = defaultdict(set)
        for row in rows:
            verdicts[row.tuss].add(row.pac == "S" or document.surgical.holds(row))
            families[row.tuss].update(_families(row, document))
        for tuss, found in families.items():
            for name in found:
                self._tuss[name].add(tuss)
        self._families = {tuss: frozenset(found) for tuss, found in families.items()}
        self._verdicts = {tuss: _verdict(found) for tuss, found in verdicts.items()}

    def families(self, tuss: str) -> frozenset[str]:
        """Families of a code; none when the Rol does not list it."""
        return self._families.get(tuss, frozenset())

    def restrictable(self, tuss: str) -> Restrictable:
        """YES: every row is PAC or surgery; UNCERTAIN: some are; NO: none, or unlisted."""
        return self._verdicts.get(tuss, Restrictable.NO)

    def tuss(self, family: str) -> frozenset[str]:
        """Every code of a family."""
        return frozenset(self._tuss.get(family, ()))

    def suspended_by(self, families: Iterable[str]) -> tuple[str, ...]:
        """Codes of the families that a CPT can suspend with certainty, in order (for the ERP)."""
        codes = {tuss for family in families for tuss in self.tuss(family)}
        return tuple(sorted(c for c in codes if self.restrictable(c) is Restrictable.YES))


def _families(row: RolRow, document: FamilyDocument) -> Iterable[str]:
    return (
        name
        for name, selectors in document.families.items()
        if any(selector.selects(row) for selector in selectors)
    )


def _verdict(rows: set[bool]) -> Restrictable:
    if rows == {True}:
        return Restrictable.YES
    return Restrictable.UNCERTAIN if True in rows else Restrictable.NO
