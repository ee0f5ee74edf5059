"""The CPT term as PDF/A-2a, made by typst from data alone."""

import json
from datetime import datetime
from functools import cache, lru_cache
from hashlib import sha256
from typing import Any, Final

import typst

from services.health_declaration.gateways.reference import DATA

STANDARD: Final = "a-2a"
TEMPLATE = DATA / "term.typ"
NO_GLYPH = "\u25a1"
_ONE_CHARACTER = b'#set document(title: "-")\n#set text(lang: "pt")\n#sys.inputs.char'


def data_hash(data: dict[str, Any]) -> str:
    """SHA-256 of the data as canonical JSON: keys in order, no spaces, UTF-8."""
    return sha256(_canonical(data).encode()).hexdigest()


def render(data: dict[str, Any], issued_at: datetime) -> bytes:
    """The term; the hash of its data is printed on each page and kept among its keywords.

    A character that no font of ours can show becomes a box on the page: the standard refuses the
    whole document otherwise. The hash stays that of the data as they are.
    """
    told, moment = data_hash(data), issued_at.replace(microsecond=0)
    try:
        return _typeset(TEMPLATE.read_bytes(), {"data": _canonical(data), "hash": told}, moment)
    except typst.TypstError:
        inputs = {"data": _canonical(_displayable(data)), "hash": told}
        return _typeset(TEMPLATE.read_bytes(), inputs, moment)


def _typeset(template: bytes, inputs: dict[str, str], moment: datetime | None = None) -> bytes:
    made = typst.compile(
        template,
        font_paths=_fonts(),
        format="pdf",
        sys_inputs=inputs,
        pdf_standards=[STANDARD],
        timestamp=moment,
    )
    return bytes(made)


def _displayable(node: Any) -> Any:
    if isinstance(node, dict):
        return {name: _displayable(value) for name, value in node.items()}
    if isinstance(node, list):
        return [_displayable(value) for value in node]
    if isinstance(node, str):
        return "".join(char if _has_glyph(char) else NO_GLYPH for char in node)
    return node


@lru_cache(maxsize=4096)
def _has_glyph(char: str) -> bool:
    """Asked of the typesetter itself: nobody else knows what its fonts hold."""
    if char.isascii():
        return char.isprintable()
    try:
        _typeset(_ONE_CHARACTER, {"char": char})
    except typst.TypstError:
        return False
    return True


@cache
def _fonts() -> typst.Fonts:
    """Only the fonts that travel with typst, so that every machine makes the same pages."""
    return typst.Fonts(include_system_fonts=False)


def _canonical(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
