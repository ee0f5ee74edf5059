"""What waits for a person between the services: each part apart, asked only of who may read it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass

from contracts.contact.api import ContactPage, ContactStatus
from contracts.health_declaration.cpt import ErpBacklog, PartnerKeys
from contracts.ops import ParkedPage
from contracts.registry.api import RejectionPage
from kit.errors import Forbidden
from services.console.gateways.upstream import Asking
from services.console.queries.looking import Lane, Look, lane, names
from services.console.rules.integrations import PATHS, SERVICES, Named, Waiting, Way

_MOST, _FAILED = 200, 50


@dataclass(frozen=True)
class Contacts:
    """Sends whose fate nobody knows, the last that reached nobody, and what people are called."""

    doubtful: ContactPage
    failed: ContactPage
    called: Mapping[str, str]


@dataclass(frozen=True)
class Standing:
    """All of it."""

    parked: Mapping[str, Lane[tuple[Waiting, ...]]]
    backlog: Lane[ErpBacklog]
    partners: Lane[PartnerKeys]
    rejections: Lane[RejectionPage]
    contacts: Lane[Contacts]


def asking(look: Look, service: str) -> Asking:
    """One of the services, by its name."""
    known = {
        "registry": look.registry,
        "health_declaration": look.health_declaration,
        "contact": look.contact,
        "worklist": look.worklist,
    }
    return known[service]


async def standing(look: Look, rejections_after: str) -> Standing:
    """How everything stands now."""
    declarations, registry = look.health_declaration, look.registry
    parked, backlog, partners, rejections, contacts = await asyncio.gather(
        _parked(look),
        _part(
            look, "ops.partners", lambda: declarations.get("/erp-backlog", ErpBacklog, limit=_MOST)
        ),
        _part(look, "ops.partners", lambda: declarations.get("/partners", PartnerKeys)),
        _part(
            look,
            "registry.enrol",
            lambda: registry.get("/enrolment-rejections", RejectionPage, cursor=rejections_after),
        ),
        _part(look, "contact.read", lambda: _contacts(look)),
    )
    return Standing(parked, backlog, partners, rejections, contacts)


async def _part[Shown](look: Look, needs: str, ask: Callable[[], Awaitable[Shown]]) -> Lane[Shown]:
    """Whoever may not read a part is told so here: to ask would be noted as an attempt."""
    if look.caller.may(needs):
        return await lane(ask())
    return Lane(trouble=Forbidden(detail=f"Falta a permissão {needs}."))


async def _parked(look: Look) -> dict[str, Lane[tuple[Waiting, ...]]]:
    found = await asyncio.gather(*(lane(_of_service(look, service)) for service in SERVICES))
    return dict(zip(SERVICES, found, strict=True))


async def _of_service(look: Look, service: str) -> tuple[Waiting, ...]:
    """Both ways of one service, the longest waiting first."""
    ways = await asyncio.gather(*(_one_way(look, service, way) for way in PATHS))
    both = [waiting for way in ways for waiting in way]
    return tuple(sorted(both, key=lambda waiting: waiting.item.parked_at))


async def _one_way(look: Look, service: str, way: Way) -> Iterable[Waiting]:
    page = await asking(look, service).get(PATHS[way], ParkedPage, limit=_MOST)
    return [Waiting(Named(service, way, one.topic, one.key), one) for one in page.items]


async def _contacts(look: Look) -> Contacts:
    async def having(status: ContactStatus) -> ContactPage:
        return await look.contact.get("/contacts", ContactPage, status=status, limit=_FAILED)

    doubtful, failed = await asyncio.gather(having("unknown"), having("failed"))
    people = [one.person_id for one in (*doubtful.items, *failed.items)]
    return Contacts(doubtful, failed, await names(look, people))
