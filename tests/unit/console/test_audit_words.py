"""The trail in words: whatever a service writes into it has some, nothing clinical is shown."""

import re
from pathlib import Path

import pytest

from services.console.rules import audit

ROOT = Path(__file__).parents[3]
WRITTEN = re.compile(r"audit\(\s*\"([a-z_]+\.[a-z_]+)\"")


def written() -> set[str]:
    """Actions that some service or the kit writes down by name."""
    folders = ("kit", "services")
    files = [file for folder in folders for file in (ROOT / folder).rglob("*.py")]
    return {name for file in files for name in WRITTEN.findall(file.read_text(encoding="utf-8"))}


def test_every_action_has_words() -> None:
    assert len(written()) > 60
    assert written() - audit.ACTIONS.keys() == set()


@pytest.mark.parametrize(
    ("details", "words"),
    [
        ({"version": 3, "to": None}, ["versão: 3", "para: nada"]),
        ({"queues": ["a", "b"], "of": {"person_id": "p"}}, ["filas: a, b", "de: p"]),
        ({"outcome": "suspended", "sealed_for": "p-1"}, ["desfecho"]),
        ({"diagnosis": "E11"}, ["diagnosis"]),
        ({"sha256": "a" * 64}, [f"conteúdo: {'a' * 16}…"]),
    ],
)
def test_ids_are_shown_and_what_may_tell_of_health_is_named_alone(
    details: dict[str, object], words: list[str]
) -> None:
    assert audit.fields(details) == words


@pytest.mark.parametrize(
    ("sub", "name", "words"),
    [
        ("ana", "Ana Prado", "Ana Prado"),
        ("ana", "", "ana"),
        ("system", "", "sistema"),
        ("person:0190", "Bia Moura", "proponente"),
    ],
)
def test_colleagues_are_told_by_name_and_proponents_never(sub: str, name: str, words: str) -> None:
    assert audit.actor(sub, name) == words
