"""All that one telling of the story holds open: connections, ears, tokens, the clock."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from deploy.identity import issue
from deploy.story.bus import Bus
from deploy.story.gate import Gate
from deploy.story.http import Client, Wire
from deploy.story.journal import Journal
from deploy.story.mailbox import Mailbox
from deploy.story.people import Batch
from deploy.story.stack import Stack

AT_ONCE = 20
"""Proponents at their phones at the same time."""
ZONE = ZoneInfo("America/Sao_Paulo")
STAFF = {
    "motorista": ("sandbox_driver",),
    "analista.1": ("analyst",),
    "analista.2": ("analyst",),
    "auditora.1": ("auditor",),
    "auditor.2": ("auditor",),
    "agenda": ("scheduler",),
    "balcao": ("desk",),
    "cadastro": ("registrar",),
    "integracao": ("integration",),
    "coordenacao": ("supervisor",),
    "encarregado": ("dpo",),
    "operador": ("operator",),
    "regras.1": ("rule_owner",),
    "regras.2": ("rule_owner",),
}
DOCTORS = tuple(f"medico.{n}" for n in range(1, 15))


@dataclass
class World:
    """What the people of the story share."""

    stack: Stack
    batch: Batch
    wire: Wire
    tokens: dict[str, str]
    bus: Bus
    mailbox: Mailbox
    gate: Gate
    began: datetime
    phones: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    booking: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))
    erp_down: bool = False
    signed: dict[str, float] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)

    def staff(self, sub: str, service: str = "health_declaration") -> Client:
        """Somebody of the operator, at one service's API."""
        bearer = {"Authorization": f"Bearer {self.tokens[sub]}"}
        return Client(self.wire, self.stack.url(service), bearer)

    def public(self) -> Client:
        """A phone without a session."""
        return Client(self.wire, self.stack.url("health_declaration"))

    def elapsed(self) -> float:
        """Seconds since this machine's clock began, for durations."""
        return time.monotonic()


async def tokens(stack: Stack, wire: Wire, tenant: int) -> dict[str, str]:
    """A token for everybody of the operator, from the stand-in of its identity provider."""
    people = STAFF | dict.fromkeys(DOCTORS, ("interviewer",))
    return await known(stack, wire, tenant, people)


async def known(
    stack: Stack, wire: Wire, tenant: int, people: Mapping[str, tuple[str, ...]]
) -> dict[str, str]:
    """Makes people known to whoever signs tokens in this stack; their tokens."""
    bodies = [
        {"tenant": tenant, "sub": sub, "name": sub.title(), "roles": list(roles)}
        for sub, roles in people.items()
    ]
    if "keycloak" in stack.told["oidc"]:
        return dict(zip(people, await issue(stack.told["oidc"], bodies), strict=True))
    issuer = Client(wire, stack.url("sandbox"))
    given = [await issuer.post("/issuer/people", body) for body in bodies]
    return {sub: str(one["access_token"]) for sub, one in zip(people, given, strict=True)}


@asynccontextmanager
async def opened(
    stack: Stack, batch: Batch, journal: Journal | None = None
) -> AsyncIterator[World]:
    """A world at work; everything it opened is closed behind it."""
    wire = Wire(journal=journal)
    issued = await tokens(stack, wire, batch.tenant)
    bus = Bus(stack.kafka, batch.tenant)
    await bus.open()
    bearer = {"Authorization": f"Bearer {issued['motorista']}"}
    driver = Client(wire, stack.url("sandbox"), bearer)
    mailbox = Mailbox(driver)
    await mailbox.open()
    now = datetime.fromisoformat((await driver.get("/clock"))["now"])
    try:
        yield World(stack, batch, wire, issued, bus, mailbox, Gate(now), now)
    finally:
        await mailbox.close()
        await bus.close()
        await wire.close()
