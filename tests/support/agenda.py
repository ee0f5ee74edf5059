"""Interviews and CPTs in a tenant of the console: who waits, who is booked, and the clock."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tests.support.clinic import Desk, moved
from tests.support.console import Browser, World
from tests.support.interviewing import give
from tests.support.proponent import Phone, enrol, person

ZONE = ZoneInfo("America/Sao_Paulo")


@dataclass
class Awaited:
    """One interview, and whose it is."""

    interview_id: str
    case_id: str
    person_id: str
    phone: Phone

    @property
    def url(self) -> str:
        return f"/entrevistas/{self.interview_id}"


@dataclass
class Ward:
    """One tenant: its staff at the console, its people at their phones."""

    console: World
    tenant: int

    @property
    def desk(self) -> Desk:
        return Desk(self.console.declarations, self.tenant)

    async def browser(self, who: str) -> Browser:
        return await self.console.browser(self.tenant, who)

    def at(self, days: int, hour: int, minute: int = 0) -> datetime:
        """A local hour, so many days from today."""
        day = self.desk.today() + timedelta(days=days)
        return datetime.combine(day, time(hour, minute), ZONE).astimezone(UTC)

    def jump(self, to: datetime) -> None:
        """The clock goes on from there, for the console and for whom it asks."""
        self.desk.jump(to)
        self.console.console.app.state.resources.clock.movable = True
        moved(self.console.console, self.tenant, to)

    async def declared(self, name: str = "Bia Moura") -> tuple[Phone, str, str]:
        """Somebody in the registry, whose declaration a person looks at."""
        person_id = await self.console.person(self.tenant, name)
        served = self.console.declarations
        await person(served, self.tenant, name, person_id=person_id)
        await enrol(served, self.tenant, person_id)
        phone = Phone(served, self.tenant, person_id)
        case_id = (await phone.declare("Q10"))["declaration_id"]
        await self.desk.advance(case_id)
        return phone, case_id, person_id

    async def waiting(self, name: str = "Bia Moura") -> Awaited:
        """An interview that was asked for."""
        phone, case_id, person_id = await self.declared(name)
        reason = "Esclarecer o tratamento."
        await self.desk.done("ana", case_id, "interview-requests", reason=reason)
        found = await self.desk.get("sara", "/interviews", declaration_id=case_id)
        return Awaited(found.json()["items"][0]["interview_id"], case_id, person_id, phone)

    async def booked(
        self, at: datetime, name: str = "Bia Moura", *, in_person: bool = False
    ) -> Awaited:
        """An interview with Mara at that moment."""
        awaited = await self.waiting(name)
        [slot] = await give(self.desk, at, doctor="mara")
        await awaited.phone.open(await awaited.phone.link("ds.interview_offer"))
        chosen = {"slot_id": slot["slot_id"], "in_person": in_person}
        answer = await awaited.phone.post("/interview", chosen)
        assert answer.status_code == 201, answer.text
        return awaited

    async def restricted(self, name: str = "Bia Moura") -> tuple[str, str, str]:
        """A CPT whose term was signed: its id, its case, whose it is."""
        phone, case_id, person_id = await self.declared(name)
        await self.desk.opine(case_id, ("Q10", "E11"))
        await self.desk.done("otto", case_id, "audit", decision="offer", notes="Ofertar a CPT.")
        await phone.open(await phone.link("ds.offer"))
        assert (await phone.choose("cpt")).status_code == 200
        sha256 = (await phone.get("/term")).json()["sha256"]
        await phone.post("/term/signature-code")
        body = {"code": await phone.code(), "sha256": sha256}
        assert (await phone.post("/term/signature", body)).status_code == 201
        found = await self.desk.get("otto", "/cpts", person_id=person_id)
        return found.json()["items"][0]["cpt_id"], case_id, person_id
