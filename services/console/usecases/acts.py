"""What people do with a task besides deciding it: one order to the worklist each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from contracts.worklist import api
from kit.errors import Refused
from kit.reasons import field_errors
from services.console.queries.looking import Look
from services.console.rules.formats import Formats


@dataclass(frozen=True)
class Act:
    """One order: what the worklist calls it, what it is told, what is said once it is done."""

    path: str
    body: type[api.Versioned]
    done: str


ACTS: Mapping[str, Act] = {
    "assumir": Act("claim", api.Versioned, "Tarefa assumida: agora ela é sua."),
    "devolver": Act("release", api.Versioned, "Tarefa devolvida à fila."),
    "adiar": Act("snooze", api.Snooze, "Tarefa adiada."),
    "repassar": Act("hand-over", api.HandOver, "Tarefa repassada."),
    "desfazer": Act("undo", api.Versioned, "Desfeito: a tarefa está como antes."),
    "prazo": Act("term", api.NewTerm, "Prazo mudado."),
}


async def carry_out(
    look: Look, task_id: str, act: Act, typed: Mapping[str, str], formats: Formats
) -> api.TaskView:
    """The task as it is afterwards; what cannot be done is raised as the worklist tells it."""
    given: dict[str, Any] = {
        name: value.strip() for name, value in typed.items() if value.strip() and name != "until"
    }
    if act.body is api.Snooze and typed.get("how") != "answered":
        given["until"] = _moment("until", typed, formats)
    if act.body is api.NewTerm:
        given["due_at"] = _moment("due_at", typed, formats)
    try:
        body = act.body.model_validate(given)
    except ValidationError as invalid:
        raise Refused(code="validation-failed", errors=field_errors(invalid.errors())) from None
    return await look.worklist.post(
        f"/tasks/{task_id}/{act.path}", body, api.TaskView, typed.get("key", "")
    )


def _moment(name: str, typed: Mapping[str, str], formats: Formats) -> datetime:
    """The moment that somebody chose."""
    moment = formats.read_field(typed.get(name, ""))
    if moment is None:
        told = [{"field": name, "reason": "Escolha dia e hora."}]
        raise Refused(code="validation-failed", errors=told)
    return moment
