"""The operator on duty: finds out what became of contacts whose answer was lost, and says so."""

import asyncio

from deploy.story.http import Refused, pages
from deploy.story.report import Report
from deploy.story.world import World

LOOK_SECONDS = 3.0
LATECOMER_SECONDS = 20.0
"""A slow provider may still log what it took: nothing is sent again before this."""


class Operator:
    """Looks at the providers' logs for each contact of unknown fate, as a person would."""

    def __init__(self, world: World, report: Report) -> None:
        self._world = world
        self._report = report
        self._since: dict[str, float] = {}
        self.resolved = 0

    async def watch(self, over: asyncio.Event) -> None:
        """Until the story is over."""
        while not over.is_set():
            await self._round()
            try:
                await asyncio.wait_for(over.wait(), LOOK_SECONDS)
            except TimeoutError:
                continue

    async def _round(self) -> None:
        desk = self._world.staff("operador", "contact")
        for contact in await pages(desk, "/contacts?status=unknown"):
            await self._world.mailbox.look()
            arrived = {mail.reference for mail in self._world.mailbox.every}
            tries = [attempt["attempt_id"] for attempt in contact["attempts"]]
            outcome = "sent" if arrived.intersection(tries) else "resend"
            if outcome == "resend" and not self._long_ago(contact["contact_id"]):
                continue
            body = {"outcome": outcome, "reason": "Conferido no registro do provedor."}
            try:
                await desk.post(f"/contacts/{contact['contact_id']}/resolve", body)
            except Refused as refusal:
                # Its report came meanwhile: nothing is left to resolve.
                self._report.say(f"contato já resolvido: {refusal.code}")
                continue
            self.resolved += 1
            self._report.say(f"contato de destino incerto resolvido por uma pessoa: {outcome}")

    def _long_ago(self, contact_id: str) -> bool:
        now = self._world.elapsed()
        return now - self._since.setdefault(contact_id, now) > LATECOMER_SECONDS
