"""The CPT term as PDF/A-2a, made by typst from data alone."""

import json
from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import Any, Final

import typst

from services.health_declaration.gateways.reference import DATA

STANDARD: Final = "a-2a"
TEMPLATE = DATA / "term.typ"


def data_hash(data: dict[str, Any]) -> str:
    """SHA-256 of the data as canonical JSON: keys in order, no spaces, UTF-8."""
    return sha256(_canonical(data).encode()).hexdigest()


def render(data: dict[str, Any], issued_at: datetime) -> bytes:
    """The term; the hash of its data is printed on each page and kept among its keywords."""
    inputs = {"data": _canonical(data), "hash": data_hash(data)}
    made = typst.compile(
        TEMPLATE.read_bytes(),
        font_paths=_fonts(),
        format="pdf",
        sys_inputs=inputs,
        pdf_standards=[STANDARD],
        timestamp=issued_at.replace(microsecond=0),
    )
    return bytes(made)


@cache
def _fonts() -> typst.Fonts:
    """Only the fonts that travel with typst, so that every machine makes the same pages."""
    return typst.Fonts(include_system_fonts=False)


def _canonical(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
