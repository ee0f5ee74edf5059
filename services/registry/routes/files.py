"""Enrolments by file, and the lines that were refused."""

from fastapi import APIRouter, Request, Response

from contracts.registry import api
from kit.app import Once, Tx, allowed
from kit.bodies import takes_file
from kit.errors import problem_responses
from kit.pages import Cursor, Limit
from services.registry.queries import rejections
from services.registry.usecases import enrolments, files, tables

router = APIRouter(tags=["enrolment files"])
_TEXT = {kind: {"schema": {"type": "string"}} for kind in tables.MEDIA_TYPES}


@router.post(
    "/enrolment-files",
    status_code=201,
    dependencies=[allowed("registry.enrol"), takes_file],
    responses=problem_responses(415),
    openapi_extra={"requestBody": {"required": True, "content": _TEXT}},
)
async def receive(request: Request, tx: Tx, once: Once) -> api.FileReceipt:
    kind = tables.media_type_of(request.headers.get("content-type"))
    content = await request.body()
    limits = enrolments.limits_of(request.app.state.settings)
    return await once(lambda: files.receive(tx, kind, content, limits))


@router.get(
    "/enrolment-files/{file_id}/rejected",
    dependencies=[allowed("registry.enrol")],
    response_class=Response,
    responses={200: {"content": _TEXT}},
)
async def rejected(file_id: str, tx: Tx) -> Response:
    kind, lines = await rejections.of_file(tx, file_id)
    await tx.audit("rejected_lines.read", file_id)
    return Response(tables.write(kind, lines), media_type=kind)


@router.get("/enrolment-rejections", dependencies=[allowed("registry.enrol")])
async def page(tx: Tx, limit: Limit = 50, cursor: Cursor = None) -> api.RejectionPage:
    return await rejections.page(tx, limit, cursor)
