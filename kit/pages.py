"""Keyset paging: a cursor is where the last page stopped, opaque to the caller."""

import base64
import binascii
import json
from datetime import datetime
from typing import Annotated

from fastapi import Query

from kit.errors import Refused

Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[str | None, Query(max_length=500)]


def encode_cursor(*parts: str | int) -> str:
    """An opaque, URL-safe cursor holding `parts`."""
    raw = json.dumps(parts, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode_cursor(cursor: str, *kinds: type) -> tuple[str | int, ...]:
    """The parts of a cursor, checked against `kinds`; 422 when it is not one of ours."""
    try:
        raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        parts = json.loads(raw)
    except (ValueError, UnicodeError, binascii.Error):
        raise _bad_cursor() from None
    if not isinstance(parts, list) or len(parts) != len(kinds):
        raise _bad_cursor()
    if not all(type(part) is kind for part, kind in zip(parts, kinds, strict=True)):
        raise _bad_cursor()
    return tuple(parts)


def moment_cursor(cursor: str) -> tuple[datetime, str]:
    """Where a list by moment and id stopped; 422 when that is no moment any list could hold."""
    at, identifier = decode_cursor(cursor, str, str)
    return moment_of(at), str(identifier)


def moment_of(part: str | int) -> datetime:
    """The moment that a part of a cursor tells; 422 when it tells none."""
    try:
        moment = datetime.fromisoformat(str(part))
    except ValueError:
        raise _bad_cursor() from None
    if moment.tzinfo is None:
        raise _bad_cursor()
    return moment


def _bad_cursor() -> Refused:
    return Refused("Dados inválidos", "bad-cursor", "O cursor não veio desta lista.")
