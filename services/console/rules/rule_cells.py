"""Cells of rule tables: values as people write them, and back.

What cannot be read as its kind stays as it was typed: the check of the draft says what is wrong
with it, and nothing is lost meanwhile.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

type Kind = Literal["text", "number", "flag", "codes", "phrases", "word", "pairs", "follow_ups"]
type Words = Mapping[str, str]

_WHOLE = re.compile(r"-?[0-9]{1,15}")
_FLAGS = {"sim": True, "s": True, "não": False, "nao": False, "n": False}
LONGEST = 2_000
"""Several times what any cell of the product's own tables holds."""
_YEAR, _OPTIONAL = "[ano]", "[opcional]"


@dataclass(frozen=True)
class Column:
    """One column: its name in the content, its title, what its cells hold."""

    name: str
    title: str
    kind: Kind = "text"
    hint: str = ""
    words: Words = field(default_factory=dict)
    """What codes are called, for cells that hold words."""
    fixed: bool = False
    """Told, never changed here."""
    shared: bool = False
    """Of a whole group of rows: changed in the first of them, told again in the others."""


def written(column: Column, value: Any) -> str:
    """A value as its cell shows it."""
    if value is None:
        return ""
    if isinstance(value, str) and column.kind != "word":
        return value
    return _WRITE[column.kind](value, column.words)


def read(column: Column, text: str) -> Any:
    """What a cell holds; None of one left blank, the text itself of one that cannot be read."""
    text = text.strip()
    if not text:
        return [] if column.kind == "codes" else {} if column.kind == "pairs" else None
    return _READ[column.kind](text, column.words)


def number(text: str) -> Any:
    """A whole number where it is one."""
    return int(text) if _WHOLE.fullmatch(text) else text


def _flag(text: str) -> Any:
    return _FLAGS.get(text.casefold(), text)


def _pieces(text: str, between: str) -> list[str]:
    return [one.strip() for one in re.split(between, text) if one.strip()]


def _word_in(value: Any, words: Words) -> str:
    return " + ".join(words.get(one, one) for one in str(value).split("/"))


def _word_out(text: str, words: Words) -> str:
    codes = {word.casefold(): code for code, word in words.items()}
    return "/".join(codes.get(one.casefold(), one) for one in _pieces(text, r"[+/]"))


def _pairs_in(value: Mapping[str, Any], words: Words) -> str:
    return "; ".join(f"{name}: {words.get(str(one), one)}" for name, one in value.items())


def _pairs_out(text: str, words: Words) -> Any:
    found = [one.partition(":") for one in _pieces(text, r"[;\n]")]
    if not all(between for _, between, _ in found):
        return text
    codes = {word.casefold(): code for code, word in words.items()}
    told = {name.strip(): one.strip() for name, _, one in found}
    return {name: codes.get(one.casefold(), number(one)) for name, one in told.items()}


def _follow_ups_in(value: Iterable[Any], _: Words) -> str:
    return " | ".join(_follow_up_in(one) for one in value)


def _follow_up_in(one: Any) -> str:
    if not isinstance(one, Mapping):
        return str(one)
    marks = (
        _YEAR if one.get("kind") == "year" else "",
        "" if one.get("required", True) else _OPTIONAL,
    )
    return f"{' '.join([str(one.get('id', '')), *filter(None, marks)])}: {one.get('text', '')}"


def _follow_ups_out(text: str, _: Words) -> Any:
    return [_follow_up_out(one) for one in _pieces(text, r"\s\|\s|\n")]


def _follow_up_out(text: str) -> Any:
    head, _, question = text.partition(":")
    name, bracket, rest = head.partition("[")
    marks = bracket + rest
    left = marks.replace(_YEAR, "").replace(_OPTIONAL, "") + ("]" if "]" in name else "")
    if left.strip() or not name.strip() or not question.strip():
        return text
    one: dict[str, Any] = {"id": name.strip(), "text": question.strip()}
    one |= {"kind": "year"} if _YEAR in marks else {}
    return one | ({"required": False} if _OPTIONAL in marks else {})


_WRITE: Mapping[Kind, Callable[[Any, Words], str]] = {
    "text": lambda value, _: str(value),
    "number": lambda value, _: str(value),
    "flag": lambda value, _: {True: "sim", False: "não"}.get(value, str(value)),
    "codes": lambda value, _: ", ".join(map(str, value)),
    "phrases": lambda value, _: "; ".join(map(str, value)),
    "word": _word_in,
    "pairs": _pairs_in,
    "follow_ups": _follow_ups_in,
}
_READ: Mapping[Kind, Callable[[str, Words], Any]] = {
    "text": lambda text, _: text,
    "number": lambda text, _: number(text),
    "flag": lambda text, _: _flag(text),
    "codes": lambda text, _: _pieces(text, r"[,;\s]"),
    "phrases": lambda text, _: _pieces(text, r"[;\n]"),
    "word": _word_out,
    "pairs": _pairs_out,
    "follow_ups": _follow_ups_out,
}
