"""What the data-protection officer does for a person, and the one number that is shown whole."""

from collections.abc import Mapping

from pydantic import ValidationError

from contracts.base import Message
from contracts.registry.api import Consent, PersonExport, Revealed, RevealIn, RevocationIn
from kit.errors import Refused
from kit.reasons import field_errors
from services.console.queries.looking import Look

CONFIRMED = "ELIMINAR"
"""What is typed by whoever means it."""


async def reveal(look: Look, person_id: str, typed: Mapping[str, str]) -> str:
    """The whole CPF; the registry keeps who saw it and why."""
    body = _checked(RevealIn, {"reason": typed.get("reason", "").strip()})
    told = await look.registry.post(f"/people/{person_id}/cpf-reveals", body, Revealed)
    return told.cpf


async def export(look: Look, person_id: str) -> bytes:
    """All that the registry holds of the person, as a file for them."""
    told = await look.registry.get(f"/people/{person_id}/export", PersonExport)
    return told.model_dump_json(indent=2).encode()


async def revoke(look: Look, person_id: str, typed: Mapping[str, str]) -> Consent:
    """A consent taken back."""
    body = _checked(RevocationIn, {name: typed.get(name) for name in RevocationIn.model_fields})
    path = f"/people/{person_id}/consent-revocations"
    return await look.registry.post(path, body, Consent, typed.get("key", ""))


async def erase(look: Look, person_id: str, typed: Mapping[str, str]) -> None:
    """Destroys the person's keys; refused with reasons while the law needs the data."""
    missing = []
    if typed.get("word", "").strip().upper() != CONFIRMED:
        missing.append({"field": "word", "reason": f"Escreva {CONFIRMED} para confirmar."})
    if not typed.get("sure"):
        missing.append({"field": "sure", "reason": "Marque para confirmar."})
    if missing:
        raise Refused(code="validation-failed", errors=missing)
    await look.registry.order(f"/people/{person_id}/erasure", Message(), typed.get("key", ""))


def _checked[Body: Message](kind: type[Body], given: Mapping[str, object]) -> Body:
    try:
        return kind.model_validate(given)
    except ValidationError as invalid:
        raise Refused(code="validation-failed", errors=field_errors(invalid.errors())) from None
