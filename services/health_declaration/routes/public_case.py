"""What a proponent's phone calls after the signature: documents, interview, offer, term."""

from fastapi import APIRouter, Depends, Response

from contracts.health_declaration import public
from kit.bodies import takes_file_from
from services.health_declaration.routes.session import (
    TOLD,
    PublicOnce,
    Visiting,
    by_session,
    known,
    room_made,
)
from services.health_declaration.usecases import (
    access,
    documents,
    exams,
    interviews,
    offers,
    signatures,
    terms,
)


class PdfResponse(Response):
    """A PDF; its media type goes to OpenAPI too."""

    media_type = "application/pdf"


router = APIRouter(prefix="/public", tags=["public"], dependencies=[by_session], responses=TOLD)


@router.get("/declaration/documents")
async def asked_documents(visit: Visiting) -> public.DocumentRequestView:
    return await documents.view(visit)


@router.post("/declaration/documents", status_code=201, dependencies=[takes_file_from(known)])
async def send_document(
    body: public.DocumentIn, visit: Visiting, once: PublicOnce
) -> public.DocumentRequestView:
    case = await access.case_of(visit)
    return await once(lambda: documents.receive(visit, body), case.person_id)


@router.get("/declaration/exam")
async def asked_exam(visit: Visiting) -> public.ExamView:
    return await exams.view(visit)


@router.get("/slots")
async def offered_slots(visit: Visiting) -> public.SlotOffer:
    return await interviews.offer(visit.tx, await access.seen(visit))


@router.post("/interview", status_code=201)
async def choose_slot(body: public.SlotChoice, visit: Visiting, once: PublicOnce) -> public.Booking:
    case = await access.case_of(visit)
    return await once(lambda: interviews.choose(visit.tx, case, body))


@router.post("/interview/reschedule")
async def reschedule(visit: Visiting, once: PublicOnce) -> public.SlotOffer:
    case = await access.case_of(visit)
    return await once(lambda: interviews.reschedule(visit.tx, case))


# The provider is asked before this request's own transaction opens.
@router.post("/interview/room", dependencies=[Depends(room_made)])
async def open_room(visit: Visiting) -> public.Room:
    return await interviews.room(visit.tx, await access.seen(visit))


@router.get("/interview/room")
async def room(visit: Visiting) -> public.Room:
    return await interviews.room(visit.tx, await access.seen(visit))


@router.post("/interview/recording-consent")
async def consent_recording(body: public.RecordingConsentIn, visit: Visiting) -> public.Room:
    case = await access.case_of(visit)
    return await interviews.consent_recording(visit.tx, case, body.agrees)


@router.get("/offer")
async def read_offer(visit: Visiting) -> public.Offer:
    return await offers.view(visit)


@router.post("/offer")
async def choose_offer(body: public.OfferChoice, visit: Visiting, once: PublicOnce) -> public.Offer:
    case = await access.case_of(visit)
    return await once(lambda: offers.choose(visit, case, body), case.person_id)


@router.post("/offer/code", status_code=202)
async def send_offer_code(
    visit: Visiting, body: public.CodeRequestIn | None = None
) -> public.Challenge:
    return await offers.send_code(visit, body.channel if body else None)


@router.get("/term")
async def read_term(visit: Visiting) -> public.TermView:
    return await terms.view(visit)


@router.get("/term.pdf", response_class=PdfResponse)
async def read_term_pdf(visit: Visiting) -> PdfResponse:
    return PdfResponse(await terms.own_pdf(visit))


@router.post("/term/signature-code", status_code=202)
async def send_term_code(
    visit: Visiting, body: public.CodeRequestIn | None = None
) -> public.Challenge:
    return await signatures.send_term_code(visit, body.channel if body else None)


@router.post("/term/signature", status_code=201)
async def sign_term(
    body: public.TermSignatureIn, visit: Visiting, once: PublicOnce
) -> public.TermView:
    return await once(lambda: signatures.sign_term(visit, body))
