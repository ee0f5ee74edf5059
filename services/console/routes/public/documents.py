"""Documents asked for, one file at a time, refused in clear words; the examination asked for."""

import base64
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from contracts.health_declaration import public
from kit.bodies import arrived, let_by, takes_file_from
from kit.errors import Problem
from services.console.routes.public.screens import screen
from services.console.routes.public.visit import Visit, Visiting, by_phone, from_here, inside
from services.console.routes.public.ways import DECLARATION, ECHOED, by_field, key, onward
from services.console.rules import files

router = APIRouter(include_in_schema=False, dependencies=[from_here, by_phone])
PAGE = "/documentos"


@router.get(PAGE)
async def asked(request: Request, visit: Visiting, enviado: str = "") -> Response:
    return await _shown(request, visit, HTTPStatus.OK, sent=enviado == "sim")


@router.post(PAGE, dependencies=[takes_file_from(inside)])
async def send(request: Request, visit: Visiting) -> Response:
    try:
        await arrived(request)
    except HTTPException as refusal:
        if refusal.status_code != HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            raise
        return await _too_large(request, visit)
    async with request.form(max_files=1) as form:
        file = form.get("arquivo")
        if not isinstance(file, UploadFile):
            return await _refused(request, visit, 422, files.EMPTY)
        name = file.filename or ""
        if told := files.refusal(name, file.size or 0):
            status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE if told == files.LARGE else 422
            return await _refused(request, visit, status, told)
        typed = {"key": str(form.get("key", ""))}
        return await _sent(request, visit, typed, name, await file.read())


async def _sent(
    request: Request, visit: Visit, typed: dict[str, str], name: str, content: bytes
) -> Response:
    given = {
        "name": files.shortened(name),
        "media_type": files.media_type(name),
        "content_base64": base64.b64encode(content).decode(),
    }
    body = public.DocumentIn.model_validate(given)
    try:
        path = f"{DECLARATION}/documents"
        await visit.form.post(path, body, public.DocumentRequestView, key(typed))
    except Problem as problem:
        if problem.status not in ECHOED:
            raise
        told = next(iter(by_field(problem).values()), "")
        if told:
            return await _refused(request, visit, problem.status, f"{told} {files.OTHER}")
        return await _shown(request, visit, problem.status, problem=problem)
    return onward(f"{PAGE}?enviado=sim")


async def _too_large(request: Request, visit: Visit) -> Response:
    """Told once it went by, for a phone that sends reads nothing; what never ends is cut."""
    await let_by(request)
    response = await _refused(request, visit, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, files.LARGE)
    response.headers["Connection"] = "close"
    return response


async def _refused(request: Request, visit: Visit, status: int, reason: str) -> Response:
    return await _shown(request, visit, status, wrong={"arquivo": reason})


async def _shown(request: Request, visit: Visit, status: int, **told: Any) -> Response:
    try:
        asked = await visit.form.get(f"{DECLARATION}/documents", public.DocumentRequestView)
    except Problem as problem:
        if problem.status != HTTPStatus.NOT_FOUND:
            raise
        asked = None
    return screen(request, "documents.html", status, **({"sent": False} | told), asked=asked)


@router.get("/pericia")
async def exam(request: Request, visit: Visiting) -> Response:
    try:
        asked = await visit.form.get(f"{DECLARATION}/exam", public.ExamView)
    except Problem as problem:
        if problem.status != HTTPStatus.NOT_FOUND:
            raise
        asked = None
    return screen(request, "exam.html", exam=asked)
