"""The keyboard: one list, from which the help is written and the keys are bound."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Key:
    """One key, or two one after the other, what it does in the script, and in words.

    Nothing here decides or destroys.
    """

    key: str
    act: str
    words: str


KEYS = (
    Key("j", "next", "Próxima tarefa da lista"),
    Key("k", "previous", "Tarefa anterior da lista"),
    Key("a", "claim", "Assumir a tarefa aberta"),
    Key("s", "snooze", "Adiar a tarefa aberta"),
    Key("g i", "inbox", "Ir para Tarefas"),
    Key("g p", "people", "Ir para a busca de pessoas"),
    Key("g r", "rules", "Ir para Regras"),
    Key("/", "search", "Buscar uma pessoa"),
    Key("Ctrl+K", "palette", "Ir para qualquer área ou visão"),
    Key("?", "help", "Mostrar estes atalhos"),
)
