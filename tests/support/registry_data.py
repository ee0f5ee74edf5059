"""People, contracts and lines as partners send them, with documents that are valid."""

from datetime import date, timedelta
from typing import Any

JOINED = date(2026, 11, 1)
FIRST = ("Ana", "Bruno", "Carla", "Davi", "Elisa", "Fábio", "Gláucia", "Heitor", "Iara", "João")
LAST = ("Alves", "Barbosa", "Cardoso", "Dias", "Esteves", "Farias", "Gomes", "Horta", "Ibiapina")


def cpf(number: int) -> str:
    """A valid CPF made from a number below a billion, digits by the published weights."""
    digits = [int(char) for char in f"{number:09d}"]
    for highest in (10, 11):
        total = sum(digit * (highest - place) for place, digit in enumerate(digits))
        digits.append((total * 10) % 11 % 10)
    return "".join(map(str, digits))


def masked(document: str) -> str:
    """The same CPF as people type it."""
    return f"{document[:3]}.{document[3:6]}.{document[6:9]}-{document[9:]}"


def person(number: int, **changes: Any) -> dict[str, Any]:
    """A person as somebody types them."""
    first, last = FIRST[number % len(FIRST)], LAST[number // len(FIRST) % len(LAST)]
    return {
        "full_name": f"{first} de Souza {last} {_letters(number)}",
        "birth_on": str(date(1960, 1, 1) + timedelta(days=number % 15_000)),
        "cpf": cpf(100_000_000 + number),
        "contacts": [
            {"channel": "whatsapp", "value": f"(41) 9{number % 10_000:04d}-1234"},
            {"channel": "email", "value": f"pessoa{number}@exemplo.test"},
        ],
    } | changes


def contract(ref: str = "C-1", **changes: Any) -> dict[str, Any]:
    """An individual contract unless told otherwise."""
    signed = str(JOINED)
    return {"contract_ref": ref, "kind": "individual", "signed_on": signed, "lives": 1} | changes


def enrolment(number: int, **changes: Any) -> dict[str, Any]:
    """A holder joining a contract."""
    return {
        "enrolment_ref": f"E-{number}",
        "contract": contract(f"C-{number % 5}"),
        "person": person(number),
        "requested_on": str(JOINED),
        "joining_on": str(JOINED),
    } | changes


def line(number: int, sequence: int = 1, kind: str = "created", **changes: Any) -> dict[str, Any]:
    """A line that carries the whole enrolment."""
    return {
        "source": "notus",
        "sequence": sequence,
        "kind": kind,
        "enrolment_ref": f"E-{number}",
        "enrolment": enrolment(number),
    } | changes


def end_line(number: int, sequence: int, kind: str = "cancelled") -> dict[str, Any]:
    """A line that ends an enrolment."""
    ended = str(JOINED + timedelta(days=10))
    whole = line(number, sequence, kind, ended_on=ended)
    return {name: value for name, value in whole.items() if name != "enrolment"}


def _letters(number: int) -> str:
    return "".join(chr(ord("a") + int(digit)) for digit in f"{number:04d}").capitalize()
