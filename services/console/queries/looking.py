"""Somebody looking: the services in their name, and what cannot be had told instead of blank."""

import asyncio
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import batched

from contracts.registry.api import NamesWanted, PeopleNames
from kit.auth import Caller
from kit.errors import Forbidden, Problem
from services.console.gateways.upstream import Asking
from services.console.rules.typed import IDENTIFIER

KNOW_PEOPLE = "registry.names"
ERASED = "pessoa eliminada"
"""Whoever asked to be forgotten: there was somebody, and nobody may say who."""
_AT_ONCE = 200


@dataclass(frozen=True)
class Look:
    """One person at one moment of business time, and the services that answer them."""

    caller: Caller
    worklist: Asking
    health_declaration: Asking
    registry: Asking
    contact: Asking
    desk: Asking
    now: datetime
    """In the zone whose days the screens write."""


@dataclass(frozen=True)
class Lane[Shown]:
    """A part of a page that loads apart: what it shows, or why it shows nothing."""

    shown: Shown | None = None
    trouble: Problem | None = None


async def lane[Shown](asked: Awaitable[Shown]) -> Lane[Shown]:
    """The part, or its trouble: the other parts are shown all the same."""
    try:
        return Lane(shown=await asked)
    except Problem as trouble:
        return Lane(trouble=trouble)


async def names(look: Look, person_ids: Iterable[str | None]) -> dict[str, str]:
    """What people are called, asked once for all; whoever cannot be had is left out."""
    told = dict.fromkeys(one for one in person_ids if one and IDENTIFIER.fullmatch(one))
    wanted = list(told) if look.caller.may(KNOW_PEOPLE) else []
    parts = (called(look, part) for part in batched(wanted, _AT_ONCE))
    found = await asyncio.gather(*map(lane, parts))
    return {who: name for each in found for who, name in (each.shown or {}).items()}


async def called(look: Look, person_ids: tuple[str, ...]) -> dict[str, str]:
    """Names of at most 200 people; raises where the registry cannot tell."""
    wanted = NamesWanted(person_ids=person_ids)
    told = await look.registry.post("/people/names", wanted, PeopleNames)
    return {one.person_id: one.name or ERASED for one in told.items}


def need(look: Look, permission: str) -> None:
    """403 without asking the service, for a part of a page that the reader cannot have."""
    if not look.caller.may(permission):
        raise Forbidden(detail=f"Falta a permissão {permission}.")
