"""Acts on many tasks: what each is called, what it asks for, and why one of them was refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from contracts.worklist.bulk import Act, JobState

Need = Literal["to", "until", "due_at", "reason"]


@dataclass(frozen=True)
class BulkAct:
    """One act, as its form and its confirmation put it; `needs` is what it is told besides."""

    code: Act
    title: str
    confirm: str
    done: str
    needs: tuple[Need, ...] = ()
    by_manager: bool = False


ACTS: Mapping[str, BulkAct] = {
    "assumir": BulkAct("claim", "Assumir", "Assumir", "assumidas"),
    "devolver": BulkAct("release", "Devolver à fila", "Devolver", "devolvidas"),
    "repassar": BulkAct("hand_over", "Repassar", "Repassar", "repassadas", ("to", "reason")),
    "adiar": BulkAct("snooze", "Adiar", "Adiar", "adiadas", ("until",)),
    "prazo": BulkAct(
        "new_term",
        "Mudar o prazo",
        "Mudar o prazo de",
        "com outro prazo",
        ("due_at", "reason"),
        by_manager=True,
    ),
}
BY_CODE = {act.code: act for act in ACTS.values()}
STATES: Mapping[JobState, str] = {
    "checking": "Conferindo",
    "checked": "Conferida: nada mudou ainda",
    "running": "Em andamento",
    "done": "Terminada",
    "cancelled": "Cancelada",
}
REFUSALS: Mapping[str, str] = {
    "task-ended": "já terminou",
    "task-taken": "já está com outra pessoa",
    "task-not-yours": "não está com você",
    "task-queue": "a pessoa não trabalha nesta fila",
    "task-skill": "pede outra habilitação",
    "four-eyes": "outra pessoa precisa fazê-la",
    "colleague-away": "a pessoa está ausente",
    "colleague-not-found": "a pessoa não é desta equipe",
    "no-room": "a lista da pessoa está cheia",
    "stale-version": "mudou depois da conferência",
    "task-not-found": "não existe mais",
    "not-in-future": "a data já passou",
    "not-yours": "o prazo cabe a quem coordena",
    "own-term": "o prazo da própria tarefa cabe a outra pessoa",
    "nothing-awaited": "ninguém deve resposta",
    "internal-error": "falha nossa: tente esta de novo",
}


def offered(manages: bool) -> dict[str, BulkAct]:
    """What somebody may ask for."""
    return {slug: act for slug, act in ACTS.items() if manages or not act.by_manager}


def moves(state: JobState) -> bool:
    """Whether it goes on by itself."""
    return state in ("checking", "running")
