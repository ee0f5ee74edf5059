"""What a person sets going again: parked keys, reports to the ERP, keys of partners, sends."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from contracts.base import Message
from contracts.contact.api import ContactRecord, ResolveContact
from contracts.health_declaration.cpt import ErpPending, PartnerKey, PartnerKeyIn
from contracts.ops import Redriven, Requeued
from kit.errors import Problem, Refused
from kit.ops import RedriveIn
from kit.reasons import field_errors
from services.console.queries.integrations import asking
from services.console.queries.looking import Look
from services.console.rules.deadlines import Chip
from services.console.rules.integrations import PATHS, Named


@dataclass(frozen=True)
class Redone:
    """What came of one key."""

    named: Named
    chip: Chip


async def redrive(look: Look, chosen: Iterable[Named]) -> list[Redone]:
    """Each key by itself: one that fails keeps none of the others from going on."""
    return [Redone(one, await _again(look, one)) for one in chosen]


async def resolve(look: Look, contact_id: str, typed: Mapping[str, str]) -> ContactRecord:
    """Somebody found out what became of a send."""
    body = checked(ResolveContact, {name: typed.get(name, "") for name in ("outcome", "reason")})
    path = f"/contacts/{contact_id}/resolve"
    return await look.contact.post(path, body, ContactRecord, typed.get("key", ""))


async def report(look: Look, cpt_id: str, key: str) -> ErpPending:
    """The ERP is told again."""
    return await look.health_declaration.post(f"/cpts/{cpt_id}/reports", Message(), ErpPending, key)


async def register(look: Look, typed: Mapping[str, str]) -> PartnerKey:
    """A partner's public key, as it was pasted."""
    try:
        jwk = json.loads(typed.get("jwk", ""))
    except ValueError:
        raise _refused("jwk", "Cole a chave pública como JSON (JWK).") from None
    name = typed.get("name", "").strip()
    if not name.isascii() or not name.replace("-", "").replace("_", "").isalnum():
        raise _refused("name", "Use letras minúsculas, números, - e _.")
    body = checked(PartnerKeyIn, {"jwk": jwk})
    return await look.health_declaration.put(f"/partners/{name}", body, PartnerKey)


def checked[Body: Message](kind: type[Body], given: Mapping[str, Any]) -> Body:
    """What was typed as the contract has it; refused field by field where it does not fit."""
    try:
        return kind.model_validate(dict(given))
    except ValidationError as invalid:
        raise Refused(code="validation-failed", errors=field_errors(invalid.errors())) from None


async def _again(look: Look, one: Named) -> Chip:
    service, body = asking(look, one.service), RedriveIn(topic=one.topic, key=one.key)
    path = f"{PATHS[one.way]}/redrive"
    try:
        if one.way == "saida":
            return _requeued(await service.post(path, body, Requeued))
        return _redriven(await service.post(path, body, Redriven))
    except Problem as problem:
        return Chip("critical", "▲", problem.title)


def _redriven(told: Redriven) -> Chip:
    done = "1 tratada" if told.handled == 1 else f"{told.handled} tratadas"
    if told.still_parked:
        return Chip("warning", "◆", f"{done}; o erro se repetiu e a chave continua parada")
    return Chip("done", "✓", done if told.handled else "já não estava parada")


def _requeued(told: Requeued) -> Chip:
    if not told.facts:
        return Chip("done", "✓", "já não estava parada")
    words = "1 fato a enviar" if told.facts == 1 else f"{told.facts} fatos a enviar"
    return Chip("running", "●", f"{words} de novo")


def _refused(field: str, reason: str) -> Refused:
    return Refused(code="validation-failed", errors=[{"field": field, "reason": reason}])
