"""What an operator orders of a process: given only to the process that they saw."""

from collections.abc import Mapping

from pydantic import ValidationError

from contracts.health_declaration.process import Order, Process
from kit.errors import Conflict, Refused
from kit.reasons import field_errors
from services.console.queries.looking import Look
from services.console.queries.process import process_of
from services.console.rules.process import Act, seen


async def order(look: Look, declaration_id: str, act: Act, typed: Mapping[str, str]) -> Process:
    """The process afterwards; 409 where it is no longer the one that was seen."""
    body = _body(act, typed)
    process = await process_of(look, declaration_id)
    if seen(process) != typed.get("version", ""):
        raise _moved(process)
    path = f"/processes/declarations/{declaration_id}/{act.path}"
    return await look.desk.post(path, body, Process, typed.get("key", ""))


def _body(act: Act, typed: Mapping[str, str]) -> Order:
    sure = not act.final or typed.get("sure")
    missing = [] if sure else [{"field": "sure", "reason": "Marque para confirmar."}]
    try:
        body = Order.model_validate({"reason": typed.get("reason", "")})
    except ValidationError as invalid:
        errors = [*field_errors(invalid.errors()), *missing]
        raise Refused(code="validation-failed", errors=errors) from None
    if missing:
        raise Refused(code="validation-failed", errors=missing)
    return body


def _moved(process: Process) -> Conflict:
    """Who paused it where it was paused; when, the course of the case beside it tells."""
    state = process.state
    by = f"{state.paused_by} o pausou. " if state and state.paused and state.paused_by else ""
    detail = f"{by}Abaixo está a situação de agora; o motivo que você escreveu foi mantido."
    return Conflict("O processo mudou desde que você o abriu", "process-changed", detail)
