"""Reports what became of WhatsApp messages, in order, until the receiver has them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import DBAPIError

from kit.db import Begin
from services.sandbox.gateways.webhooks import Webhook
from services.sandbox.usecases import whatsapp

RETRY_SECONDS = 1.0
GATHER_SECONDS = 0.2


class Reporter:
    """Sleeps until a message was taken; after a restart it goes on where it stopped."""

    def __init__(self, webhook: Webhook) -> None:
        self._webhook = webhook
        self._taken = asyncio.Event()
        self._taken.set()

    def notice(self) -> None:
        """A message was taken."""
        self._taken.set()

    async def run(self, begin: Begin) -> None:
        """For the life of the process."""
        while True:
            await self._taken.wait()
            # A provider reports what came within a moment together.
            await asyncio.sleep(GATHER_SECONDS)
            self._taken.clear()
            if not await self._reported(begin):
                await asyncio.sleep(RETRY_SECONDS)
                self._taken.set()

    async def _reported(self, begin: Begin) -> bool:
        """Whether all that was waiting is told; an outage of our database is tried again."""
        try:
            return await self._report(begin)
        except (DBAPIError, OSError):
            return False

    async def _report(self, begin: Begin) -> bool:
        while found := await whatsapp.untold(begin):
            for phone_number_id, fates in found.items():
                for body in whatsapp.report_bodies(phone_number_id, fates):
                    if not await self._webhook.post(body):
                        return False
                await whatsapp.told(begin, fates)
        return True


@asynccontextmanager
async def running(webhook: Webhook, begin: Begin) -> AsyncIterator[Reporter]:
    """A reporter at work."""
    reporter = Reporter(webhook)
    task = asyncio.create_task(reporter.run(begin))
    try:
        yield reporter
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
