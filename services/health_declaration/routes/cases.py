"""Cases as staff reads and decides them."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from contracts.health_declaration import desk
from contracts.health_declaration.figures import FigureFilter, Figures
from kit.app import Once, Tx, allowed
from kit.bodies import takes_file
from services.health_declaration.queries import cases as listed
from services.health_declaration.queries import course as courses
from services.health_declaration.queries import figures as counted
from services.health_declaration.usecases import (
    analysis,
    audits,
    clinical,
    exams,
    negotiation,
)

router = APIRouter(tags=["cases"])
one = APIRouter(prefix="/declarations/{declaration_id}")


@router.get("/declarations", dependencies=[allowed("ds.read")])
async def list_cases(tx: Tx, wanted: Annotated[listed.CaseFilter, Query()]) -> desk.CasePage:
    return await listed.page(tx, wanted)


@router.get("/declaration-figures", dependencies=[allowed("ds.read")])
async def figures(tx: Tx, wanted: Annotated[FigureFilter, Query()]) -> Figures:
    return await counted.figures(tx, wanted)


@one.get("/course", dependencies=[allowed("ds.read")])
async def course(declaration_id: str, tx: Tx) -> desk.Course:
    return await courses.course(tx, declaration_id)


@one.get("", dependencies=[allowed("ds.read")])
async def show(declaration_id: str, tx: Tx) -> desk.Case:
    return await clinical.show(tx, declaration_id)


@one.get(
    "/term.pdf",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}}},
    dependencies=[allowed("ds.clinical")],
)
async def term_pdf(declaration_id: str, tx: Tx) -> Response:
    pdf = await clinical.term_pdf(tx, declaration_id)
    return Response(pdf, media_type="application/pdf")


@one.get(
    "/documents/{document_id}",
    response_class=Response,
    responses={200: {"content": {kind: {} for kind in ("application/pdf", "image/*")}}},
    dependencies=[allowed("ds.clinical")],
)
async def read_file(declaration_id: str, document_id: str, tx: Tx) -> Response:
    content, media_type = await clinical.file_content(tx, declaration_id, document_id)
    return Response(content, media_type=media_type)


@one.post("/document-requests", status_code=201, dependencies=[allowed("ds.analyse")])
async def request_documents(
    declaration_id: str, body: desk.DocumentRequestIn, tx: Tx, once: Once
) -> desk.CaseSummary:
    return await once(lambda: analysis.request_documents(tx, declaration_id, body))


@one.post("/exam-requests", status_code=201, dependencies=[allowed("ds.analyse")])
async def request_exam(
    declaration_id: str, body: desk.ExamRequestIn, tx: Tx, once: Once
) -> desk.CaseSummary:
    return await once(lambda: exams.request(tx, declaration_id, body))


@one.post("/exam-results", status_code=201, dependencies=[allowed("ds.analyse")])
async def conclude_exam(
    declaration_id: str, body: desk.ExamResultIn, tx: Tx, once: Once
) -> desk.CaseSummary:
    return await once(lambda: exams.conclude(tx, declaration_id, body))


@one.post("/interview-requests", status_code=201, dependencies=[allowed("ds.analyse")])
async def request_interview(
    declaration_id: str, body: desk.InterviewRequestIn, tx: Tx, once: Once
) -> desk.CaseSummary:
    return await once(lambda: analysis.request_interview(tx, declaration_id, body))


@one.post("/opinion", dependencies=[allowed("ds.analyse")])
async def give_opinion(
    declaration_id: str, body: desk.OpinionIn, tx: Tx, once: Once
) -> desk.CaseSummary:
    return await once(lambda: analysis.give_opinion(tx, declaration_id, body))


@one.post("/audit", dependencies=[allowed("ds.audit")])
async def decide_audit(
    declaration_id: str, body: desk.AuditIn, tx: Tx, once: Once
) -> desk.CaseSummary:
    return await once(lambda: audits.decide(tx, declaration_id, body))


@one.post("/cpt-waiver", dependencies=[allowed("ds.audit")])
async def lift_cpts(
    declaration_id: str, body: desk.CptWaiverIn, tx: Tx, once: Once
) -> desk.CaseSummary:
    return await once(lambda: audits.lift_cpts(tx, declaration_id, body))


@one.post("/negotiation", dependencies=[allowed("ds.analyse"), takes_file])
async def settle(
    declaration_id: str, body: desk.NegotiationIn, tx: Tx, once: Once
) -> desk.CaseSummary:
    return await once(lambda: negotiation.settle(tx, declaration_id, body))


router.include_router(one)
