"""A decision on a case or a request: checked by its contract, then asked of whoever owns it."""

from collections.abc import Mapping

from pydantic import ValidationError

from kit.errors import Refused
from kit.reasons import field_errors
from services.console.queries.looking import Look
from services.console.rules.decisions import Decision, body_of, unconfirmed


async def decide(look: Look, on: str, decision: Decision, typed: Mapping[str, str]) -> None:
    """Taken on the case or the request; refused as its owner tells, or field by field before."""
    missing = [
        {"field": name, "reason": reason} for name, reason in unconfirmed(decision, typed).items()
    ]
    try:
        body = decision.body.model_validate(body_of(decision, typed))
    except ValidationError as invalid:
        errors = [*field_errors(invalid.errors()), *missing]
        raise Refused(code="validation-failed", errors=errors) from None
    if missing:
        raise Refused(code="validation-failed", errors=missing)
    path = f"/{decision.of}/{on}/{decision.path}"
    await look.health_declaration.order(path, body, typed.get("key", ""))
