"""What people type on a phone, as it is meant: a day of birth, an address pasted whole, a code."""

import re
from datetime import date

from contracts.values import FIRST_YEAR, LAST_YEAR

LONGEST = 400
IDENTIFIER = re.compile(r"[\x21-\x7e]{1,100}")
"""What can be the id of anything; the rest is asked of nobody."""
_SECRET = re.compile(r"([0-9]{1,10}\.[A-Za-z0-9_-]{20,86})\s*$")
_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_PARTED = re.compile(r"([0-9]{1,2})[/.\- ]([0-9]{1,2})[/.\- ]([0-9]{4})")
_RUN = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{4})")
_CODE = re.compile(r"[0-9]{6}")


def secret_of(address: str) -> str:
    """The secret at the end of a link, or alone; empty where there is none."""
    found = _SECRET.search(address.strip()[-LONGEST:])
    return found.group(1) if found else ""


def day(text: str) -> date | None:
    """07/03/1990, 7-3-1990, 07031990 or 1990-03-07; None for what is no day."""
    text = text.strip()
    if found := _ISO.fullmatch(text):
        return _date(*found.groups())
    found = _PARTED.fullmatch(text) or _RUN.fullmatch(text)
    return _date(*reversed(found.groups())) if found else None


def code(text: str) -> str:
    """Six digits, whatever stands between them; empty for anything else."""
    digits = "".join(text.split()).replace("-", "")
    return digits if digits.isascii() and _CODE.fullmatch(digits) else ""


def _date(year: str, month: str, day_of_month: str) -> date | None:
    try:
        found = date(int(year), int(month), int(day_of_month))
    except ValueError:
        return None
    return found if FIRST_YEAR <= found.year <= LAST_YEAR else None
