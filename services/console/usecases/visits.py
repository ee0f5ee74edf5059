"""From a browser's secret to somebody with a token in force; the provider is asked in between,
never within a transaction."""

import asyncio
from dataclasses import dataclass

from kit.auth import InvalidToken, Verifier
from kit.db import Begin
from kit.errors import Unavailable
from kit.tenant_secrets import NO_TENANT, tenant_of
from services.console.gateways.provider import NotSignedIn, Provider
from services.console.settings import ConsoleSettings
from services.console.usecases import sessions
from services.console.usecases.sessions import Found, Visit

_LOOKS, _PAUSE_SECONDS = 50, 0.1
"""How often whoever finds another renewing looks whether it is done."""


@dataclass(frozen=True)
class Doors:
    """What it takes to let somebody in."""

    begin: Begin
    provider: Provider
    verifier: Verifier
    settings: ConsoleSettings


async def enter(doors: Doors, secret: str, *, noted: bool = True) -> Visit | None:
    """Whoever holds the secret; None when it opens nothing, or nothing any more."""
    if tenant_of(secret) == NO_TENANT:
        return None
    for _ in range(_LOOKS):
        async with doors.begin(tenant_of(secret)) as tx:
            found = await sessions.enter(tx, secret, doors.settings, noted=noted)
        if found is None:
            return None
        if found.renew_with is not None:
            return await _renew(doors, secret, found, found.renew_with)
        if found.usable:
            return found.visit
        await asyncio.sleep(_PAUSE_SECONDS)
    raise Unavailable()


async def in_force(doors: Doors, secret: str) -> bool:
    """Whether a secret opens a session still, without being seen at it."""
    if tenant_of(secret) == NO_TENANT:
        return False
    async with doors.begin(tenant_of(secret)) as tx:
        return await sessions.look(tx, secret, doors.settings) is not None


async def leave(doors: Doors, secret: str) -> None:
    """Ends the session of a secret, if there is one."""
    if tenant_of(secret) != NO_TENANT:
        async with doors.begin(tenant_of(secret)) as tx:
            await sessions.end(tx, secret)


async def _renew(doors: Doors, secret: str, found: Found, renew_with: str) -> Visit | None:
    try:
        tokens = await doors.provider.renew(renew_with)
        who = await doors.verifier.verify(tokens.access)
    except (NotSignedIn, InvalidToken):
        await leave(doors, secret)
        return None
    except Unavailable:
        # The provider is away: what is still in force carries on until it is not.
        if found.usable:
            return found.visit
        raise
    async with doors.begin(tenant_of(secret)) as tx:
        return await sessions.renewed(tx, secret, who, tokens, doors.settings)
