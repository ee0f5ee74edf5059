"""CPTs as analysts and medical auditors read them; every reading is noted by their owner."""

import asyncio
from dataclasses import dataclass

from contracts.health_declaration.cpt import Cpt, CptPage
from contracts.health_declaration.desk import Case
from services.console.queries.looking import Lane, Look, lane, names
from services.console.rules.cpts import Place

LIFT, REPORT = "ds.audit", "ops.partners"
_LIMIT = 50


@dataclass(frozen=True)
class Listing:
    """A page of CPTs, or why there is none."""

    place: Place
    page: Lane[CptPage]
    names: dict[str, str]

    @property
    def status(self) -> int:
        """As HTTP tells it."""
        return self.page.trouble.status if self.page.trouble else 200


@dataclass(frozen=True)
class Opened:
    """One CPT, whose it is, and its case for whoever may lift it."""

    cpt: Cpt
    name: str
    case: Lane[Case] | None
    reports: bool
    """The reader may report it to the ERP again."""

    @property
    def liftable(self) -> Case | None:
        """The case, where its enrolment was corrected so that it declares nothing."""
        case = self.case.shown if self.case else None
        return case if case and case.enrolment_notice and self.cpt.status == "in_force" else None


async def listing(look: Look, place: Place) -> Listing:
    """The page at a place."""
    asked = {
        "person_id": place.person_id,
        "status": place.status,
        "erp_status": place.erp,
        "cursor": place.cursor,
    }
    found = await lane(look.health_declaration.get("/cpts", CptPage, **asked, limit=_LIMIT))
    shown = found.shown.items if found.shown else ()
    wanted = [place.person_id, *(one.person_id for one in shown)]
    return Listing(place, found, await names(look, wanted))


async def one(look: Look, cpt_id: str) -> Cpt:
    """The CPT as it stands."""
    return await look.health_declaration.get(f"/cpts/{cpt_id}", Cpt)


async def opened(look: Look, cpt_id: str) -> Opened:
    """One CPT; its case only for whoever may lift it."""
    cpt = await one(look, cpt_id)
    called, case = await asyncio.gather(names(look, [cpt.person_id]), _case(look, cpt))
    may_report = look.caller.may(REPORT)
    return Opened(cpt, called.get(cpt.person_id, ""), case, may_report)


async def _case(look: Look, cpt: Cpt) -> Lane[Case] | None:
    if cpt.status != "in_force" or not look.caller.may(LIFT):
        return None
    return await lane(look.health_declaration.get(f"/declarations/{cpt.declaration_id}", Case))
