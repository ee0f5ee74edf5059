"""`make guest`: somebody joins a new operator, and what their phone receives is shown.

For whoever wants to walk one declaration by hand; the rest of the way is through the screens.
"""

import asyncio
import time
from datetime import date, datetime

from deploy.story import feed
from deploy.story.farewell import desks
from deploy.story.mailbox import LOOK_SECONDS, SUBJECTS, Mail
from deploy.story.people import SMALL_STORY, Person, batch
from deploy.story.prepare import prepare
from deploy.story.report import Report
from deploy.story.stack import open_stack
from deploy.story.world import ZONE, World, opened

FIRST_TENANT_SECOND = 1_700_000_000
TITLES = {template: subject for subject, template in SUBJECTS.items()} | {
    "ds_receipt": "Recebemos a sua declaração",
    "ds_released": "Sua adesão foi liberada",
}


async def guest() -> int:
    """Enrols one adult who is reached by WhatsApp, then tells each message until interrupted."""
    tenant = int(time.time()) - FIRST_TENANT_SECOND
    made = batch(tenant, tenant, datetime.now(ZONE).date(), SMALL_STORY)
    person = next(one for one in made.people if one.expected.outcome == "integrated")
    async with opened(open_stack(), made) as world:
        report = Report()
        # Rules published by two people, the ERP's key, doctors' times: all that a case may need.
        await prepare(world)
        body = feed.enrolment(made, person)
        await world.staff("integracao", "registry").post("/enrolments", body)
        _introduce(world, person, report)
        await _messages(world, person, report)
    return 0


def _introduce(world: World, person: Person, report: Report) -> None:
    born = date.fromisoformat(person.body["birth_on"])
    report.title(f"{person.body['full_name']} entrou no plano")
    report.line(f"nascimento {born:%d/%m/%Y}, como o cadastro sabe e a porta pergunta")
    report.title("Quem trabalha na operadora")
    report.line(f"{'console':33}{world.stack.url('console')}")
    desks(world, report)
    report.title("O telefone, até Ctrl+C")


async def _messages(world: World, person: Person, report: Report) -> None:
    shown, told = 0, set[str]()
    while True:
        await world.mailbox.look()
        came = [mail for address in person.addresses for mail in world.mailbox.of(address)]
        for mail in came[shown:]:
            report.line(_told(world, mail))
        shown = len(came)
        for line in await _at_the_erp(world):
            if line not in told:
                told.add(line)
                report.line(line)
        await asyncio.sleep(LOOK_SECONDS)


async def _at_the_erp(world: World) -> list[str]:
    """What the ERP itself holds of this operator's people."""
    table = await world.staff("motorista", "sandbox").get("/erp/table")
    return [f"no ERP: CPT {row['cid_ranges']} até {row['ends_on']}" for row in table["items"]]


def _told(world: World, mail: Mail) -> str:
    """One message in a line: what it is about, and the code or the address it brings."""
    page = f"{world.stack.url('console.public')}/declaracao/{world.batch.tenant}"
    brings = mail.code or (f"{page}#{mail.link}" if mail.link else "")
    return f"{TITLES.get(mail.template, mail.template)}  {brings}".rstrip()
