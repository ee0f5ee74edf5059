"""Who may call what: the hand-written verdicts, and what the routes themselves say."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[1] / "security" / "verdicts.toml"
ANYONE, PHONE, BROWSER = "anyone", "phone", "browser"
DOORS = frozenset({ANYONE, PHONE, BROWSER})
"""Verdicts that name no role: what opens these is no token."""
NAMES_A_THING = re.compile(r"\{\w+_id\}")
"""In a path: something of one operator. Other parameters are names that each operator gives."""
ANY = "any"
"""In what others hear: whatever role they hold."""
_ASIDE = ("common", "away", "owner", "gone", "shared")
type Verdicts = Mapping[str, Mapping[str, frozenset[str]]]


def verdicts() -> Verdicts:
    """Process → operation → the roles that may, or one of the doors."""
    table = _table()
    told = {name: _words(one) for name, one in table.items() if name not in _ASIDE}
    for one in table["common"]:
        for process in one["of"].split():
            shared = {name: words for name, words in one.items() if name != "of"}
            told[process] = told.get(process, {}) | _words(shared)
    return told


def aside(kind: str) -> Mapping[str, Mapping[str, Any]]:
    """Process → operation → what others hear; `kind` is one of _ASIDE."""
    told: Mapping[str, Mapping[str, Any]] = _table()[kind]
    return told


def _table() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def _words(section: Mapping[str, str]) -> dict[str, frozenset[str]]:
    return {operation: frozenset(words.split()) for operation, words in section.items()}
