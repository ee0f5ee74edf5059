"""The application forgets its tenant filter: row security alone keeps the operators apart."""

from dataclasses import dataclass

import httpx
import pytest

from tests.support.agenda import Ward
from tests.support.api import Served
from tests.support.console import World
from tests.support.unfiltered import without_filter, without_walls


@dataclass(frozen=True)
class Door:
    """One read of one service, and whether it names a thing or tells a list."""

    service: str
    path: str
    role: str

    @property
    def listing(self) -> bool:
        return "{" not in self.path.partition("?")[0]


DOORS = [
    Door("registry", "/people/{person}", "registrar"),
    Door("registry", "/people/{person}/timeline", "registrar"),
    Door("declarations", "/declarations/{case}/course", "desk"),
    Door("declarations", "/declarations", "analyst"),
    Door("declarations", "/interviews/{interview}", "scheduler"),
    Door("declarations", "/interviews", "scheduler"),
    Door("declarations", "/cpts/{cpt}", "analyst"),
    Door("declarations", "/cpts", "analyst"),
    Door("worklist", "/tasks/{task}", "analyst"),
    Door("worklist", "/tasks", "analyst"),
    Door("contact", "/contacts/{contact}", "operator"),
    Door("contact", "/contacts", "operator"),
]


@dataclass(frozen=True)
class Lived:
    """What exists of one operator, and another operator's number."""

    console: World
    ids: dict[str, str]
    home: int
    away: int

    def served(self, door: Door) -> Served:
        found: Served = getattr(self.console, door.service)
        return found

    async def asked(self, door: Door, tenant: int) -> httpx.Response:
        served = self.served(door)
        headers = served.as_(tenant, door.role)
        return await served.http.get(door.path.format(**self.ids), headers=headers)

    def tells(self, reply: httpx.Response) -> bool:
        return reply.is_success and any(one in reply.text for one in self.ids.values())

    def reaches(self, reply: httpx.Response) -> bool:
        """Whether a row was found; the person's key, which is of one operator, may still lack.

        The other operator has nothing of its own: whatever is listed there is somebody else's.
        """
        if reply.is_success:
            return self.tells(reply) or bool(reply.json().get("items"))
        return bool(reply.json()["code"] == "key-missing")


@pytest.fixture(scope="module")
async def lived(console: World) -> Lived:
    home, away = console.tenant(), console.tenant()
    ward = Ward(console, home)
    cpt, case, person = await ward.restricted()
    waiting = await ward.waiting()
    task = await console.task(home, person)
    await console.contact.rows(
        "insert into contact (tenant_id, id, person_id, template, params, status, waiting,"
        " requested_at) values ($1, 'contact-1', $2, 'ds.link', '', 'queued', false, now())",
        home,
        person,
    )
    ids = {"cpt": cpt, "case": case, "person": person, "task": task, "contact": "contact-1"}
    return Lived(console, ids | {"interview": waiting.interview_id}, home, away)


def named(door: Door) -> str:
    return f"{door.service} {door.path}"


@pytest.mark.parametrize("door", DOORS, ids=named)
async def test_another_operator_is_told_nothing_though_the_filter_is_gone(
    lived: Lived, door: Door
) -> None:
    assert lived.tells(await lived.asked(door, lived.home))
    with without_filter(lived.served(door)) as changed:
        assert lived.tells(await lived.asked(door, lived.home))
        heard = await lived.asked(door, lived.away)
        assert changed
    assert heard.status_code == (200 if door.listing else 404)
    assert not lived.reaches(heard)


@pytest.mark.parametrize("door", DOORS, ids=named)
async def test_planted_fault_without_the_wall_too_the_other_operator_is_told(
    lived: Lived, door: Door
) -> None:
    served = lived.served(door)
    async with without_walls(served):
        assert not lived.tells(await lived.asked(door, lived.away))
        with without_filter(served):
            assert lived.reaches(await lived.asked(door, lived.away))
