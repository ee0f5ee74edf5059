"""Valid Brazilian documents for generated requests, made by the published algorithms anew."""

from collections.abc import Sequence
from datetime import date

import schemathesis
from hypothesis import strategies as st

from contracts.values import FIRST_YEAR, LAST_YEAR

DIGITS = "0123456789"
ALPHANUMERIC = DIGITS + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _check_digit(values: Sequence[int], weights: Sequence[int]) -> int:
    """Modulus 11: what is left of 11, zero for 10 and 11."""
    rest = sum(value * weight for value, weight in zip(values, weights, strict=True)) % 11
    return 0 if rest < 2 else 11 - rest


def cpf(base: str) -> str:
    """The eleven digits whose first nine are given."""
    values = [int(char) for char in base]
    values.append(_check_digit(values, range(10, 1, -1)))
    values.append(_check_digit(values, range(11, 1, -1)))
    return "".join(map(str, values))


def cnpj(base: str) -> str:
    """The fourteen positions whose first twelve, letters or digits, are given."""
    values = [ord(char) - 48 for char in base]
    first = _check_digit(values, [5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2])
    second = _check_digit([*values, first], [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2])
    return f"{base}{first}{second}"


def provisional_cns(base: str) -> str | None:
    """A provisional card over fourteen digits; None where one digit cannot close the sum."""
    total = sum(int(char) * weight for char, weight in zip(base, range(15, 1, -1), strict=True))
    last = -total % 11
    return f"{base}{last}" if last < 10 else None


def _digits(length: int) -> st.SearchStrategy[str]:
    return st.text(DIGITS, min_size=length, max_size=length)


def _varied(text: str) -> bool:
    return len(set(text)) > 1


DAYS = st.dates(date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)).map(date.isoformat)
CIDS = st.from_regex(r"[A-Z][0-9]{2}(\.?[0-9])?", fullmatch=True)
FORMATS: dict[str, st.SearchStrategy[str]] = {
    "cpf": _digits(9).filter(_varied).map(cpf),
    "cnpj": st.text(ALPHANUMERIC, min_size=12, max_size=12).filter(_varied).map(cnpj),
    "cns": st.builds(str.__add__, st.sampled_from("789"), _digits(13))
    .map(provisional_cns)
    .filter(bool)
    .map(str),
    "cid10": CIDS,
    "cid10-range": st.one_of(CIDS, st.just("I20-I25"), st.just("C00-C97")),
    "council-number": _digits(5).map(lambda number: f"CRM-PR 1{number}"),
    "tuss": _digits(8),
    "date": DAYS,
    "date-time": st.builds("{}T{:02}:30:00Z".format, DAYS, st.integers(0, 23)),
    "plain-text": st.text(st.characters(categories=["L", "M", "N", "P", "Zs"]), max_size=40),
    "phone-e164": _digits(8).map(lambda tail: f"+55419{tail}"),
}


def register() -> None:
    """Teach the formats of our schemas to the generator."""
    for name, strategy in FORMATS.items():
        schemathesis.openapi.format(name, strategy)
