"""Where a declaration stands, as its person may act on it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Act:
    """What the person can do now, and where."""

    path: str
    words: str


_ACTS: Mapping[str, Act] = {
    "invited": Act("/carta", "Começar a declaração"),
    "filling": Act("/continuar", "Continuar a declaração"),
    "documents": Act("/documentos", "Enviar os documentos"),
    "exam": Act("/pericia", "Ver a perícia pedida"),
    "interview_to_schedule": Act("/entrevista", "Escolher o horário da entrevista"),
    "interview_scheduled": Act("/entrevista", "Ver a entrevista marcada"),
    "offer": Act("/proposta", "Ver as opções e escolher"),
    "term": Act("/termo", "Ler e assinar o termo"),
}
RECTIFIABLE = frozenset({"analysis", "documents", "exam", "interview_to_schedule"})
OVER = frozenset({"released", "integrated", "expired", "withdrawn", "cancelled"})


def act_of(stage: str) -> Act | None:
    """None where nothing is waited for from the person."""
    return _ACTS.get(stage)
