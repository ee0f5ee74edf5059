"""One person on one screen: the card first, then lanes that load apart, each within its time."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import RootModel

from contracts.contact.api import ContactPage
from contracts.health_declaration.cpt import CptPage
from contracts.health_declaration.desk import CasePage
from contracts.registry.api import Consent, Enrolments, Person, Timeline
from contracts.worklist.api import TaskPage
from services.console.queries.looking import Lane, Look, lane

PATIENCE = 2.0
"""Seconds that a whole page waits for its lanes; who comes later loads apart."""
_MANY = 50
TELLS_HEALTH = ("cpt.read", "privacy.export")
"""To whom the history tells of health, and notes that they read it."""


class Consents(RootModel[tuple[Consent, ...]]):
    """Consents as the registry lists them."""


@dataclass(frozen=True)
class LaneOf:
    """One lane: its title, who has a part in it, what it asks."""

    slug: str
    title: str
    needs: str
    ask: Callable[[Look, str, str], Awaitable[Any]]
    noted: bool = False
    """Reading it is noted for everybody: it is only read by whoever asks for it."""

    def read_by_asking(self, look: Look) -> bool:
        """Whether this reader's reading of it would be noted."""
        return self.noted or (self.slug == "historico" and any(map(look.caller.may, TELLS_HEALTH)))


@dataclass(frozen=True)
class Filled:
    """A lane as it came."""

    of: LaneOf
    lane: Lane[Any] | None = None
    """None of one that did not come yet."""
    asks_first: bool = False


async def person(look: Look, person_id: str) -> Person:
    """Who they are; raises what the registry tells."""
    return await look.registry.get(f"/people/{person_id}", Person)


async def lanes(look: Look, person_id: str, asked: str) -> tuple[Filled, ...]:
    """Every lane the reader has a part in; `asked` names one that is waited for to its end."""
    mine = [one for one in LANES if look.caller.may(one.needs)]
    return tuple(await asyncio.gather(*(_within(look, person_id, one, asked) for one in mine)))


async def filled(look: Look, person_id: str, of: LaneOf, cursor: str = "") -> Filled:
    """One lane that somebody asked for."""
    return Filled(of, await lane(of.ask(look, person_id, cursor)))


async def _within(look: Look, person_id: str, of: LaneOf, asked: str) -> Filled:
    if of.slug == asked:
        return await filled(look, person_id, of)
    if of.read_by_asking(look):
        return Filled(of, asks_first=True)
    try:
        async with asyncio.timeout(PATIENCE):
            return await filled(look, person_id, of)
    except TimeoutError:
        return Filled(of)


async def _enrolments(look: Look, person_id: str, _cursor: str) -> Enrolments:
    return await look.registry.get(f"/people/{person_id}/enrolments", Enrolments)


async def _declarations(look: Look, person_id: str, _cursor: str) -> CasePage:
    asked = {"person_id": person_id, "limit": _MANY}
    return await look.health_declaration.get("/declarations", CasePage, **asked)


async def _cpts(look: Look, person_id: str, _cursor: str) -> CptPage:
    asked = {"person_id": person_id, "limit": _MANY}
    return await look.health_declaration.get("/cpts", CptPage, **asked)


async def _contacts(look: Look, person_id: str, _cursor: str) -> ContactPage:
    asked = {"person_id": person_id, "limit": 20}
    return await look.contact.get("/contacts", ContactPage, **asked)


async def _consents(look: Look, person_id: str, _cursor: str) -> tuple[Consent, ...]:
    return (await look.registry.get(f"/people/{person_id}/consents", Consents)).root


async def _tasks(look: Look, person_id: str, _cursor: str) -> TaskPage:
    asked = {"person_id": person_id, "order": "due", "limit": _MANY}
    return await look.worklist.get("/tasks", TaskPage, **asked)


async def _history(look: Look, person_id: str, cursor: str) -> Timeline:
    asked = {"order": "newest", "limit": _MANY, "cursor": cursor}
    return await look.registry.get(f"/people/{person_id}/timeline", Timeline, **asked)


LANES = (
    LaneOf("contratos", "Contratos", "registry.read", _enrolments),
    LaneOf("declaracoes", "Declarações", "ds.read", _declarations),
    LaneOf("cpts", "Coberturas parciais (CPT)", "cpt.read", _cpts, noted=True),
    LaneOf("contatos", "Contatos feitos", "contact.read", _contacts),
    LaneOf("consentimentos", "Consentimentos", "registry.read", _consents),
    LaneOf("tarefas", "Tarefas em aberto", "tasks.read", _tasks),
    LaneOf("historico", "Histórico", "registry.read", _history),
)
BY_SLUG: Mapping[str, LaneOf] = {one.slug: one for one in LANES}
