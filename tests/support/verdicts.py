"""Who may call what: the hand-written verdicts, and what the routes themselves say."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

FILE = Path(__file__).parents[1] / "security" / "verdicts.toml"
ANYONE, PHONE, BROWSER = "anyone", "phone", "browser"
DOORS = frozenset({ANYONE, PHONE, BROWSER})
"""Verdicts that name no role: what opens these is no token."""
type Verdicts = Mapping[str, Mapping[str, frozenset[str]]]


def verdicts() -> Verdicts:
    """Process → operation → the roles that may, or one of the doors."""
    table = tomllib.loads(FILE.read_text(encoding="utf-8"))
    told = {name: _words(one) for name, one in table.items() if isinstance(one, dict)}
    for one in table["common"]:
        for process in one["of"].split():
            shared = {name: words for name, words in one.items() if name != "of"}
            told[process] = told.get(process, {}) | _words(shared)
    return told


def _words(section: Mapping[str, str]) -> dict[str, frozenset[str]]:
    return {operation: frozenset(words.split()) for operation, words in section.items()}
