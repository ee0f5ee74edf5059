"""Somebody looking: the services in their name, and what cannot be had told instead of blank."""

import asyncio
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from datetime import datetime

from contracts.registry.api import Person
from kit.auth import Caller
from kit.errors import Problem
from services.console.gateways.upstream import Asking

KNOW_PEOPLE = "registry.read"
_AT_ONCE = 10


@dataclass(frozen=True)
class Look:
    """One person at one moment of business time, and the services that answer them."""

    caller: Caller
    worklist: Asking
    health_declaration: Asking
    registry: Asking
    contact: Asking
    now: datetime


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
    """What people are called; whoever cannot be had is left out."""
    told = dict.fromkeys(one for one in person_ids if one)
    wanted = list(told) if look.caller.may(KNOW_PEOPLE) else []
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(person_id: str) -> tuple[str, str]:
        async with gate:
            person = await look.registry.get(f"/people/{person_id}", Person)
            return person_id, person.social_name or person.full_name

    found = await asyncio.gather(*(lane(one(person_id)) for person_id in wanted))
    return dict(each.shown for each in found if each.shown is not None)
