"""Orders about interviews: checked by their contract, then asked of whoever owns them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from contracts.health_declaration import desk
from kit.errors import Refused
from kit.reasons import field_errors
from services.console.queries.looking import Look
from services.console.rules import interviews as rules


@dataclass(frozen=True)
class Act:
    """One order: its address at the service, what it is told, and what is said once it is done."""

    path: str
    body: type[desk.Versioned]
    done: str


ACTS: Mapping[str, Act] = {
    "marcar": Act("booking", desk.BookingIn, "Entrevista marcada: a pessoa recebe a confirmação."),
    "remarcar": Act(
        "rescheduling", desk.RescheduleIn, "Horário devolvido: a pessoa recebe o convite de novo."
    ),
    "falta": Act("missed", desk.MissedIn, "Falta registrada."),
    "telefone": Act("phone", desk.ByPhoneIn, "Registrado: a entrevista segue por telefone."),
    "concluir": Act("result", desk.InterviewResultIn, "Entrevista concluída e assinada."),
}


async def carry_out(look: Look, interview_id: str, slug: str, typed: Mapping[str, str]) -> None:
    """What cannot be done is raised as the service tells it, or field by field before."""
    act = ACTS[slug]
    given = rules.body_of(typed) if slug == "concluir" else _plain(typed)
    missing = _unsure(slug, typed)
    try:
        body = act.body.model_validate(given)
    except ValidationError as invalid:
        raise _refused([*field_errors(invalid.errors()), *missing]) from None
    if missing:
        raise _refused(missing)
    path = f"/interviews/{interview_id}/{act.path}"
    await look.health_declaration.post(path, body, desk.InterviewSummary, typed.get("key", ""))


async def give(
    look: Look, doctor: str, minutes: int, times: list[datetime], key: str
) -> desk.SlotPage:
    """The times as they are given; those that overlap others are refused by the service."""
    try:
        slots = [desk.SlotIn(doctor=doctor, starts_at=at, minutes=minutes) for at in times]
        body = desk.SlotsIn(slots=tuple(slots))
    except ValidationError as invalid:
        raise _refused(field_errors(invalid.errors())) from None
    return await look.health_declaration.post("/slots", body, desk.SlotPage, key)


def _plain(typed: Mapping[str, str]) -> dict[str, Any]:
    known = ("version", "slot_id", "reason")
    given: dict[str, Any] = {name: typed[name].strip() for name in known if typed.get(name)}
    return given | ({"in_person": True} if typed.get("in_person") else {})


def _unsure(slug: str, typed: Mapping[str, str]) -> list[dict[str, str]]:
    if slug not in ("falta", "concluir") or typed.get("sure"):
        return []
    return [{"field": "sure", "reason": "Marque para confirmar."}]


def _refused(errors: list[Any]) -> Refused:
    return Refused(code="validation-failed", errors=errors)
