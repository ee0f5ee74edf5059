"""What the worker does by itself, tenant by tenant: terms by new hours, ladders, bulk acts, screens
long closed."""

import asyncio

from sqlmodel import select

from kit.db import Begin
from kit.logs import logger
from kit.outages import passing, rest
from services.worklist.models import Lane
from services.worklist.usecases import bulk_items, ladder, looks, retiming
from services.worklist.usecases.tasks import NO_TENANT

ITEMS = 50
"""Of bulk acts in one round: no tenant's thousands keep another's ladder waiting."""
log = logger("worklist.rounds")


async def keep(begin: Begin, stopping: asyncio.Event, seconds: float) -> None:
    """One round after the other, with a rest where the last one left nothing to do."""
    while not stopping.is_set():
        if not await make(begin):
            await rest(stopping, seconds)


async def make(begin: Begin) -> bool:
    """One round over every tenant that ever had a task; whether there is more to do at once.

    What goes wrong with one tenant is told, and tried again in the next round: the others' ladders
    do not wait for it. A database that is away is everybody's, and ends the round.
    """
    async with begin(NO_TENANT) as tx:
        tenants = sorted(await tx.session.scalars(select(Lane.number)))
    return any([await _apart(begin, tenant_id) for tenant_id in tenants])


async def _apart(begin: Begin, tenant_id: int) -> bool:
    try:
        return await _of_tenant(begin, tenant_id)
    except Exception as error:
        if isinstance(error, bulk_items.OUTAGES) and passing(error):
            raise
        log.error("round failed", tenant_id=tenant_id, error=type(error).__name__)
        return False


async def _of_tenant(begin: Begin, tenant_id: int) -> bool:
    async with begin(tenant_id) as tx:
        timed = await retiming.go_on(tx)
    async with begin(tenant_id) as tx:
        climbed = await ladder.climb(tx)
        await looks.forget(tx)
    for _ in range(ITEMS):
        async with begin(tenant_id) as tx:
            if not await bulk_items.advance(tx):
                return timed or climbed == ladder.BATCH
    return True
