"""The rooms of the console: what stands in the rail, and to whom it is open."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Room:
    """One entry of the rail, for whoever holds any of the permissions."""

    path: str
    title: str
    needs: frozenset[str]


ROOMS = (
    Room("/tarefas", "Tarefas", frozenset({"tasks.read"})),
    Room("/declaracoes", "Declarações", frozenset({"ds.read"})),
    Room("/pessoas", "Pessoas", frozenset({"registry.read"})),
    Room("/entrevistas", "Entrevistas", frozenset({"ds.schedule", "ds.interview"})),
    Room("/cpts", "CPTs", frozenset({"cpt.read"})),
    Room("/regras", "Regras", frozenset({"rules.read"})),
    Room("/integracoes", "Integrações", frozenset({"ops.parked"})),
    Room("/auditoria", "Auditoria", frozenset({"audit.read"})),
    Room("/administracao", "Administração", frozenset({"tasks.manage"})),
)


def open_to(may: Callable[[str], bool]) -> tuple[Room, ...]:
    """The rooms that somebody may enter, in the order of the rail."""
    return tuple(room for room in ROOMS if any(map(may, room.needs)))


def first(may: Callable[[str], bool]) -> str:
    """Where somebody begins who said nothing of where to go."""
    rooms = open_to(may)
    return rooms[0].path if rooms else ROOMS[0].path
