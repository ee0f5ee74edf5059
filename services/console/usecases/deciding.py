"""A decision on a declaration: checked by its contract, then asked of whoever owns the case."""

from collections.abc import Mapping

from pydantic import ValidationError

from contracts.health_declaration.desk import CaseSummary
from kit.errors import Refused
from kit.reasons import field_errors
from services.console.queries.looking import Look
from services.console.rules.decisions import Decision, body_of, unconfirmed


async def decide(
    look: Look, declaration_id: str, decision: Decision, typed: Mapping[str, str]
) -> CaseSummary:
    """The case as it stands afterwards; refused as its owner tells, or field by field before."""
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
    path = f"/declarations/{declaration_id}/{decision.path}"
    return await look.health_declaration.post(path, body, CaseSummary, typed.get("key", ""))
