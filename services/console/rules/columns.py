"""Columns of the inbox: which there are, and which stand there where nobody chose."""

from collections.abc import Collection, Mapping

from contracts.worklist.team import Column

COLUMNS: Mapping[Column, str] = {
    "due": "Prazo",
    "person": "Pessoa",
    "form": "O que fazer",
    "reference": "Protocolo",
    "queue": "Fila",
    "owner": "Com quem",
    "priority": "Prioridade",
    "opened": "Aberta em",
    "waiting": "Aguarda desde",
}
USUAL: tuple[Column, ...] = ("due", "person", "form", "reference", "queue", "owner")
_ALWAYS = "person"
"""It leads to the task."""


def shown(chosen: Collection[str]) -> tuple[Column, ...]:
    """What was chosen, in the one order; the usual ones where nothing was."""
    if not COLUMNS.keys() & set(chosen):
        return USUAL
    return tuple(one for one in COLUMNS if one in chosen or one == _ALWAYS)
