"""One act on many tasks, from a form to the worklist, which checks it first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from contracts.base import Message
from contracts.worklist.bulk import BulkIn, BulkJob
from kit.errors import Refused
from kit.reasons import field_errors
from services.console.queries.inbox import question
from services.console.queries.looking import Look
from services.console.rules.bulk import ACTS, BulkAct
from services.console.rules.formats import Formats
from services.console.rules.views import Place

_ASKED = {
    "to": "Escolha um colega.",
    "until": "Escolha dia e hora.",
    "due_at": "Escolha dia e hora.",
    "reason": "Escreva o motivo, com ao menos 3 letras.",
}
_SHORTEST = 3


@dataclass(frozen=True)
class Chosen:
    """Which tasks: those marked, or all that the list asks for."""

    task_ids: tuple[str, ...] = ()
    everything: bool = False

    @property
    def nothing(self) -> bool:
        """Whether nothing was chosen."""
        return not self.task_ids and not self.everything


def chosen(pairs: Sequence[tuple[str, Any]]) -> Chosen:
    """What was marked in a form."""
    everything = ("todas", "sim") in pairs
    marked = tuple(value for name, value in pairs if name == "tarefa" and isinstance(value, str))
    return Chosen(() if everything else marked, everything)


async def ask(
    look: Look, place: Place, wanted: Chosen, typed: Mapping[str, str], formats: Formats
) -> BulkJob:
    """The act asked for: from here on it is checked, and nothing is changed yet."""
    if wanted.nothing:
        raise unmarked()
    act = ACTS.get(typed.get("act", ""))
    if act is None:
        raise _refused("act", "Escolha o que fazer.")
    given: dict[str, Any] = {"act": act.code, "task_ids": wanted.task_ids} | _given(
        act, typed, formats
    )
    if wanted.everything:
        given["query"] = question(look, place)
    try:
        body = BulkIn.model_validate(given)
    except ValidationError as invalid:
        raise Refused(code="validation-failed", errors=field_errors(invalid.errors())) from None
    return await look.worklist.post("/bulk-jobs", body, BulkJob, typed.get("key", ""))


async def order(look: Look, job_id: str, word: str, typed: Mapping[str, str]) -> BulkJob:
    """Begins what was checked, or calls it off."""
    path = f"/bulk-jobs/{job_id}/{word}"
    return await look.worklist.post(path, Message(), BulkJob, typed.get("key", ""))


def unmarked() -> Refused:
    """Nothing was chosen."""
    return _refused("tarefa", "Marque ao menos uma tarefa na lista.")


def _given(act: BulkAct, typed: Mapping[str, str], formats: Formats) -> dict[str, Any]:
    """What the act needs; all that is missing is told at once."""
    read: dict[str, str | datetime | None] = {
        "to": typed.get("to") or None,
        "until": formats.read_field(typed.get("until", "")),
        "due_at": formats.read_field(typed.get("due_at", "")),
        "reason": _reason(typed.get("reason", "")),
    }
    missing = [name for name in act.needs if read[name] is None]
    if missing:
        told = [{"field": name, "reason": _ASKED[name]} for name in missing]
        raise Refused(code="validation-failed", errors=told)
    return {name: read[name] for name in act.needs}


def _reason(text: str) -> str | None:
    stripped = text.strip()
    return stripped if len(stripped) >= _SHORTEST else None


def _refused(field: str, reason: str) -> Refused:
    return Refused(code="validation-failed", errors=[{"field": field, "reason": reason}])
