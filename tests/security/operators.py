"""Two operators before the real services: in ours there is something of every kind."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

from contracts.health_declaration.events import ContactRequested
from contracts.registry.events import Contact, PersonRecorded
from tests.api.ids import Pool
from tests.support.agenda import Ward
from tests.support.api import Served
from tests.support.console import World
from tests.support.inbox import QUEUE, Inbox
from tests.support.proponent import hear_sealed
from tests.support.registry_data import enrolment, line

MARK = "Zuleica Canário"
"""What everybody of ours is called."""
KEPT: Mapping[str, Mapping[str, str]] = {
    "registry": {
        "person_id": "select id from person where merged_into is null",
        "survivor_id": "select id from person where merged_into is null",
        "absorbed_id": "select id from person where merged_into is not null",
        "merge_id": "select id from merge",
        "contract_id": "select id from contract",
        "enrolment_id": "select id from enrolment",
        "file_id": "select id from enrolment_file",
    },
    "health_declaration": {
        "declaration_id": "select declaration_id from document",
        "document_id": "select document_id from document",
        "interview_id": "select interview_id from interview",
        "cpt_id": "select cpt_id from cpt",
        "request_id": "select request_id from own_request",
        "person_id": "select person_id from declaration",
    },
    "contact": {"contact_id": "select id from contact", "person_id": "select id from person"},
    "worklist": {
        "task_id": "select id from task",
        "view_id": "select id from saved_view",
        "job_id": "select id from bulk_job",
    },
}
"""Where the ids of what is ours are read, by the names under which routes take them."""
ENTRY = "select id as entry_id from audit"
NAMED = {"name": "parameters", "version": 1, "sub": "ana", "provider": "smtp"}
"""What each operator has under the same name."""


@dataclass(frozen=True)
class Operators:
    """Their numbers, and the ids of what is ours, by service."""

    world: World
    ours: int
    theirs: int
    ids: Mapping[str, Pool]

    @property
    def served(self) -> dict[str, Served]:
        return _served(self.world)


async def settled(world: World) -> Operators:
    """Both operators, once ours has lived."""
    ours, theirs = world.tenant(), world.tenant()
    await _registered(world, ours)
    await _declared(Ward(world, ours))
    await _contacted(world.contact, ours)
    await _worked(Inbox(world.worklist, ours))
    return Operators(world, ours, theirs, await _ids(world, ours))


def _served(world: World) -> dict[str, Served]:
    return {
        "registry": world.registry,
        "health_declaration": world.declarations,
        "contact": world.contact,
        "worklist": world.worklist,
    }


async def _ids(world: World, tenant: int) -> dict[str, Pool]:
    pools: dict[str, Pool] = {}
    for service, served in _served(world).items():
        pool = pools[service] = Pool()
        pool.harvest(NAMED)
        for name, query in (KEPT[service] | {"entry_id": ENTRY}).items():
            found = await served.rows(f"{query}{_of(query)} tenant_id = $1", tenant)
            assert found, f"{service} keeps no {name} of ours"
            for row in found:
                pool.harvest({name: next(iter(row.values()))})
    return pools


def _of(query: str) -> str:
    return " and" if " where " in query else " where"


async def _registered(world: World, tenant: int) -> None:
    http, headers = world.registry.http, world.registry.as_(tenant, "registrar", "integration")
    one, other = [await world.person(tenant, MARK) for _ in range(2)]
    merge = {"survivor_id": one, "absorbed_id": other, "reason": "A mesma pessoa."}
    joins = enrolment(1)
    joins["person"]["full_name"] = MARK
    wrong = line(2)
    wrong["enrolment"]["person"] |= {"cpf": "1", "full_name": MARK}
    kind = {"Content-Type": "application/x-ndjson"}
    for answer in (
        await http.post("/people/merges", json=merge, headers=headers),
        await http.post("/enrolments", json=joins, headers=headers),
        await http.post("/enrolment-files", content=json.dumps(wrong), headers=headers | kind),
    ):
        assert answer.is_success, answer.text


async def _declared(ward: Ward) -> None:
    """A CPT in force, an interview to come, a document, and a request of one's own data."""
    await ward.restricted(MARK)
    await ward.booked(ward.at(3, 15), MARK)
    phone, case_id, _ = await ward.declared(MARK)
    await ward.desk.done("ana", case_id, "document-requests", items=["Laudo"])
    content = base64.b64encode(b"%PDF-1.7 laudo").decode()
    scan = {"name": "laudo.pdf", "media_type": "application/pdf", "content_base64": content}
    wish = {"kind": "correction", "text": "Meu nome está errado."}
    for answer in (
        await phone.post("/declaration/documents", scan),
        await phone.post("/own-data/requests", wish),
    ):
        assert answer.is_success, answer.text


async def _contacted(contact: Served, tenant: int) -> None:
    person_id = str(uuid4())
    known = PersonRecorded(
        tenant_id=tenant,
        person_id=person_id,
        revision=1,
        full_name=MARK,
        birth_on="1990-01-01",
        cpf="52998224725",
        contacts=(Contact(channel="email", value="zuleica@exemplo.test"),),
    )
    asked = ContactRequested(
        tenant_id=tenant,
        person_id=person_id,
        contact_id=str(uuid4()),
        template="ds.link",
        params={"link_url": "https://plano.example/d#1", "expires_on": "2027-01-01"},
    )
    await hear_sealed(contact, known)
    await hear_sealed(contact, asked)
    denied = await contact.http.get("/contacts", headers=contact.as_(tenant, "registrar"))
    assert denied.status_code == 403, "the trail begins with it"


async def _worked(inbox: Inbox) -> None:
    await inbox.opened()
    view = {"title": MARK, "query": {"queue": QUEUE}, "columns": ["due"], "team": QUEUE}
    for answer in (
        await inbox.post("ana", "/task-views", view),
        await inbox.post("ana", "/bulk-jobs", {"act": "claim", "query": {"queue": QUEUE}}),
    ):
        assert answer.is_success, answer.text
