"""Orders about rule sets and texts, each to the service that owns them."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from contracts.base import Message
from contracts.health_declaration.cpt import (
    DraftIn,
    NoticePublicationIn,
    NoticeVersion,
    NoticeVersionIn,
    PublicationIn,
    RuleSetVersion,
    Simulation,
)
from kit.errors import Problem, Refused
from kit.reasons import field_errors
from services.console.queries.looking import Look
from services.console.queries.rule_sets import Opened, opened
from services.console.rules.rule_content import Sheet, content_of

_UNREAD = {"field": "lido", "reason": "Confirme que leu o que será publicado."}


async def save(look: Look, shown: Opened, sheet: Sheet, seen: str) -> RuleSetVersion:
    """Writes the draft over what was seen; 409 where another stands by now."""
    content, cases = content_of(shown.table, sheet, shown.product.content)
    body = _checked(DraftIn, {"content": content, "cases": cases, "seen": seen})
    path = f"/rule-sets/{shown.table.name}/draft"
    return await look.health_declaration.put(path, body, RuleSetVersion)


async def simulate(look: Look, shown: Opened) -> Simulation:
    """What the draft would have changed of past cases."""
    path = f"/rule-sets/{shown.table.name}/draft/simulation"
    return await look.health_declaration.post(path, Message(), Simulation)


async def publish(look: Look, shown: Opened, typed: Mapping[str, str]) -> None:
    """Puts in force the draft that was read; asked twice it is done once."""
    _expect_read(typed)
    body = _checked(PublicationIn, {"content_hash": typed.get("content_hash", "")})
    path = f"/rule-sets/{shown.table.name}/draft/publication"
    try:
        await look.health_declaration.post(path, body, RuleSetVersion)
    except Problem as problem:
        if problem.code != "no-draft" or not await _published(look, shown, body.content_hash):
            raise


async def write_notice(look: Look, typed: Mapping[str, str]) -> NoticeVersion:
    """A draft of a text."""
    given = {name: typed.get(name, "").strip() for name in ("kind", "version", "title", "text")}
    body = _checked(NoticeVersionIn, given)
    return await look.health_declaration.post("/notices", body, NoticeVersion, typed.get("key", ""))


async def publish_notice(look: Look, typed: Mapping[str, str]) -> NoticeVersion:
    """Puts in force the text that was read."""
    _expect_read(typed)
    given = {name: typed.get(name, "") for name in ("kind", "version", "content_hash")}
    body = _checked(NoticePublicationIn, given)
    return await look.health_declaration.post("/notices/publication", body, NoticeVersion)


async def _published(look: Look, shown: Opened, read: str) -> bool:
    """Whether the reader put this very content in force before."""
    now = (await opened(look, shown.table)).in_force
    return (now.content_hash, now.approver) == (read, look.caller.sub)


def _checked[Body: Message](body: type[Body], given: Mapping[str, Any]) -> Body:
    try:
        return body.model_validate(given)
    except ValidationError as invalid:
        raise Refused(code="validation-failed", errors=field_errors(invalid.errors())) from None


def _expect_read(typed: Mapping[str, str]) -> None:
    if typed.get("lido") != "sim":
        raise Refused("Falta confirmar a leitura", code="unread", errors=[_UNREAD])
