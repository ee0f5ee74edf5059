"""Somebody looking: the services in their name, and what cannot be had told instead of blank."""

import asyncio
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from contracts.registry.api import NamesWanted, PeopleNames
from kit.auth import Caller
from kit.errors import Problem
from services.console.gateways.upstream import Asking

KNOW_PEOPLE = "registry.read"
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
    wanted = list(dict.fromkeys(one for one in person_ids if one))
    if not wanted or not look.caller.may(KNOW_PEOPLE):
        return {}
    parts = [wanted[first : first + _AT_ONCE] for first in range(0, len(wanted), _AT_ONCE)]
    found = await asyncio.gather(*(lane(_called(look, part)) for part in parts))
    told = chain.from_iterable(each.shown.items for each in found if each.shown)
    return {one.person_id: one.name or ERASED for one in told}


async def _called(look: Look, person_ids: list[str]) -> PeopleNames:
    wanted = NamesWanted(person_ids=tuple(person_ids))
    return await look.registry.post("/people/names", wanted, PeopleNames)
