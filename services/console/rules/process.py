"""The process of a case as people follow it: its steps, its wait, what may be ordered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from contracts.health_declaration.desk import Course
from contracts.health_declaration.process import Process
from contracts.health_declaration.stages import DUE_TOLD, coarse
from contracts.permissions import CLINICAL

State = Literal["done", "now", "ahead", "skipped"]
MARKS: Mapping[State, str] = {"done": "✓", "now": "●", "ahead": "·", "skipped": "–"}
SPOKEN: Mapping[State, str] = {
    "done": "feito",
    "now": "agora",
    "ahead": "por vir",
    "skipped": "não houve",
}
_STEPS = ("Convite", "Preenchimento", "Avaliação", "Liberação")
_PLACE: Mapping[str, int] = {
    "unrepresented": 0,
    "invited": 0,
    "filling": 1,
    "in_review": 2,
    "waiting_person": 2,
    "released": 4,
}


@dataclass(frozen=True)
class Step:
    """One step of the bar."""

    title: str
    state: State
    at: datetime | None = None
    """When it was finished."""

    @property
    def mark(self) -> str:
        """Its shape."""
        return MARKS[self.state]

    @property
    def spoken(self) -> str:
        """Its state in words."""
        return SPOKEN[self.state]


def steps(course: Course) -> tuple[Step, ...]:
    """The steps that every case goes through; those an ended case did not reach are left out."""
    finished = (course.letter_at, course.signed_at, course.released_at, course.released_at)
    here = _PLACE.get(coarse_of(course.stage))
    return tuple(_step(title, place, finished[place], here) for place, title in enumerate(_STEPS))


def tells(course: Course, may: Callable[[str], bool]) -> bool:
    """Whether the reader is told of the terms of this stage, so that none told is none there."""
    return may(CLINICAL) or course.stage in DUE_TOLD


def coarse_of(stage: str) -> str:
    """The stage as anybody may be told it, coarse already or not."""
    try:
        return coarse(stage)
    except KeyError:
        return stage


def _step(title: str, place: int, at: datetime | None, here: int | None) -> Step:
    if here is None:
        return Step(title, "done" if at else "skipped", at)
    if place < here:
        return Step(title, "done", at)
    return Step(title, "now" if place == here else "ahead")


@dataclass(frozen=True)
class Act:
    """What an operator may order: in words, and whether it can be taken back."""

    slug: str
    path: str
    title: str
    explained: str
    done: str
    final: bool = False


ACTS: Mapping[str, Act] = {
    act.slug: act
    for act in (
        Act(
            "pausar",
            "pause",
            "Pausar o processo",
            "Nenhum lembrete nem prazo age enquanto estiver pausado. Pode ser retomado.",
            "Processo pausado.",
        ),
        Act(
            "retomar",
            "resume",
            "Retomar o processo",
            "O que venceu durante a pausa age assim que ele for retomado.",
            "Processo retomado.",
        ),
        Act(
            "cancelar",
            "cancel",
            "Cancelar a declaração",
            "Encerra a declaração em nome da operadora. Não pode ser desfeito.",
            "Cancelamento pedido: a declaração foi encerrada.",
            final=True,
        ),
    )
}


def offered(process: Process) -> tuple[Act, ...]:
    """What may be ordered of a process as it stands."""
    if process.status != "running":
        return ()
    first = "retomar" if process.state and process.state.paused else "pausar"
    final = () if process.state and process.state.stage == "released" else (ACTS["cancelar"],)
    return (ACTS[first], *final)


def seen(process: Process) -> str:
    """What an order is given on: another text, and the reader saw another process."""
    state = process.state
    now = f"{state.stage}.{state.paused}" if state else ""
    return f"{process.run_id}.{process.status}.{now}"


REFUSALS: Mapping[str, str] = {"representative-missing": "falta quem responda pela pessoa"}
STATUSES: Mapping[str, str] = {
    "running": "em curso",
    "completed": "concluído",
    "canceled": "cancelado",
    "terminated": "interrompido",
    "failed": "falhou",
    "timed_out": "tempo esgotado",
    "continued_as_new": "em curso",
}
