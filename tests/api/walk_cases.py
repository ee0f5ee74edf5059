"""Cases in every stage: declared by phone and at the desk, analysed, talked over, decided."""

import asyncio
from datetime import timedelta
from typing import Any

from deploy.story import feed
from deploy.story.http import Client, Refused
from deploy.story.life import HD, PDF, Life
from deploy.story.proponent import PUBLIC
from tests.api.walk_own import own_data
from tests.support.live import House, whole_hour

LATER = timedelta(minutes=1)
QUESTION, CID = "Q18", "K40.9"


async def cases(house: House, process: Client) -> list[Client]:
    """Everything that happens to declarations; sessions that are still open."""
    await house.exchange_keys()
    talks, misses = await asyncio.gather(_to_interview(house), _interview_at_once(house))
    starts_at = whole_hour(await house.now(), 3)
    for life, doctor in ((talks, "medico.1"), (misses, "medico.2")):
        [slot] = await house.gives_times(starts_at, doctor=doctor)
        await life.phone.api.get("/public/slots")
        await _book(life, slot)
        await life.phone.api.post("/public/interview/reschedule")
        await _book(life, slot)
        await _booked_for(house, life, slot)
    # Codes and sessions end by the clock: nobody holds one while it is moved.
    await house.days_pass(starts_at + LATER)
    lived = await asyncio.gather(
        _talked(house, talks),
        _missed(misses),
        _fresh(house),
        _rectified(house),
        _refused(house),
        _given_up(house),
        _ordered(house, process),
    )
    # The ERP refuses one report, whosever it is: no other CPT begins before it did.
    await _on_paper(house)
    # Whoever was released, gave up or was cancelled holds no session any more.
    _, missed, fresh, _, offered, *_ = lived
    return [life.phone.api for life in (missed, fresh, offered)]


async def _to_interview(house: House) -> Life:
    """Documents, an examination and an interview are asked for, one after the other."""
    life = await house.at_desk(QUESTION)
    await life.to_analysis()
    office, analyst = life.office, life.office.analyst
    await office.decide(analyst, "document-requests", {"items": ["Laudo"]})
    await life.phone.api.get(f"{PUBLIC}/documents")
    scan = {"name": "laudo.pdf", "media_type": "application/pdf", "content_base64": PDF}
    await life.phone.api.post(f"{PUBLIC}/documents", scan)
    files = (await office.case())["clinical"]["files"]
    path = f"/declarations/{life.declaration_id}/documents/{files[0]['document_id']}"
    await house.staff(analyst).get(path)
    await office.decide(analyst, "exam-requests", {"description": "Exame pericial"})
    await life.phone.api.get(f"{PUBLIC}/exam")
    await office.decide(analyst, "exam-results", {"result": "Sem alterações."})
    await office.decide(analyst, "interview-requests", {"reason": "Esclarecer a data."})
    return life


async def _interview_at_once(house: House) -> Life:
    """What was declared asks for an interview by itself."""
    life = await house.at_desk("Q03")
    await life.soon(life.declaration_id, f"{HD}.interview.requested.v1")
    return life


async def _book(life: Life, slot: str) -> None:
    await life.phone.api.post("/public/interview", {"slot_id": slot})


async def _booked_for(house: House, life: Life, slot: str) -> None:
    """The scheduler gives the time back, and books it for whoever called."""
    interview = await _interview_id(life)
    seen = await life.office.interview(interview)
    agenda, path = house.staff("agenda"), f"/interviews/{interview}"
    body = {"version": seen["version"], "reason": "A pessoa ligou."}
    given = await agenda.post(f"{path}/rescheduling", body)
    await agenda.post(f"{path}/booking", {"version": given["version"], "slot_id": slot})


async def _interview_id(life: Life) -> str:
    interviews = (await life.office.case())["clinical"]["interviews"]
    return str(interviews[-1]["interview_id"])


async def _talked(house: House, life: Life) -> Life:
    """The interview takes place; a CPT is offered after a return, accepted and reported twice."""
    interview = await _interview_id(life)
    doctor, path = house.staff("medico.1"), f"/interviews/{interview}"
    await doctor.post(f"{path}/room")
    await doctor.get(f"{path}/room")
    seen = await doctor.get(path)
    await doctor.post(f"{path}/phone", {"version": seen["version"]})
    await doctor.get("/cids?text=diabetes")
    await life.phone.open("ds_interview_offer")
    await life.phone.api.post("/public/interview/room")
    await life.phone.api.get("/public/interview/room")
    await life.phone.api.post("/public/interview/recording-consent", {"agrees": True})
    await life.office.conclude(interview, None)
    for decision in ("return", "offer"):
        await house.opines(life, QUESTION, CID)
        await life.office.audit(decision)
    await life.phone.choose("cpt")
    driver = house.staff("motorista", "sandbox")
    await driver.post("/erp/mode", {"mode": "up", "refuse_first": 1, "reason": "manutenção"})
    await life.phone.api.get("/public/term.pdf")
    await life.phone.sign_term()
    await life.released()
    refusal = await life.soon(life.declaration_id, f"{HD}.cpt.refused_by_erp.v1")
    await _applied(house, life, refusal.body["cpt_id"])
    await _lifted(house, life)
    return life


async def _lifted(house: House, life: Life) -> None:
    """The ERP corrects the enrolment: nothing was to be declared, and the auditor lifts the CPT."""
    changed = feed.created(life.world.batch, life.person, 2, "changed")
    await life.tell(changed | {"enrolment": changed["enrolment"] | {"portability": True}})

    async def told() -> bool:
        return (await life.office.case())["enrolment_notice"] is not None

    await house.until(told, "aviso de inscrição corrigida")
    await life.office.decide(
        life.office.auditor, "cpt-waiver", {"notes": "Veio por portabilidade."}
    )


async def _applied(house: House, life: Life, cpt_id: str) -> None:
    analyst, integration = house.staff("analista.1"), house.staff("integracao")
    await analyst.get(f"/cpts?person_id={life.person_id}")
    await analyst.get(f"/cpts/{cpt_id}")
    await analyst.get(f"/declarations/{life.declaration_id}/term.pdf")
    await integration.post(f"/cpts/{cpt_id}/reports")
    asked = {"person_id": life.person_id, "on": life.person.joining_on.isoformat()}
    await integration.post("/coverage-checks", asked | {"high_technology_bed": True})


async def _missed(life: Life) -> Life:
    await life.office.missed(await _interview_id(life))
    return life


async def _fresh(house: House) -> Life:
    """Came in by the link and has acknowledged the letter; the form is open."""
    life = await house.enrols(house.person())
    await life.phone.open()
    await life.phone.acknowledge()
    await own_data(house, life)
    await house.staff("balcao").get(f"/declarations/{life.declaration_id}/course")
    await house.world.public().post("/public/links", {"link": life.phone.link})
    return life


async def _rectified(house: House) -> Life:
    """Signed by phone, takes it back, then gives up."""
    life = await house.declares("Q16")
    await life.to_analysis()
    await life.phone.api.post(f"{PUBLIC}/rectification")
    await life.phone.api.post(f"{PUBLIC}/withdrawal")
    return life


async def _refused(house: House) -> Life:
    """Refuses the offer on paper; a person of the operator settles. Another offer stays open."""
    refuses, open_offer = await asyncio.gather(
        house.offered(QUESTION, CID), house.offered(QUESTION, CID)
    )
    await open_offer.phone.api.post("/public/offer/code")
    await _refuses_on_paper(house, refuses)
    body = {"outcome": "full_coverage", "notes": "Acordado por telefone."}
    await refuses.office.decide(refuses.office.analyst, "negotiation", body)
    return open_offer


async def _refuses_on_paper(house: House, life: Life) -> None:
    offer = await life.phone.api.get("/public/offer")
    answer = {"offer_id": offer["offer_id"], "choice": "refuse"}
    scan = {"media_type": "application/pdf", "content_base64": PDF}
    path = f"/declarations/{life.declaration_id}/offer/paper-answer"
    await house.staff("balcao").post(path, answer | scan)


async def _given_up(house: House) -> Life:
    """The link is sent again; at the desk the person gives up."""
    life = await house.enrols(house.person())
    for what in ("link", "assistance-code"):
        await house.staff("balcao").post(f"/declarations/{life.declaration_id}/{what}")
    await life.office.decide("balcao", "withdrawal", {"reason": "Desistiu por telefone."})
    return life


async def _on_paper(house: House) -> Life:
    """Who has no phone signs the printed term at the desk."""
    life = await house.offered(QUESTION, CID)
    await life.phone.answer_offer("cpt")
    term = await life.phone.api.get("/public/term")
    scan = {"sha256": term["sha256"], "media_type": "application/pdf", "content_base64": PDF}
    path = f"/declarations/{life.declaration_id}/term/paper-signature"
    await house.staff("balcao").post(path, scan)
    return life


async def _ordered(house: House, process: Client) -> Life:
    """Operators stop and go on with a process, which asks the service what to do next."""
    life = await house.enrols(house.person())
    await house.assisted(life)
    now = {"now": (await house.now()).isoformat()}
    path = f"/declarations/{life.declaration_id}"
    await process.post(f"{path}/advance", now)
    await process.post("/cpt-ends/advance", now)
    await process.post("/open-cases", {"limit": 1})
    await process.post(f"{path}/process-notes", _order("pause") | {"by": "operador"})
    operator = house.staff("operador", "desk")
    await _running(house, operator, path)
    for order in ("pause", "resume", "cancel"):
        await operator.post(f"/processes{path}/{order}", {"reason": "Pedido da supervisão."})
    return life


def _order(action: str) -> dict[str, Any]:
    return {"action": action, "reason": "Pedido da supervisão."}


async def _running(house: House, operator: Client, path: str) -> None:
    async def known() -> bool:
        try:
            await operator.get(f"/processes{path}")
        except Refused as refusal:
            if refusal.status != 404:
                raise
            return False
        return True

    await house.until(known, "processo")
