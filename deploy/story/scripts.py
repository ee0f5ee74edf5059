"""How each branch is lived, step by step, by people and staff at the APIs."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from deploy.story import feed
from deploy.story.branches import Disease
from deploy.story.desk import by_code, on_paper
from deploy.story.http import Refused
from deploy.story.life import HD, PDF, REFERRED, Life, again
from deploy.story.proponent import PUBLIC, new_trace

Script = Callable[[Life], Awaitable[None]]


async def nothing(life: Life) -> None:
    """No declaration is due: nobody does anything."""


async def clean(life: Life) -> None:
    """Reads, answers no to everything, signs; no human takes part."""
    await life.phone.declare()
    await life.released()


async def expired(life: Life) -> None:
    """Never answers."""
    await life.later(f"{HD}.declaration.expired.v1")


async def reminded(life: Life) -> None:
    """Comes in by the link of the first reminder."""
    await life.world.gate.dormant(life.phone.next("ds_reminder", None))
    await life.phone.declare(template="")
    await life.released()


async def link_expired(life: Life) -> None:
    """Uses a link past its days, is told so, asks for another one and signs."""
    for _ in range(3):
        await life.world.gate.dormant(life.phone.next("ds_reminder", None))
    await life.day(13)
    try:
        await life.phone.knock()
    except Refused as refusal:
        if refusal.code != "link-expired":
            raise
    else:
        raise AssertionError("um endereço vencido abriu")
    await life.world.public().post("/public/links", {"link": life.phone.link})
    await life.phone.declare(template="ds_link_renewed")
    await life.released()


async def withdraws(life: Life) -> None:
    """Begins to fill and gives up."""
    await life.phone.next("ds_link")
    async with life.world.phones:
        await life.phone.open("")
        await life.phone.answer((await life.phone.acknowledge())[:3], ())
        await life.phone.api.post(f"{PUBLIC}/withdrawal")


async def analysed(life: Life) -> None:
    """Declares a disease and reaches the analyst."""
    await life.phone.declare(yes(life))
    await life.to_analysis()


async def low_impact(life: Life) -> None:
    """One yes of low impact: the analyst finds nothing preexisting, the auditor agrees."""
    await analysed(life)
    await nothing_preexisting(life)


async def documents(life: Life) -> None:
    """Is asked for documents and sends them."""
    await analysed(life)
    await life.office.decide(life.office.analyst, "document-requests", {"items": ["Laudo"]})
    await life.phone.open("ds_documents_request")
    await life.phone.api.get(f"{PUBLIC}/documents")
    scan = {"name": "laudo.pdf", "media_type": "application/pdf", "content_base64": PDF}
    await life.phone.api.post(f"{PUBLIC}/documents", scan)
    await nothing_preexisting(life)


async def documents_never(life: Life) -> None:
    """Is asked for documents and never sends them: a person decides all the same."""
    await analysed(life)
    await life.office.decide(life.office.analyst, "document-requests", {"items": ["Laudo"]})
    await life.later(REFERRED, cause="documents_late")
    await nothing_preexisting(life)


async def examined(life: Life) -> None:
    """A medical examination at the operator's cost."""
    await analysed(life)
    analyst = life.office.analyst
    await life.office.decide(analyst, "exam-requests", {"description": "Exame pericial"})
    await life.office.decide(analyst, "exam-results", {"result": "Sem alterações relevantes."})
    await nothing_preexisting(life)


async def nothing_preexisting(life: Life) -> None:
    """The analyst finds nothing, the auditor agrees."""
    await life.office.opine(None)
    await life.office.audit("no_preexisting")
    await life.released()


async def misses(life: Life) -> None:
    """Chooses a time and does not come."""
    interview = await book(life)
    await hour(life, interview)
    await life.office.missed(interview)


async def talks(life: Life, disease: Disease | None) -> None:
    """Chooses a time and talks with the doctor, who finds this."""
    interview = await book(life)
    await hour(life, interview)
    await life.office.conclude(interview, disease)


async def book(life: Life) -> str:
    """Comes in by the message and chooses the first time."""
    await life.phone.open("ds_interview_offer")
    return await life.phone.book()


async def hour(life: Life, interview: str) -> None:
    """Sleeps until the interview begins."""
    starts_at = (await life.office.interview(interview))["starts_at"]
    await life.world.gate.until(datetime.fromisoformat(starts_at) + timedelta(minutes=1))


async def cpt_after_interview(life: Life) -> None:
    """High impact: interview, opinion, audit, offer, term."""
    await life.phone.declare(yes(life))
    await talks(life, life.person.disease)
    await life.office.opine(life.person.disease)
    await life.office.audit("offer", life.person.disease)
    await accept_cpt(life)


async def missed_once(life: Life) -> None:
    """Misses the first time, comes to the second; nothing preexisting is found."""
    await life.phone.declare(yes(life))
    await misses(life)
    await talks(life, None)
    await nothing_preexisting(life)


async def missed_twice(life: Life) -> None:
    """Misses twice: no third time is offered, a person decides."""
    await life.phone.declare(yes(life))
    await misses(life)
    await misses(life)
    await life.soon(life.declaration_id, REFERRED, cause="no_shows")
    await nothing_preexisting(life)


async def offered(life: Life) -> None:
    """From the form to an offer."""
    await analysed(life)
    await life.office.opine(life.person.disease)
    await life.office.audit("offer", life.person.disease)


async def accept_cpt(life: Life) -> None:
    """Chooses the CPT and signs its term."""
    await life.phone.choose("cpt")
    await life.phone.next("ds_term")
    trace = new_trace()
    life.world.notes.setdefault("traces", []).append((trace.split("-")[1], life.person.ref))
    await life.phone.sign_term(trace)
    await life.released()


async def cpt(life: Life) -> None:
    """Accepts the CPT and signs its term."""
    await offered(life)
    await accept_cpt(life)


async def returned(life: Life) -> None:
    """The auditor gives the case back once before an offer is made."""
    await analysed(life)
    await life.office.opine(life.person.disease)
    await life.office.audit("return")
    await life.office.opine(life.person.disease)
    await life.office.audit("offer", life.person.disease)
    await accept_cpt(life)


async def refuses(life: Life) -> None:
    """Refuses the offer: a person of the operator settles for full coverage."""
    await offered(life)
    await life.phone.choose("refuse")
    await settle(life)


async def agravo(life: Life) -> None:
    """Chooses the surcharge that two rule owners enabled, and signs its addendum at the desk."""
    await offered(life)
    await life.phone.choose("agravo")
    addendum = {"cents_per_month": 4_000, "months": 24, "addendum_sha256": "a" * 64}
    signed = {"media_type": "application/pdf", "content_base64": PDF}
    await settle(life, outcome="surcharge_agreed", surcharge=addendum | signed)


async def settle(life: Life, **settled: Any) -> None:
    """A person of the operator agrees with whoever refused."""
    body = {"outcome": "full_coverage", "notes": "Acordado por telefone."} | settled
    await life.office.decide(life.office.analyst, "negotiation", body)
    await life.released()


async def full_coverage(life: Life) -> None:
    """Chooses full coverage."""
    await offered(life)
    await life.phone.choose("full_coverage")
    await life.released()


async def moved(life: Life) -> None:
    """The joining date moves after the term was signed: the CPT moves along."""
    await cpt(life)
    changed = feed.created(life.world.batch, life.person, 2, "changed")
    day = life.person.moved_to
    changed["enrolment"] = changed["enrolment"] | {"joining_on": day.isoformat() if day else ""}
    await life.tell(changed)
    await life.soon(life.person_id, f"{HD}.cpt.changed.v1")


async def dies(life: Life) -> None:
    """Dies with a CPT in force."""
    await cpt(life)
    await life.tell(feed.ended(life.ref, "deceased", life.world.batch.today))
    await life.soon(life.person_id, f"{HD}.cpt.ended.v1", reason="deceased")


async def cancels_with_cpt(life: Life) -> None:
    """Leaves the plan with a CPT in force."""
    await cpt(life)
    await life.tell(feed.ended(life.ref, "cancelled", life.world.batch.today))
    await life.soon(life.person_id, f"{HD}.cpt.ended.v1", reason="cancelled")


async def cancelled(life: Life) -> None:
    """The enrolment is cancelled before the person answers."""
    await life.phone.next("ds_link")
    await life.tell(feed.ended(life.ref, "cancelled", life.world.batch.today))
    await life.soon(life.declaration_id, f"{HD}.declaration.cancelled.v1")


async def cancelled_filling(life: Life) -> None:
    """The enrolment is cancelled while the person fills the form."""
    await life.phone.open("ds_link")
    await life.phone.answer((await life.phone.acknowledge())[:5], ())
    await life.tell(feed.ended(life.ref, "cancelled", life.world.batch.today))
    await life.soon(life.declaration_id, f"{HD}.declaration.cancelled.v1")


async def diverges(life: Life) -> None:
    """Joins a second time and says something else than before: shown to the analyst, no more."""
    await clean(life)
    second = again(life)
    await second.tell(feed.created(life.world.batch, second.person))
    await second.begin()
    await second.phone.declare(yes(second))
    await talks(second, None)
    seen = (await second.office.case())["clinical"]["divergences"]
    if [one["question_id"] for one in seen] != list(yes(second)):
        raise AssertionError(f"{second.ref}: divergências {seen}")
    await nothing_preexisting(second)


async def guided(life: Life) -> None:
    """Talks with the operator's doctor before signing."""
    await life.phone.open("ds_link")
    questions = await life.phone.acknowledge("operator_doctor")
    await life.phone.answer(questions, ())
    await talks(life, None)
    await life.phone.open("")
    await life.phone.sign()
    await life.released()


async def rectified(life: Life) -> None:
    """Declares by mistake, takes it back before the release and signs again."""
    await analysed(life)
    await life.phone.api.post(f"{PUBLIC}/rectification")
    await life.phone.answer(await life.phone.acknowledge(), ())
    await life.phone.sign()
    await life.released()


SCRIPTS: dict[str, Script] = {
    "dispensa_empresarial": nothing,
    "dispensa_recem_nascido": nothing,
    "dispensa_portabilidade": nothing,
    "limpa_individual": clean,
    "limpa_adesao": clean,
    "limpa_pequena": clean,
    "limpa_tardia": clean,
    "menor_com_representante": clean,
    "expirada": expired,
    "assina_apos_lembrete": reminded,
    "endereco_vencido": link_expired,
    "desistiu": withdraws,
    "baixo_impacto": low_impact,
    "documentos": documents,
    "documentos_nunca": documents_never,
    "pericia": examined,
    "entrevista_cpt": cpt_after_interview,
    "faltou_uma_vez": missed_once,
    "faltou_duas_vezes": missed_twice,
    "auditoria_devolve": returned,
    "oferta_recusada": refuses,
    "cobertura_total": full_coverage,
    "agravo": agravo,
    "adesao_movida": moved,
    "obito": dies,
    "cancelada_com_cpt": cancels_with_cpt,
    "cancelada": cancelled,
    "cancelada_preenchendo": cancelled_filling,
    "balcao_codigo": by_code,
    "balcao_papel": on_paper,
    "orientada": guided,
    "retificada": rectified,
    "divergente": diverges,
}


def yes(life: Life) -> tuple[str, ...]:
    """The question of the disease that they declare."""
    return (life.person.disease.question,) if life.person.disease else ()
