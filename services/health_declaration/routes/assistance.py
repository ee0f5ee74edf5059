"""What a person of the operator does at the desk for a proponent."""

from fastapi import APIRouter

from contracts.health_declaration import desk, paper, public
from kit.app import Once, Tx, allowed
from kit.bodies import takes_file
from kit.errors import problem_responses
from services.health_declaration.routes.session import Register
from services.health_declaration.usecases import assistance, corrections, offers, signatures

router = APIRouter(prefix="/declarations/{declaration_id}", tags=["assistance"])


@router.post("/link", status_code=201, dependencies=[allowed("ds.link")])
async def resend_link(declaration_id: str, tx: Tx, once: Once) -> desk.LinkIssue:
    return await once(lambda: assistance.resend_link(tx, declaration_id))


@router.post(
    "/assistance-code",
    status_code=202,
    dependencies=[allowed("ds.assist")],
    responses=problem_responses(429),
)
async def send_assistance_code(
    declaration_id: str, tx: Tx, body: public.CodeRequestIn | None = None
) -> public.Challenge:
    return await assistance.send_code(tx, declaration_id, body.channel if body else None)


@router.post("/assistance", status_code=201, dependencies=[allowed("ds.assist")])
async def assist(declaration_id: str, body: desk.AssistanceIn, tx: Tx) -> public.Session:
    return await assistance.start(tx, declaration_id, body)


@router.post("/paper-signature", status_code=201, dependencies=[allowed("ds.assist"), takes_file])
async def sign_on_paper(
    declaration_id: str, body: paper.PaperSignatureIn, tx: Tx, once: Once, register: Register
) -> public.Receipt:
    return await once(lambda: signatures.sign_on_paper(tx, declaration_id, body, register))


@router.post(
    "/offer/paper-answer", status_code=201, dependencies=[allowed("ds.assist"), takes_file]
)
async def answer_offer_on_paper(
    declaration_id: str, body: paper.PaperOfferIn, tx: Tx, once: Once
) -> desk.CaseSummary:
    return await once(lambda: offers.choose_on_paper(tx, declaration_id, body))


@router.post(
    "/term/paper-signature", status_code=201, dependencies=[allowed("ds.assist"), takes_file]
)
async def sign_term_on_paper(
    declaration_id: str, body: paper.PaperTermIn, tx: Tx, once: Once
) -> public.TermView:
    return await once(lambda: signatures.sign_term_on_paper(tx, declaration_id, body))


@router.post("/withdrawal", dependencies=[allowed("ds.assist")])
async def withdraw(
    declaration_id: str, body: desk.Withdrawal, tx: Tx, once: Once
) -> desk.CaseSummary:
    return await once(lambda: corrections.withdraw_at_desk(tx, declaration_id, body))
