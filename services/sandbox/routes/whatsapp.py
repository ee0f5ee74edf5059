"""The wire of WhatsApp Cloud API; bearer tokens are checked as Meta does."""

import asyncio
import hmac
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Security
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from contracts.base import Message
from kit.auth import public
from services.sandbox.rules import graph
from services.sandbox.settings import SandboxSettings
from services.sandbox.usecases import whatsapp

router = APIRouter(
    prefix="/whatsapp",
    tags=["whatsapp"],
    dependencies=[Depends(public("wire API of the stand-in"))],
)


Login = Annotated[
    HTTPAuthorizationCredentials | None,
    Security(HTTPBearer(scheme_name="whatsapp", auto_error=False)),
]
Version = Annotated[str, Path(pattern=r"^v[0-9]+\.[0-9]+$")]
SENT = {"messaging_product": {"const": "whatsapp"}, "to": {"type": "string"}}
BODY = {"type": "object", "required": [*SENT], "properties": SENT}
REQUEST = {"requestBody": {"required": True, "content": {"application/json": {"schema": BODY}}}}
"""What any message needs; the rest depends on its type and is told by a Graph error."""


class GraphErrorBody(Message):
    """A refusal in the provider's shape, not in ours."""

    error: dict[str, Any]


@router.post(
    "/{version}/{phone_number_id}/messages",
    responses={status: {"model": GraphErrorBody} for status in (400, 401, 503)},
    openapi_extra=REQUEST,
)
async def send(
    version: Version, phone_number_id: str, request: Request, login: Login
) -> JSONResponse:
    settings: SandboxSettings = request.app.state.settings
    refusal = refused(login.credentials if login else "", phone_number_id, settings)
    if refusal is not None:
        return JSONResponse(refusal.body(), refusal.status)
    return await answer(request, phone_number_id, settings)


def refused(given: str, phone_number_id: str, settings: SandboxSettings) -> graph.GraphError | None:
    """A wrong token or another business's number."""
    if not given or not hmac.compare_digest(given.encode(), settings.whatsapp_token.encode()):
        return graph.BAD_TOKEN
    known = phone_number_id == settings.whatsapp_phone_number_id
    return None if known else graph.NO_SUCH_NUMBER


async def answer(request: Request, phone_number_id: str, settings: SandboxSettings) -> JSONResponse:
    """Take the message, then answer as the recipient's mode has it."""
    payload = (await request.body()).decode(errors="replace")
    taken = await whatsapp.take(request.app.state.begin, phone_number_id, payload)
    request.app.state.reporter.notice()
    never = settings.lost_seconds
    waits = {"slow": settings.slow_seconds, "lost": never, "silent": never}
    await asyncio.sleep(waits.get(taken.mode, 0))
    return JSONResponse(taken.body, taken.status)
