"""Every state in which a process waits: how a person comes to it, and how they go on from it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from deploy.story import feed
from deploy.story.life import INTEGRATED, PDF, Life
from deploy.story.people import Batch, Person
from deploy.story.proponent import PUBLIC
from deploy.story.scripts import (
    analysed,
    book,
    hour,
    nothing_preexisting,
    offered,
    settle,
    yes,
)

Step = Callable[[Life], Awaitable[None]]


@dataclass(frozen=True)
class State:
    """A stage as the service names it, the branch whose people walk to it, and the two halves."""

    stage: str
    branch: str
    to: Step
    on: Step


async def stay(_life: Life) -> None:
    """Nothing more is needed."""


async def declare(life: Life) -> None:
    """From the link to the signature."""
    await life.phone.declare()
    await life.released()


async def represented(life: Life) -> None:
    """The operator's ERP tells who answers for the minor."""
    await life.tell(feed.created(life.world.batch, life.person, 2, "changed"))
    await declare(life)


async def half_filled(life: Life) -> None:
    """Begins the form and puts the phone away."""
    await life.phone.open("ds_link")
    await life.phone.answer((await life.phone.acknowledge())[:5], ())


async def filled(life: Life) -> None:
    """Comes in again, for days have passed, and signs."""
    await life.phone.open("")
    form = await life.phone.api.get(PUBLIC)
    await life.phone.answer(form["questions"][5:], ())
    await life.phone.sign()
    await life.released()


async def asked_for_documents(life: Life) -> None:
    """The analyst wants to see a report."""
    await analysed(life)
    await life.office.decide(life.office.analyst, "document-requests", {"items": ["Laudo"]})


async def sends_documents(life: Life) -> None:
    """The person sends it."""
    await life.phone.open("ds_documents_request")
    scan = {"name": "laudo.pdf", "media_type": "application/pdf", "content_base64": PDF}
    await life.phone.api.post(f"{PUBLIC}/documents", scan)
    await nothing_preexisting(life)


async def sent_to_examination(life: Life) -> None:
    """The analyst asks for an examination."""
    await analysed(life)
    body = {"description": "Exame pericial"}
    await life.office.decide(life.office.analyst, "exam-requests", body)


async def examined(life: Life) -> None:
    """Its result comes."""
    body = {"result": "Sem alterações relevantes."}
    await life.office.decide(life.office.analyst, "exam-results", body)
    await nothing_preexisting(life)


async def declares_much(life: Life) -> None:
    """Declares what asks for an interview."""
    await life.phone.declare(yes(life))


async def books(life: Life) -> None:
    """Declares it and chooses a time."""
    await declares_much(life)
    life.world.notes[life.ref] = await book(life)


async def chooses_and_talks(life: Life) -> None:
    """Chooses a time only now."""
    life.world.notes[life.ref] = await book(life)
    await talks(life)


async def talks(life: Life) -> None:
    """The hour comes, the doctor finds nothing."""
    interview = life.world.notes[life.ref]
    await hour(life, interview)
    await life.office.conclude(interview, None)
    await nothing_preexisting(life)


async def to_audit(life: Life) -> None:
    """The analyst has given an opinion."""
    await analysed(life)
    await life.office.opine(None)


async def audited(life: Life) -> None:
    """The auditor agrees."""
    await life.office.audit("no_preexisting")
    await life.released()


async def takes_full_coverage(life: Life) -> None:
    """Answers the offer."""
    await life.phone.choose("full_coverage")
    await life.released()


async def refuses(life: Life) -> None:
    """Refuses the offer: somebody has to talk with them."""
    await offered(life)
    await life.phone.choose("refuse")


async def to_term(life: Life) -> None:
    """Chose the CPT; its term lies before them."""
    await offered(life)
    await life.phone.choose("cpt")
    await life.phone.next("ds_term")


async def accepts_cpt(life: Life) -> None:
    """Chooses the CPT and signs its term."""
    await to_term(life)
    await signs_term(life)


async def signs_term(life: Life) -> None:
    """Comes in again and signs it."""
    await life.phone.open("")
    await life.phone.sign_term()
    await life.released()


STATES = (
    State("unrepresented", "menor_com_representante", stay, represented),
    State("invited", "limpa_individual", stay, declare),
    State("filling", "limpa_adesao", half_filled, filled),
    State("analysis", "baixo_impacto", analysed, nothing_preexisting),
    State("documents", "documentos", asked_for_documents, sends_documents),
    State("exam", "pericia", sent_to_examination, examined),
    State("interview_to_schedule", "faltou_uma_vez", declares_much, chooses_and_talks),
    State("interview_scheduled", "faltou_duas_vezes", books, talks),
    State("audit", "auditoria_devolve", to_audit, audited),
    State("offer", "cobertura_total", offered, takes_full_coverage),
    State("negotiation", "oferta_recusada", refuses, settle),
    State("term", "adesao_movida", to_term, signs_term),
    State("released", "cancelada_com_cpt", accepts_cpt, stay),
)
"""The ERP is away until the disaster is over: whoever is released with a CPT waits for it."""
OF_BRANCH = {state.branch: state for state in STATES}


def walkers(batch: Batch, each: int) -> Batch:
    """So many people of the batch for every state."""
    people: list[Person] = []
    for state in STATES:
        people += [one for one in batch.people if one.branch == state.branch][:each]
    alone = [replace(one, holder_ref=None) if one.holder_ref else one for one in people]
    return replace(batch, people=tuple(alone))


def first_line(batch: Batch, person: Person) -> dict[str, object]:
    """How the ERP tells of them first: of a minor, without saying who answers for them."""
    known = replace(person, representative=None) if person.representative else person
    return feed.created(batch, known)


async def integrated(life: Life) -> None:
    """The ERP has taken it: nothing is left to wait for."""
    await life.soon(life.declaration_id, INTEGRATED)
