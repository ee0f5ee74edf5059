"""The trails of all services, read in the reader's own name, as one list."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import Table

from contracts.health_declaration.desk import CasePage
from contracts.ops import AuditEntry, AuditPage, ChainReport, ReasonRevealed, ReasonWanted
from kit import trail
from kit.auth import Caller
from kit.db import Begin
from kit.errors import Problem
from kit.pages import encode_cursor
from kit.trail import Asked
from services.console.gateways.upstream import Asking
from services.console.queries.looking import Lane, Look, lane, names
from services.console.rules.trail import TrailLine, TrailPlace, cursor_after, merged

PAGE, PACK = 50, 200
OWN_KEY = "service:console"
"""Seals what somebody typed of nobody in particular."""


class Trail(Protocol):
    """One service's trail."""

    async def page(self, asked: Asked) -> AuditPage:
        """Entries, newest first."""
        ...

    async def reveal(self, entry_id: int, wanted: ReasonWanted) -> ReasonRevealed:
        """What somebody typed, once the trail keeps who reads it and why."""
        ...

    async def chain(self) -> ChainReport:
        """Whether its chain holds."""
        ...


@dataclass(frozen=True)
class Remote:
    """The trail of a service that is asked over the network."""

    asking: Asking

    async def page(self, asked: Asked) -> AuditPage:
        """As the service tells it."""
        wanted = asked.model_dump(mode="json", exclude_defaults=True)
        return await self.asking.get("/ops/audit", AuditPage, **wanted)

    async def reveal(self, entry_id: int, wanted: ReasonWanted) -> ReasonRevealed:
        """As the service keeps it."""
        return await self.asking.post(f"/ops/audit/{entry_id}/reason", wanted, ReasonRevealed)

    async def chain(self) -> ChainReport:
        """As the service finds it."""
        return await self.asking.get("/ops/audit/chain", ChainReport)


@dataclass(frozen=True)
class Own:
    """The console's own trail."""

    begin: Begin
    audit: Table
    caller: Caller

    async def page(self, asked: Asked) -> AuditPage:
        """Read where it is kept."""
        async with self.begin(self.caller.tenant_id, self.caller) as tx:
            return await trail.page(tx, self.audit, asked)

    async def reveal(self, entry_id: int, wanted: ReasonWanted) -> ReasonRevealed:
        """Opened where it is kept."""
        async with self.begin(self.caller.tenant_id, self.caller) as tx:
            return await trail.reveal(tx, self.audit, entry_id, wanted.reason, OWN_KEY)

    async def chain(self) -> ChainReport:
        """Checked where it is kept."""
        async with self.begin(self.caller.tenant_id, self.caller) as tx:
            return await trail.chain(tx)


@dataclass(frozen=True)
class Trails:
    """Every trail there is, for somebody looking."""

    look: Look
    zone: ZoneInfo
    kept: Mapping[str, Trail]


@dataclass(frozen=True)
class Found:
    """A page of the list, and which trails are missing from it."""

    place: TrailPlace
    lines: Sequence[TrailLine] = ()
    missing: Mapping[str, Problem] = field(default_factory=dict)
    next_cursor: str = ""
    person: str = ""
    """What the person is called who is asked for."""
    cases_missing: Problem | None = None
    """Why what was done to the person's declarations is not in the list."""


async def found(trails: Trails, place: TrailPlace) -> Found:
    """One page. What was not shown of a trail waits at its position for the next."""
    subjects, trouble, person = await _subjects(trails.look, place)
    asked = _asked(trails, place, subjects, PAGE)
    told = await _pages(trails, place, asked)
    pages = {source: one.shown.items for source, one in told.items() if one.shown}
    lines = merged(pages, PAGE)
    further = any(one.shown.next_cursor for one in told.values() if one.shown)
    more = further or sum(map(len, pages.values())) > len(lines)
    return Found(
        place,
        lines,
        {source: one.trouble for source, one in told.items() if one.trouble},
        cursor_after(lines, place.positions) if more else "",
        person,
        trouble,
    )


async def whole(trails: Trails, place: TrailPlace, most: int) -> list[TrailLine]:
    """All that the filter finds, or `most` + 1 where it is more; a silent trail is raised."""
    subjects, trouble, _ = await _subjects(trails.look, place)
    if trouble is not None:
        raise trouble
    asked = _asked(trails, place.first, subjects, PACK)
    packs = [_all(trails.kept[source], asked, most) for source in place.sources]
    entries = await asyncio.gather(*packs)
    return merged(dict(zip(place.sources, entries, strict=True)), most + 1)


async def chains(trails: Trails) -> dict[str, Lane[ChainReport]]:
    """How the chain of each trail stands."""
    told = await asyncio.gather(*(lane(kept.chain()) for kept in trails.kept.values()))
    return dict(zip(trails.kept, told, strict=True))


async def _pages(trails: Trails, place: TrailPlace, asked: Asked) -> dict[str, Lane[AuditPage]]:
    def of(source: str) -> Asked:
        number = place.positions.get(source)
        cursor = None if number is None else encode_cursor(number)
        return asked.model_copy(update={"cursor": cursor})

    wanted = (lane(trails.kept[source].page(of(source))) for source in place.sources)
    return dict(zip(place.sources, await asyncio.gather(*wanted), strict=True))


async def _all(kept: Trail, asked: Asked, most: int) -> list[AuditEntry]:
    page = await kept.page(asked)
    entries = list(page.items)
    while page.next_cursor and len(entries) <= most:
        page = await kept.page(asked.model_copy(update={"cursor": page.next_cursor}))
        entries += page.items
    return entries


def _asked(trails: Trails, place: TrailPlace, subjects: tuple[str, ...], limit: int) -> Asked:
    return Asked(
        subject=subjects,
        actor=place.actor or None,
        action=place.action or None,
        since=place.since(trails.zone),
        until=place.until(trails.zone),
        limit=limit,
    )


async def _subjects(look: Look, place: TrailPlace) -> tuple[tuple[str, ...], Problem | None, str]:
    """What the entries are to be about: of a person also their declarations and CPTs."""
    if not place.person_id:
        return ((place.subject,) if place.subject else ()), None, ""
    person_id = place.person_id
    asked = look.health_declaration.get("/declarations", CasePage, person_id=person_id, limit=PAGE)
    cases, called = await asyncio.gather(lane(asked), names(look, [person_id]))
    ids = [case.declaration_id for case in cases.shown.items] if cases.shown else []
    subjects = (person_id, f"cpts of {person_id}", *ids)
    return subjects, cases.trouble, called.get(person_id, "")
