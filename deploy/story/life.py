"""One person of the story: their phone, their case, and what the bus tells about them."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from deploy.story import feed
from deploy.story.branches import AFFILIATION
from deploy.story.bus import Fact
from deploy.story.people import Person
from deploy.story.proponent import Phone
from deploy.story.staff import Office
from deploy.story.world import World

HD = "health_declaration"
ENROLLED = "registry.beneficiary.enrolled.v1"
REQUESTED = f"{HD}.declaration.requested.v1"
WAIVED = f"{HD}.declaration.waived.v1"
RELEASED = f"{HD}.declaration.released.v1"
INTEGRATED = f"{HD}.declaration.integrated.v1"
REFERRED = f"{HD}.declaration.referred.v1"
SECONDS = 400.0
"""How long anything may take that needs no day to pass."""
PDF = "JVBERi0xLjQKJcOkw7zDtsOfCjEgMCBvYmoKPDw+PgplbmRvYmoKdHJhaWxlcgo8PD4+CiUlRU9GCg=="
"""A small PDF, base64."""


@dataclass
class Life:
    """What a branch's script works with."""

    world: World
    person: Person
    phone: Phone
    enrolment_id: str = ""
    person_id: str = ""
    declaration_id: str = ""
    office: Office = field(init=False)

    @property
    def ref(self) -> str:
        """The ERP's reference of the enrolment."""
        return self.person.ref

    async def begin(self) -> None:
        """Waits until the operator knows the person and asks for a declaration, or waives it."""
        enrolled = await self.soon(self.ref, ENROLLED)
        self.enrolment_id = enrolled.body["enrolment_id"]
        self.person_id = enrolled.body["person_id"]
        asked = await self.soon(self.enrolment_id, REQUESTED, WAIVED)
        self.declaration_id = asked.body.get("declaration_id", "")
        if self.declaration_id:
            self.office = Office(self.world, self.declaration_id)

    async def soon(self, subject: str, *kinds: str, **fits: Any) -> Fact:
        """A fact that work alone brings."""

        def found(fact: Fact) -> bool:
            return all(fact.body.get(name) == value for name, value in fits.items())

        try:
            async with asyncio.timeout(SECONDS):
                return await self.world.bus.until(subject, kinds, found)
        except TimeoutError:
            raise TimeoutError(f"{' ou '.join(kinds)} não veio") from None

    async def later(self, *kinds: str, **fits: Any) -> Fact:
        """A fact about the declaration that only passing days bring."""

        def found(fact: Fact) -> bool:
            return all(fact.body.get(name) == value for name, value in fits.items())

        waiting = self.world.bus.until(self.declaration_id, kinds, found)
        return await self.world.gate.dormant(waiting)

    async def day(self, number: float) -> None:
        """Sleeps until that many days after the story began."""
        await self.world.gate.until(self.world.began + timedelta(days=number))

    async def to_analysis(self) -> None:
        """Waits until triage sent the signed declaration to a person."""
        await self.soon(self.declaration_id, REFERRED, cause="triage")

    async def released(self) -> None:
        """Waits until nothing stands between the person and the plan."""
        await self.soon(self.declaration_id, RELEASED)

    async def tell(self, line: dict[str, Any]) -> None:
        """The ERP tells something about this enrolment."""
        body = {"enrolment_ref": self.ref, "line": line, "jwe": None}
        await self.world.bus.say(feed.TOPIC, feed.TYPE, self.ref, body)


def again(life: Life) -> Life:
    """The same person, joining another contract later."""
    person = replace(life.person, ref=f"{life.ref}-b", contract=AFFILIATION)
    life.phone.person = person
    return Life(life.world, person, life.phone)
