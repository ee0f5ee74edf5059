"""Queues, hours and colleagues as they stand, and the roles with which somebody last came in."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select

from contracts.worklist.team import Colleagues, HoursList, Queues
from kit.db import Transaction
from services.console.models import Session
from services.console.queries.looking import Lane, Look, lane


@dataclass(frozen=True)
class Team:
    """The lists of the overview, each apart."""

    queues: Lane[Queues]
    hours: Lane[HoursList]
    colleagues: Lane[Colleagues]

    def name(self, sub: str) -> str:
        """What somebody is called here; their login where nobody wrote them down."""
        return self.names().get(sub, sub)

    def names(self) -> dict[str, str]:
        """What colleagues are called, by their logins."""
        known = self.colleagues.shown.items if self.colleagues.shown else ()
        return {one.sub: one.name for one in known}


@dataclass(frozen=True)
class LastRoles:
    """What somebody's token told when they last came in."""

    roles: tuple[str, ...]
    at: datetime


async def team(look: Look) -> Team:
    """Everything as it stands."""
    queues, hours, colleagues = await asyncio.gather(
        lane(look.worklist.get("/queues", Queues)),
        lane(look.worklist.get("/working-hours", HoursList)),
        lane(look.worklist.get("/colleagues", Colleagues)),
    )
    return Team(queues, hours, colleagues)


async def last_roles(tx: Transaction, sub: str) -> LastRoles | None:
    """The roles of their newest session here; None where there was none lately."""
    mine = (col(Session.tenant_id) == tx.tenant_id, col(Session.sub) == sub)
    query = select(Session).where(*mine).order_by(col(Session.begun_at).desc()).limit(1)
    found = (await tx.session.scalars(query)).first()
    return LastRoles(tuple(found.roles), found.begun_at) if found else None
