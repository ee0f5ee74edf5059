"""The operator's system enrols people at a pace, and keeps on disk what was accepted."""

import asyncio
import json
import time
from uuid import uuid4

from deploy.story.journal import Journal
from tests.chaos.knee import CLEAN, TURNED_AWAY
from tests.chaos.offered import NO_ANSWER, Offer
from tests.chaos.people import post
from tests.support.live import House, enrolment

AGAIN_SECONDS, PATIENCE_SECONDS = 1.0, 600.0
"""What Retry-After asks for, and for how long it is obeyed."""
AGAIN = TURNED_AWAY | {NO_ANSWER, 502, 504}


class Arrivals:
    """One new person after the other; who is not accepted comes again under the same key."""

    def __init__(self, house: House, journal: Journal, rate: float) -> None:
        self._house = house
        self._journal = journal
        self._url = f"{house.world.stack.url('registry')}/enrolments"
        self._offer = Offer(self._url)
        self._coming: set[asyncio.Task[None]] = set()
        self._over = asyncio.Event()
        self.rate = rate
        self.came: list[float] = []
        self.first: list[bool] = []
        """Whether each was accepted when it first came, in the order of coming."""
        self.phones: dict[str, str] = {}
        """Of each accepted enrolment, by its reference."""

    async def run(self) -> None:
        """Until told that it is over, and everybody who came was accepted."""
        began = time.monotonic()
        while not self._over.is_set():
            early = began + len(self.came) / self.rate - time.monotonic()
            try:
                await asyncio.wait_for(self._over.wait(), max(early, 0))
            except TimeoutError:
                self._coming.add(asyncio.create_task(self._enrol(len(self.came))))
                self.came.append(time.time())
                self.first.append(False)
        await asyncio.gather(*self._coming)
        self._offer.close()

    def end(self) -> None:
        """Nobody else comes."""
        self._over.set()

    async def _enrol(self, number: int) -> None:
        person, key = self._house.person(), str(uuid4())
        token = self._house.world.tokens["integracao"]
        request = post(self._url, token, key, enrolment(self._house, person))
        answer = await self._offer.one(request, 0)
        self.first[number] = answer.status in CLEAN
        patience = time.monotonic() + PATIENCE_SECONDS
        while answer.status not in CLEAN:
            if answer.status not in AGAIN or time.monotonic() > patience:
                raise RuntimeError(f"{person.ref} não foi aceita: {answer.status}")
            await asyncio.sleep(AGAIN_SECONDS)
            answer = await self._offer.one(request, 0)
        self._journal.accepted("POST", self._url, person.ref, key, json.loads(answer.body))
        self.phones[person.ref] = person.body["contacts"][0]["value"]
