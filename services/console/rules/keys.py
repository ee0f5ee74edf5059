"""The keyboard: one list, from which the help is written and the keys are bound."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Key:
    """One key, what it does in the script, and in words. Nothing here decides or destroys."""

    key: str
    act: str
    words: str


KEYS = (
    Key("j", "next", "Próxima tarefa da lista"),
    Key("k", "previous", "Tarefa anterior da lista"),
    Key("a", "claim", "Assumir a tarefa aberta"),
    Key("/", "search", "Buscar uma pessoa"),
    Key("?", "help", "Mostrar estes atalhos"),
)
