"""Codes as people read them: diseases, procedure families, days and hours."""

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from contracts.values import dotted
from services.health_declaration.gateways import reference


def disease(cid: str) -> str:
    """The CID with its official name."""
    name = reference.cid_table().name(cid)
    return f"{dotted(cid)} {name}" if name else dotted(cid)


def families(names: Iterable[str]) -> list[str]:
    """Procedure families in plain words; a family without words keeps its code."""
    known = reference.family_words()
    return [known.get(name, name) for name in sorted(names)]


def day(on: date) -> str:
    """31/12/2026."""
    return on.strftime("%d/%m/%Y")


def hour(at: datetime, zone: ZoneInfo) -> str:
    """31/12/2026 às 14:30, where the operator is."""
    return at.astimezone(zone).strftime("%d/%m/%Y às %H:%M")
